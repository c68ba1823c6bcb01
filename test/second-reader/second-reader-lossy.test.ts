import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../fixtures/engine-delta.ts';
import { buildSafetensors, type SafetensorsTensor } from '../fixtures/safetensors-file.ts';
import { files, moved, type Pair } from './cases.ts';
import { readContainer } from './container.ts';
import { unpackIndex } from './index-of.ts';
import { Random } from './numbers.ts';
import { readDelta, type Files } from './read-delta.ts';

const pool = kernelPool();
afterAll(() => pool.close());

const sample = resolve(import.meta.dirname, '../../resources/sample-library');
const codecs = ['sigma', 'global'].flatMap((step) =>
  ['4', '1', '0.1'].map((bits) => `rd:bits=${bits},step=${step}`),
);

function sampleModel(name: string): Files {
  return { 'model.safetensors': new Uint8Array(readFileSync(resolve(sample, name, 'model.safetensors'))) };
}

/** Reads a lossy delta with both readers; gives how many tensors are approximated. */
async function readTwice(child: Files, parent: Files, codec: string): Promise<number> {
  const source = await modelOf(parent);
  const made = await createInMemory(pool, await modelOf(child), [source], {}, (sink) => sink, codec);
  const delta = await deltaOf(made.file);
  const wanted = await applyInMemory(pool, delta, [source]);
  const read = await readDelta(made.file, [parent]);
  expect(Object.keys(read)).toEqual(Object.keys(wanted));
  for (const [path, bytes] of Object.entries(wanted)) {
    expect(Buffer.compare(read[path] ?? new Uint8Array(), bytes), path).toBe(0);
  }
  return delta.index.lossy?.tensors.length ?? 0;
}

const types = ['BF16', 'F16', 'F32'] as const;
type Dtype = (typeof types)[number];

/** One tensor for each type of child and parent; those of one type with values that are easily lost, too. */
function mixed(): Pair[] {
  const random = new Random(21);
  return types.flatMap((to) =>
    types.flatMap((from) => {
      const of = (name: string, shape: readonly number[], options: Parameters<typeof moved>[4]): Pair =>
        moved(random, `${name}.${from}.${to}`, [from, to], shape, options);
      return [
        of('near', [160, 128], { relative: 0.03 }),
        of('far', [96, 2, 33], { relative: 0.8 }),
        of('decay', [130, 131], { relative: 0.002, factor: 0.9 }),
        of('vector', [17_001], { relative: 0.05 }),
        of('special', [70, 90], { relative: 0.05, special: true }),
      ];
    }),
  );
}

/** A tensor whose chunks have more than 65,536 symbols, hence eight lanes, and which has several of them. */
function long(dtype: Dtype): Pair {
  return moved(new Random(22), 'long', [dtype, dtype], [1100, 512], { relative: 0.1 });
}

describe.each(codecs)('a second reader and %s', (codec) => {
  test('the sample library', async () => {
    expect(await readTwice(sampleModel('sprout-bible'), sampleModel('sprout-base'), codec)).toBe(28);
  });

  test('all types of child and parent', async () => {
    const { child, parents } = files(mixed());
    expect(await readTwice(child, parents[0] ?? {}, codec)).toBeGreaterThan(20);
  });
});

test.each(types)('several chunks of %s, with more symbols than one lane takes', async (dtype) => {
  const { child, parents } = files([long(dtype)]);
  expect(await readTwice(child, parents[0] ?? {}, 'rd:bits=2,step=global')).toBe(1);
});

/** A tensor of random types, shape and change, large enough to be approximated. */
function anyPair(random: Random, number: number): Pair {
  const type = (): Dtype => types[random.below(3)] ?? 'F32';
  const shape = [40 + random.below(60), ...(random.below(3) ? [] : [1, 2]), 60 + random.below(60)];
  const special = random.below(2) === 0;
  const relative = 2 ** (random.below(16) - 14);
  return moved(random, `layers.${number}.w`, [type(), type()], shape, { relative, special });
}

test('reads approximations of random small models', async () => {
  const random = new Random(23);
  let approximated = 0;
  for (let round = 0; round < 15; round += 1) {
    const { child, parents } = files([anyPair(random, 0), anyPair(random, 1)], String(round));
    const codec = `rd:bits=${(1 + random.below(50)) / 10},step=${round % 2 ? 'sigma' : 'global'}`;
    approximated += await readTwice(child, parents[0] ?? {}, codec);
  }
  expect(approximated).toBeGreaterThan(10);
});

test('the SHA-256 that the original of an approximated file had is among the hashes, of no other file', async () => {
  const { before, after } = moved(new Random(24), 'w', ['BF16', 'BF16'], [90, 90], { relative: 0.1 });
  const exact: SafetensorsTensor = { name: 'other', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) };
  const a = buildSafetensors([after]);
  const child = await modelOf({ 'a.safetensors': a, 'b.safetensors': buildSafetensors([exact]) });
  const parent = await modelOf({ 'a.safetensors': buildSafetensors([before]) });
  const { file } = await createInMemory(pool, child, [parent], {}, (sink) => sink, 'rd:bits=1');
  const { json, hashes, minor } = readContainer(file);
  expect(minor).toBe(1);
  const originals = unpackIndex(json, hashes, minor).files.map(({ original }) => original);
  expect(originals).toEqual([createHash('sha256').update(a).digest('hex'), undefined]);
});
