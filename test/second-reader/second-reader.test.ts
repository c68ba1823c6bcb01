import { afterAll, describe, expect, test } from 'vitest';
import { DeltaSource, findParents, noTables } from '../../src/main/engine/delta/index.ts';
import { createInMemory, deltaOf, kernelPool, modelOf } from '../fixtures/engine-delta.ts';
import { cases, randomCase, type Case } from './cases.ts';
import { readDelta, type Files } from './read-delta.ts';

const pool = kernelPool();
const made = Object.entries(cases).map(([name, make]) => [name, make()] as const);
const [, merge] = made.find(([name]) => name === 'merge') ?? expect.fail();
const [, noise] = made.find(([name]) => name === 'noise') ?? expect.fail();
afterAll(() => pool.close());

async function deltaFor({ child, parents }: Pick<Case, 'child' | 'parents'>): Promise<Uint8Array> {
  const sources = await Promise.all(parents.map((parent, number) => modelOf(parent, `parent ${number}`)));
  return (await createInMemory(pool, await modelOf(child), sources)).file;
}

/** Compares all files; a difference of bytes is told by place, not by listing both. */
function expectFiles(read: Files, wanted: Files): void {
  expect(Object.keys(read).sort()).toEqual(Object.keys(wanted).sort());
  for (const [path, bytes] of Object.entries(wanted)) {
    expect(Buffer.compare(read[path] ?? new Uint8Array(), bytes), path).toBe(0);
  }
}

describe('a second reader, written from docs/format.md alone', () => {
  test.for(made)('reads the deltas of %s', async ([, { child, parents, features, grids = [] }]) => {
    const file = await deltaFor({ child, parents });
    const { index } = await deltaOf(file);
    expect(index.requires).toEqual(expect.arrayContaining([...features]));
    const narrow = index.segments.map(({ tensor, recipe }) => `${tensor?.dtype ?? ''} ${recipe.grid ?? ''}`);
    expect(narrow).toEqual(expect.arrayContaining([...grids]));
    expectFiles(await readDelta(file, parents), child);
  });

  test('the cases use every codec and every predictor', () => {
    const used = new Set(made.flatMap(([, { features }]) => features));
    const predictors = ['same', 'cast', 'scaled'];
    const codecs = ['stored', 'unchanged', 'sparse', 'residual', 'alone', 'planes', 'zstd', 'brotli'];
    const all = [...predictors, ...codecs, 'bundle', 'pack', 'safetensors'].map((name) => `${name}-0`);
    expect([...used].sort()).toEqual(all.sort());
  });

  test('the noise is in bundles without tables, and needs no parent', async () => {
    const { child, parents } = noise;
    const delta = await deltaOf(await deltaFor({ child, parents }));
    const bundles = delta.index.records.filter(
      (record) => record.kind === 'chunk' && record.codec === 'bundle',
    );
    const headers = await Promise.all(bundles.map((record) => delta.read(record)));
    expect(headers.map(({ header }) => header.tables)).toEqual([noTables]);
    expect(delta.index.segments.filter(({ tensor, input }) => tensor && input)).toEqual([]);
  });

  test('reads the deltas of random small models', async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const { child, parents } = randomCase(seed);
      const file = await deltaFor({ child, parents });
      expectFiles(await readDelta(file, parents), child);
    }
  });

  test('reads a delta against a delta', async () => {
    const { child, parents } = merge;
    const first = await deltaFor({ child, parents });
    const delta = await deltaOf(first);
    const sources = await Promise.all(parents.map((parent) => modelOf(parent)));
    const parent = new DeltaSource(pool, delta, await findParents(delta.index, sources, 'first'));
    const grandchild: Record<string, Uint8Array> = {};
    for (const [path, bytes] of Object.entries(child)) {
      grandchild[path] = bytes.map((byte, at) => (at > 4000 && at % 100 === 0 ? byte ^ 1 : byte));
    }
    const { file } = await createInMemory(pool, await modelOf(grandchild), [parent]);
    await parent.close();
    expectFiles(await readDelta(file, [await readDelta(first, parents)]), grandchild);
  });

  test('refuses a delta with a flipped byte, and wrong parents', async () => {
    const { child, parents } = merge;
    const file = await deltaFor({ child, parents });
    for (let at = 7; at < file.length; at += Math.ceil(file.length / 60)) {
      const flipped = file.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 16;
      await expect(readDelta(flipped, parents), `byte ${at}`).rejects.toThrow();
    }
    await expect(readDelta(file, parents.slice(1))).rejects.toThrow('nothing given is');
  });
});
