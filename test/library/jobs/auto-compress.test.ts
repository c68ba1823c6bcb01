import { expect, test } from 'vitest';
import type { ScanReport } from '../../../src/main/library/catalogue/index.ts';
import { fineTunesThatLanded } from '../../../src/main/library/jobs/index.ts';
import { foundModel } from '../catalogue/found-models.ts';
import { temporaryCatalogue } from '../catalogue/temporary-catalogue.ts';

/** A library with a base, into which a fine-tune, a blocked fine-tune and a stranger land. */
async function library() {
  const made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const first = catalogue.scan(folder);
  const base = first.found(foundModel('/models/base'), 's');
  const firstReport = first.finish();
  const second = catalogue.scan(folder);
  second.unchanged('/models/base');
  const tune = second.found(foundModel('/models/tune'), 's');
  const blocked = second.found(foundModel('/models/blocked', { blockers: ['links'] }), 's');
  second.found(foundModel('/models/stranger'), 's');
  const report = second.finish();
  const edges = [tune, blocked].map((child) => ({
    ...{ child, parent: base, evidence: 'measured' as const },
    ...{ confidence: 1, directed: true, reasons: [] },
  }));
  catalogue.lineage.replace(edges, [], 'stamp');
  const names = (of: ScanReport) => fineTunesThatLanded(catalogue, of).map(({ name }) => name);
  return { ...made, firstReport, report, edges, tune, names };
}

test('a fine-tune that lands is compressed by itself only where a person set so', async () => {
  await using made = await library();
  const { catalogue, report, names } = made;
  expect(names(report)).toEqual([]);
  catalogue.settings.set('autoCompress', true);
  expect(names(report)).toEqual(['tune']);
});

test('what was there when a folder was added did not land', async () => {
  await using made = await library();
  const { catalogue, firstReport, report, names } = made;
  catalogue.settings.set('autoCompress', true);
  expect(firstReport.firstScan).toBe(true);
  expect(names({ ...report, firstScan: true })).toEqual([]);
});

test('a model that changed counts as one that landed; one job for a model at a time', async () => {
  await using made = await library();
  const { catalogue, report, tune, names } = made;
  catalogue.settings.set('autoCompress', true);
  const changed = { ...report, added: [], changed: [...report.added] };
  expect(names(changed)).toEqual(['tune']);
  const job = {
    kind: 'compress',
    model: tune,
    title: 't',
    parameters: {},
    createdAt: '2026-11-29T12:00:00.000Z',
  } as const;
  catalogue.jobs.add(job);
  expect(names(changed)).toEqual([]);
});

test('a model whose parent is not known is left alone', async () => {
  await using made = await library();
  const { catalogue, report, edges, names } = made;
  catalogue.settings.set('autoCompress', true);
  const undirected = edges.map((edge) => ({ ...edge, directed: false }));
  catalogue.lineage.replace(undirected, [], 'stamp');
  expect(names(report)).toEqual([]);
});
