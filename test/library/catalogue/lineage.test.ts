import { expect, test } from 'vitest';
import type { LineageEdge } from '../../../src/main/lineage/index.ts';
import {
  decisionsSchema,
  exportDecisions,
  importDecisions,
  rebuildCatalogue,
  type Catalogue,
} from '../../../src/main/library/catalogue/index.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { familiesOf } from '../../../src/main/library/catalogue/families.ts';
import { foundModel } from './found-models.ts';
import { sidecar, vaultState } from './sidecars.ts';
import { temporaryCatalogue } from './temporary-catalogue.ts';

const edge = (child: number, parent: number, more: Partial<LineageEdge> = {}): LineageEdge => ({
  child,
  parent,
  evidence: 'measured',
  confidence: 0.9,
  directed: true,
  reasons: [{ kind: 'measured', sentence: 'same shapes; differs by 8.0 %' }],
  ...more,
});

function scanNamed(catalogue: Catalogue, folder: number, paths: readonly string[]): number[] {
  const session = catalogue.scan(folder);
  const ids = paths.map((path) => session.found(foundModel(path), path));
  session.finish();
  return ids;
}

function hashWeights(catalogue: Catalogue, id: number, sha256: string): void {
  const model = catalogue.models.get(id);
  const file = catalogue.models.files(id)[1];
  if (model === undefined || file === undefined) throw new Error('lost');
  catalogue.hashes.put(catalogue.models.hashedPlace(model, file), sha256);
}

test('edges, contradictions and families come back as they were given', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const [base = 0, child = 0, merge = 0, alone = 0] = scanNamed(catalogue, folder, [
    '/m/base',
    '/m/c',
    '/m/x',
    '/m/y',
  ]);
  const edges = [edge(child, base), edge(merge, base, { weight: 0.4 }), edge(merge, child, { weight: 0.6 })];
  const contradiction = { child, parent: null, declared: 'org/other', sentence: 'the bytes say otherwise' };
  catalogue.lineage.replace(edges, [contradiction], catalogue.lineage.stamp());
  expect(catalogue.lineage.edges()).toEqual(edges);
  expect(catalogue.lineage.edgesOf(child)).toEqual([edges[0], edges[2]]);
  expect(catalogue.lineage.contradictions()).toEqual([contradiction]);
  expect(catalogue.models.get(merge)?.family).toEqual({ id: base, name: 'base' });
  expect(catalogue.models.get(alone)?.family).toBeNull();
  catalogue.models.forget(base);
  expect(catalogue.lineage.edges()).toEqual([edges[2]]);
});

test('the stamp changes with everything that lineage is inferred from, and with nothing else', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const [base = 0, child = 0] = scanNamed(catalogue, folder, ['/m/base', '/m/c']);
  const { lineage } = catalogue;
  const first = lineage.stamp();
  expect(lineage.isFresh(first)).toBe(false);
  lineage.replace([edge(child, base)], [], first);
  catalogue.models.setPredicted(child, 7);
  expect(lineage.isFresh(lineage.stamp())).toBe(true);
  const changes = [
    () => lineage.decide({ child, parents: [{ parent: base }] }),
    () => catalogue.sketches.put(child, 1, Uint8Array.of(1)),
    () => scanNamed(catalogue, folder, ['/m/base', '/m/c', '/m/new']),
  ];
  for (const change of changes) {
    const before = lineage.stamp();
    change();
    expect(lineage.stamp()).not.toBe(before);
  }
});

test('a family is called after the founder with most children', () => {
  expect(familiesOf([edge(3, 9), edge(4, 9), edge(4, 2), edge(7, 8)])).toEqual([
    { root: 9, members: [2, 3, 4, 9] },
    { root: 8, members: [7, 8] },
  ]);
  // Nothing is decided: a ring of relatives is called after the first.
  expect(familiesOf([edge(1, 2), edge(2, 1)])).toEqual([{ root: 1, members: [1, 2] }]);
});

test('a word of a person is kept, replaced, and taken back', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const [a = 0, b = 0, c = 0] = scanNamed(catalogue, folder, ['/m/a', '/m/b', '/m/c']);
  catalogue.lineage.decide({ child: c, parents: [{ parent: a, weight: 0.6 }, { parent: b }] });
  catalogue.lineage.decide({ child: b, parents: [{ parent: a }] });
  catalogue.lineage.decide({ child: b, parents: [] });
  expect(catalogue.lineage.decisions()).toEqual([
    { child: b, parents: [] },
    { child: c, parents: [{ parent: a, weight: 0.6 }, { parent: b }] },
  ]);
  catalogue.lineage.clearDecision(c);
  expect(catalogue.lineage.decisions()).toEqual([{ child: b, parents: [] }]);
});

test('decisions find their models by content, else by path; what is not here stays in the vault', async () => {
  await using from = await temporaryCatalogue();
  const [a = 0, b = 0, c = 0] = scanNamed(from.catalogue, from.folder, ['/m/a', '/m/b', '/m/c']);
  hashWeights(from.catalogue, a, 'aa'.repeat(32));
  from.catalogue.lineage.decide({ child: b, parents: [{ parent: a, weight: 0.5 }] });
  from.catalogue.lineage.decide({ child: c, parents: [] });
  const document = exportDecisions(from.catalogue);
  expect(decisionsSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);

  await using to = await temporaryCatalogue();
  const [movedA = 0, b2 = 0] = scanNamed(to.catalogue, to.folder, ['/elsewhere/moved', '/m/b', '/m/a']);
  const [, , otherA = 0] = to.catalogue.models.ids();
  hashWeights(to.catalogue, movedA, 'aa'.repeat(32));
  hashWeights(to.catalogue, otherA, 'bb'.repeat(32));
  const left = importDecisions(to.catalogue, document);
  expect(to.catalogue.lineage.decisions()).toEqual([
    { child: b2, parents: [{ parent: movedA, weight: 0.5 }] },
  ]);
  expect(left.map(({ child }) => child.name)).toEqual(['c']);
});

test('a rebuild keeps folders, settings, activity and a person’s word, and nothing that was seen', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder, home } = made;
  const [a = 0, b = 0] = scanNamed(catalogue, folder, ['/m/a', '/m/b', '/m/vanished']);
  catalogue.lineage.decide({ child: b, parents: [{ parent: a }] });
  catalogue.settings.set('autoCompress', true);
  catalogue.activity.add({ kind: 'folder-added', name: '/m', sentence: 'Watches /m.' });
  const report = await rebuildCatalogue(nodeFileSystem, home, catalogue, {
    vault: vaultState([sidecar('/m/a')]),
    decisions: null,
    rescan: async () => void scanNamed(catalogue, folder, ['/m/a', '/m/b']),
  });
  expect(report.backup).toContain('backups');
  const { models } = catalogue.queries.list({ limit: 10 });
  expect(models.map(({ path, state }) => [path, state])).toEqual([
    ['/m/a', 'compressed'],
    ['/m/b', 'original'],
  ]);
  const [newA, newB] = models;
  expect(catalogue.lineage.decisions()).toEqual([{ child: newB?.id, parents: [{ parent: newA?.id }] }]);
  expect(catalogue.settings.get('autoCompress')).toBe(true);
  expect(catalogue.activity.list(10)).toHaveLength(1);
  expect(catalogue.folders.list()).toHaveLength(1);
});
