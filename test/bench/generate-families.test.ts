// The library that an idle service is measured with: real relatives, the same each time.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateFamilies } from '../../src/main/bench/index.ts';
import { inferLineage, type ModelProfile } from '../../src/main/lineage/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { listing } from '../library/deltas/listing.ts';
import { anonymous, sketchFile } from '../lineage/profiles.ts';

const size = { models: 24, familySize: 12 };
const { signal } = new AbortController();

test('families of fine-tunes, and fine-tunes of those, that lineage finds again', async () => {
  await using scratch = await scratchFolder();
  await generateFamilies(scratch.path, size, signal);
  const models: ModelProfile[] = [];
  for (const family of ['family-0', 'family-1']) {
    for (const name of (await readdir(join(scratch.path, family))).sort()) {
      const sketch = await sketchFile(join(scratch.path, family, name, 'model.safetensors'));
      models.push(anonymous(Number(name.slice(-6)), sketch));
    }
  }
  const { edges, families } = inferLineage(models, []);
  expect(families).toHaveLength(2);
  const parents = new Map(
    edges.filter(({ directed }) => directed).map(({ child, parent }) => [child, parent]),
  );
  for (const { id } of models) {
    const base = Math.floor(id / size.familySize) * size.familySize;
    if (id !== base) expect([id, parents.get(id)]).toEqual([id, id % 5 === 0 ? id - 1 : base]);
  }
});

test('the same numbers give the same library; a cancel ends it', async () => {
  await using one = await scratchFolder();
  await using other = await scratchFolder();
  await generateFamilies(one.path, { models: 5, familySize: 3 }, signal);
  await generateFamilies(other.path, { models: 5, familySize: 3 }, signal);
  // Modes and times are those of the moment.
  const bytesOf = async (folder: string): Promise<string[]> =>
    Object.entries(await listing(folder)).map(([path, text]) => `${path} ${text.split(' ').at(-1) ?? ''}`);
  const filesOf = async (folder: string): Promise<string[]> =>
    (await bytesOf(folder)).filter((line) => line.includes('.safetensors '));
  expect(await filesOf(one.path)).toHaveLength(5);
  expect(await filesOf(one.path)).toEqual(await filesOf(other.path));
  const aborted = AbortSignal.abort(new Error('enough'));
  await expect(generateFamilies(join(one.path, 'more'), size, aborted)).rejects.toThrow('enough');
});
