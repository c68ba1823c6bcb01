// How much each tensor changed, and who else could be the parent: from deltas and from sketches.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChangesResult } from '../../../src/shared/index.ts';
import { testLibrary, type TestLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));

let library: TestLibrary;
beforeEach(async () => {
  library = await testLibrary();
  for (const name of [
    'sprout-base',
    'sprout-bible',
    'sprout-python',
    'sprout-blend',
    'sprout-cheader-lora',
  ]) {
    await cp(join(samples, name), library.at(`models/${name}`), { recursive: true });
  }
  await library.call('addFolder', { path: library.at('models') });
});
afterEach(async () => {
  await library[Symbol.asyncDispose]();
});

const changesOf = (model: string): Promise<ChangesResult> => library.call('changes', { model });

function meanChange({ tensors }: ChangesResult): number {
  const known = tensors.flatMap(({ change }) => change ?? []);
  return known.reduce((sum, change) => sum + change, 0) / known.length;
}

test('before its bytes were looked at, headers are all that is told', async () => {
  const { source, tensors } = await changesOf('sprout-bible');
  expect(source).toBe('none');
  expect(tensors.length).toBeGreaterThan(10);
  expect(new Set(tensors.map(({ change, equal, coded }) => `${change} ${equal} ${coded}`))).toEqual(
    new Set(['null null not stored']),
  );
  expect(tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(1_700_000);
});

test('sampled values tell before it is stored, its delta afterwards, and both say the same', async () => {
  await library.call('tree', {});
  const sampled = await changesOf('sprout-bible');
  expect(sampled).toMatchObject({ source: 'sketch', parents: [{ name: 'sprout-base' }] });
  await library.call('compress', { models: ['sprout-bible'] });
  await library.call('rebase', { model: 'sprout-bible', parents: ['sprout-base'] });
  const stored = await changesOf('sprout-bible');
  expect(stored).toMatchObject({ source: 'delta', parents: sampled.parents });
  expect(
    stored.tensors.map(({ name, layer, group, dtype, shape, bytes }) => [
      name,
      layer,
      group,
      dtype,
      shape,
      bytes,
    ]),
  ).toEqual(
    sampled.tensors.map(({ name, layer, group, dtype, shape, bytes }) => [
      name,
      layer,
      group,
      dtype,
      shape,
      bytes,
    ]),
  );
  for (const [at, { change, equal, storedBytes, coded }] of stored.tensors.entries()) {
    expect(storedBytes).toBeGreaterThan(0);
    expect(coded).toMatch(/^residual/u);
    const other = sampled.tensors[at];
    if (change !== null) expect(Math.abs(change - (other?.change ?? 1))).toBeLessThan(0.1 * change + 0.01);
    expect(Math.abs((equal ?? 0) - (other?.equal ?? 1))).toBeLessThan(0.1);
  }
  const groups = new Set(stored.tensors.map(({ group }) => group));
  for (const group of ['q', 'k', 'v', 'o', 'up', 'down', 'norm', 'embedding'])
    expect(groups).toContain(group);
});

test('stored against another relative, it is compared with its parent all the same', async () => {
  await library.call('compress', { models: ['sprout-bible'] });
  await library.call('rebase', { model: 'sprout-bible', parents: ['sprout-python'] });
  const { source, parents, tensors } = await changesOf('sprout-bible');
  expect(source).toBe('sketch');
  expect(parents.map(({ name }) => name)).toEqual(['sprout-base']);
  for (const { storedBytes, coded } of tensors) {
    expect(storedBytes).toBeGreaterThan(0);
    expect(coded).toMatch(/^residual/u);
  }
});

test('a merge is compared with the weighted sum of what it was made from', async () => {
  await library.call('tree', {});
  const merge = await changesOf('sprout-blend');
  expect(merge.source).toBe('sketch');
  expect(merge.parents.map(({ name }) => name).sort()).toEqual(['sprout-bible', 'sprout-python']);
  expect(meanChange(merge)).toBeLessThan(meanChange(await changesOf('sprout-bible')) / 10);
});

test('what has no parent, and what does not compare with it, says that nothing is known', async () => {
  await library.call('tree', {});
  expect(await changesOf('sprout-base')).toMatchObject({ source: 'none', parents: [] });
  expect((await changesOf('sprout-cheader-lora')).source).toBe('none');
});

test('a vault whose delta cannot be read leaves what sampled values tell', async () => {
  await library.call('compress', { models: ['sprout-bible'] });
  const { delta } = await library.call('show', { model: 'sprout-bible' });
  await writeFile(library.at(`home/vault/${delta?.file}`), 'no delta');
  expect((await changesOf('sprout-bible')).source).toBe('sketch');
});

test('candidates: relatives with what a delta would take, the nearest first, the current ones, and none', async () => {
  await library.call('tree', {});
  const { candidates } = await library.call('candidates', { model: 'sprout-bible' });
  expect(candidates.filter(({ current }) => current).map(({ name }) => name)).toEqual(['sprout-base']);
  expect(candidates.map(({ name }) => name)).not.toContain('sprout-bible');
  expect(candidates.map(({ name }) => name)).toContain('sprout-python');
  const alone = candidates.at(-1);
  expect(alone).toMatchObject({ id: null, name: '', similarity: null, current: false });
  const base = candidates.find(({ name }) => name === 'sprout-base');
  expect(base?.similarity).toBeGreaterThan(0.9);
  expect(base?.predictedBytes).toBeLessThan((alone?.predictedBytes ?? 0) * 0.8);
  const near = candidates.flatMap(({ similarity }) => similarity ?? []);
  expect(near).toEqual([...near].sort((a, b) => b - a));
});

test('candidates of what was not looked at yet are told without figures', async () => {
  const { candidates } = await library.call('candidates', { model: 'sprout-bible' });
  expect(candidates.length).toBeGreaterThan(1);
  for (const { predictedBytes, similarity } of candidates) {
    expect([predictedBytes, similarity]).toEqual([null, null]);
  }
  expect(candidates.at(-1)).toMatchObject({ id: null, current: true });
});
