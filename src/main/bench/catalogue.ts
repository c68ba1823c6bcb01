import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCatalogueResult } from '../../shared/index.ts';
import { openCatalogue, type Catalogue, type FileSystem, type ModelQuery } from '../library/index.ts';
import { familySize, generateModel } from './generate-model.ts';

const repeats = 15;

/** What is asked, as a window does: the first page, a word, words with facets set, the end of a sorted list. */
const queries: Readonly<Record<string, ModelQuery>> = {
  'list, first page by name': { limit: 100 },
  'list, last page by size': { limit: 100, offset: 9900, sort: 'size' },
  'search, one word': { limit: 100, text: 'medical' },
  'search, two words and an exact one': { limit: 100, text: 'chat 7 "family-12"' },
  'search, nothing found': { limit: 100, text: 'nothing-is-called-so' },
  'filter by state and type, by frees': { limit: 100, state: ['original'], dtype: ['BF16'], sort: 'frees' },
};

/** Fills a catalogue with generated models, and measures what lists need. All files are temporary. */
export async function benchCatalogue(fs: FileSystem, models: number): Promise<BenchCatalogueResult> {
  const home = await mkdtemp(join(tmpdir(), 'deltashelf-bench-'));
  try {
    const { catalogue } = await openCatalogue(fs, home);
    const fill = milliseconds(() => fillCatalogue(catalogue, models));
    catalogue.close();
    const { size } = await stat(catalogue.path);
    const opening = performance.now();
    const again = await openCatalogue(fs, home);
    const openMs = performance.now() - opening;
    const rows = measureQueries(again.catalogue);
    const residentBytes = process.memoryUsage.rss();
    again.catalogue.close();
    return { models, fillSeconds: fill / 1000, openMs, fileBytes: size, residentBytes, rows };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function measureQueries({ queries: asked }: Catalogue): BenchCatalogueResult['rows'] {
  const actions: [string, () => unknown][] = Object.entries(queries).flatMap(([name, query]) => [
    [name, () => asked.list(query)],
    [`facets of: ${name}`, () => asked.facets(query)],
  ]);
  actions.push(['totals', () => asked.totals({})]);
  return actions.map(([name, action]) => {
    const times = Array.from({ length: repeats }, () => milliseconds(action)).sort(
      (left, right) => left - right,
    );
    return { name, medianMs: times[Math.floor(repeats / 2)] ?? 0, slowestMs: times.at(-1) ?? 0 };
  });
}

/**
 * Fills a catalogue with generated models in families of 25.
 * @returns their numbers
 */
export function fillCatalogue(catalogue: Catalogue, models: number): number[] {
  const folders = ['/models/a', '/models/b', '/models/c'].map((path) => ({
    path,
    session: catalogue.scan(catalogue.folders.add(path, null)),
  }));
  const ids: number[] = [];
  for (let number = 0; number < models; number++) {
    const { path, session } = folders[number % folders.length] ?? {};
    if (path !== undefined && session !== undefined)
      ids.push(session.found(generateModel(path, number), String(number)));
  }
  for (const { session } of folders) session.finish();
  const edges = ids.flatMap((child, at) => {
    const parent = ids[at - (at % familySize)] ?? child;
    const reasons = [{ kind: 'measured' as const, sentence: 'same shapes; differs by 8.0 %' }];
    return parent === child
      ? []
      : [{ child, parent, evidence: 'measured' as const, confidence: 0.9, directed: true, reasons }];
  });
  catalogue.lineage.replace(edges, [], '');
  catalogue.write(() => {
    for (const { child } of edges) catalogue.models.setPredicted(child, 1_000_000 + child);
  });
  return ids;
}

function milliseconds(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}
