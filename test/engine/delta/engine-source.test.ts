import { createHash } from 'node:crypto';
import { xxhash128 } from 'hash-wasm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DeltaSource, findParents } from '../../../src/main/engine/delta/index.ts';
import type { Source, SourceSegment } from '../../../src/main/engine/sources/index.ts';
import { utf8 } from '../../fixtures/bytes.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { pairsOf, type TensorPlan } from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool();
afterAll(() => pool.close());

/** A family with a tensor for every way through the decoder. */
const plans: readonly TensorPlan[] = (
  [
    ['BF16', [700, 900], 'weights', 'light', 'BF16'],
    ['BF16', [700, 900], 'weights', 'few', 'BF16'],
    ['F32', [40, 60], 'weights', 'light', 'F32'],
    ['BF16', [40, 60], 'weights', 'heavy', 'BF16'],
    ['F16', [50], 'weights', 'stranger', 'F16'],
    ['F32', [130, 131], 'narrow', 'light', 'BF16'],
    ['F32', [130, 131], 'weights', 'scaled', 'F32'],
    ['F16', [130, 131], 'weights', 'new', 'F16'],
    ['F16', [130, 131], 'weights', 'none', 'F32'],
    ['BF16', [600, 700], 'bits', 'none', 'BF16'],
    ['I64', [200], 'weights', 'steps', 'F32'],
    ['I32', [90_000], 'tiny', 'few', 'F32'],
    ['U8', [5000], 'bits', 'stranger', 'F32'],
    ['BOOL', [40], 'weights', 'new', 'F32'],
    ['BF16', [700, 800], 'bits', 'none', 'BF16'],
  ] as const
).map(([dtype, shape, content, change, parentType], seed) => ({
  dtype,
  shape,
  content,
  change,
  parentType,
  seed,
}));

const { child: made, parent } = pairsOf(plans);
/** The last tensor is changed in its first chunk only. */
const child = made.map((tensor, at) =>
  at === made.length - 1 && tensor.data ? { ...tensor, data: tensor.data.with(7, 1) } : tensor,
);
const base: ModelFiles = {
  'model.safetensors': buildSafetensors(parent),
  'config.json': utf8('{"generation": 0}'),
};
const tuned: ModelFiles = {
  'model.safetensors': buildSafetensors(child, { metadata: [['format', 'pt']] }),
  'config.json': utf8('{"generation": 1, "more": [1, 2, 3]}'),
  'empty.txt': new Uint8Array(),
};

/** Bytes of a delta of some files against sources. */
async function deltaBytes(files: ModelFiles, parents: readonly Source[]): Promise<Uint8Array> {
  return (await createInMemory(pool, await modelOf(files, 'child'), parents)).file;
}

async function sourceOf(file: Uint8Array, sources: readonly Source[]): Promise<DeltaSource> {
  const delta = await deltaOf(file);
  return new DeltaSource(pool, delta, await findParents(delta.index, sources, 'model.dshelf'));
}

function bytesAt(files: ModelFiles, source: Source, { file, offset, length }: SourceSegment): Uint8Array {
  const bytes = files[source.files[file]?.path ?? ''];
  if (!bytes) throw new Error('the model has the file');
  return bytes.subarray(offset, offset + length);
}

let file: Uint8Array;
let source: DeltaSource;
beforeAll(async () => {
  file = await deltaBytes(tuned, [await modelOf(base)]);
  source = await sourceOf(file, [await modelOf(base)]);
});
afterEach(async () => {
  await source.close();
  expect(pool.memory.used).toBe(0);
});

async function read(
  from: Source,
  segment: SourceSegment,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await from.read(segment, offset, target);
  return target;
}

test('the delta has a tensor for every way through the decoder', async () => {
  const { index } = await deltaOf(file);
  const codecs = new Set(index.records.flatMap((record) => (record.kind === 'chunk' ? [record.codec] : [])));
  expect([...codecs].sort()).toEqual([
    'alone',
    'bundle',
    'pack',
    'planes',
    'residual',
    'safetensors',
    'sparse',
    'stored',
    'unchanged',
  ]);
  const predictors = new Set(index.segments.map(({ recipe }) => recipe.predictor));
  expect([...predictors].sort()).toEqual(['cast', 'none', 'same', 'scaled']);
});

test('it has the files and segments of the child', async () => {
  const model = await modelOf(tuned);
  expect(source).toMatchObject({ kind: 'delta', name: 'child' });
  expect(source.files.map(({ path, size }) => [path, size])).toEqual(
    model.files.map(({ path, size }) => [path, size]),
  );
  expect(source.segments.map(({ tensor, length, offset }) => [tensor, length, offset])).toEqual(
    model.segments.map(({ tensor, length, offset }) => [tensor, length, offset]),
  );
});

test('any part of any segment is read, in any order', async () => {
  const part = fc.tuple(
    fc.nat(),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(part, async ([number, from, to]) => {
      const segment = source.segments[number % source.segments.length];
      if (!segment) throw new Error('the model has segments');
      const [start, end] = [from, to]
        .map((share) => Math.floor(share * segment.length))
        .toSorted((a, b) => a - b) as [number, number];
      expect(
        Buffer.compare(
          await read(source, segment, start, end - start),
          bytesAt(tuned, source, segment).subarray(start, end),
        ),
      ).toBe(0);
    }),
  );
});

test('nothing is read beyond the end of a segment', async () => {
  for (const segment of source.segments) {
    expect(await read(source, segment, segment.length, 0)).toHaveLength(0);
    for (const [offset, length] of [
      [segment.length, 1],
      [0, segment.length + 1],
      [-1, 1],
    ] as const) {
      await expect(read(source, segment, offset, length)).rejects.toMatchObject({ code: 'internal' });
    }
  }
});

test('reads at the same time do not disturb each other', async () => {
  const wanted = source.segments.flatMap((segment) =>
    [0, 1, 2, 3].map((quarter) => ({
      segment,
      offset: Math.floor((segment.length * quarter) / 8),
      length: segment.length >> 1,
    })),
  );
  for (const each of [source, await sourceOf(file, [await modelOf(base)])]) {
    const got = await Promise.all(
      wanted.map(({ segment, offset, length }) => read(each, segment, offset, length)),
    );
    for (const [index, { segment, offset, length }] of wanted.entries()) {
      const expected = bytesAt(tuned, source, segment).subarray(offset, offset + length);
      expect(Buffer.compare(got[index] ?? Buffer.of(), expected)).toBe(0);
    }
    await each.close();
  }
});

test('digests are those of the bytes, recorded or not', async () => {
  const { index } = await deltaOf(file);
  const recorded = index.segments.filter(({ digest }) => digest !== undefined);
  expect(recorded.map(({ length }) => length).every((length) => length >= 65_536)).toBe(true);
  expect(recorded.length).toBeGreaterThan(2);
  const digests = await Promise.all(source.segments.map((segment) => source.digest(segment)));
  expect(digests).toEqual(
    await Promise.all(source.segments.map((segment) => xxhash128(bytesAt(tuned, source, segment)))),
  );
  expect(await Promise.all(source.segments.map((segment) => source.digest(segment)))).toEqual(digests);
  for (const each of source.files) {
    const bytes = tuned[each.path] ?? new Uint8Array();
    expect(await source.sha256(each)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

test('a digest that was cancelled can be asked for again', async () => {
  const fresh = await sourceOf(file, [await modelOf(base)]);
  const segment = fresh.segments.find(({ length }) => length > 0 && length < 65_536);
  if (!segment) throw new Error('there are short segments');
  const reason = new Error('enough');
  await expect(fresh.digest(segment, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(await fresh.digest(segment)).toBe(await xxhash128(bytesAt(tuned, fresh, segment)));
  await fresh.close();
});

test('a parent that fails in the middle of a read is told, and may recover', async () => {
  const failure = new Error('unplugged');
  const state = { failing: false };
  const shaky = await modelOf(base, 'base', (bytes) => {
    const inner = new MemoryFile(bytes);
    return {
      size: inner.size,
      read: (offset, target) => (state.failing ? Promise.reject(failure) : inner.read(offset, target)),
    };
  });
  const fresh = await sourceOf(file, [shaky]);
  state.failing = true;
  const { index } = await deltaOf(file);
  const needing = fresh.segments.filter(({ recipe, number }) => {
    const codecs = index.chunks[number]?.map(({ codec }) => codec) ?? [];
    return recipe.predictor !== 'none' && !codecs.some((codec) => codec === 'stored' || codec === 'brotli');
  });
  expect(needing.length).toBeGreaterThan(8);
  for (const segment of needing) await expect(read(fresh, segment, 0, segment.length)).rejects.toBe(failure);
  state.failing = false;
  for (const segment of needing) {
    expect(
      Buffer.compare(await read(fresh, segment, 0, segment.length), bytesAt(tuned, fresh, segment)),
    ).toBe(0);
  }
  await fresh.close();
});

/** The next generation: some tensors move a little again. */
function nextOf(files: ModelFiles, generation: number): ModelFiles {
  const weights = files['model.safetensors']?.slice() ?? new Uint8Array();
  for (let at = 200_000; at < 320_000; at += 2) weights[at] = (weights[at] ?? 0) ^ (generation & 1 ? 1 : 3);
  return { ...files, 'model.safetensors': weights, 'config.json': utf8(`{"generation": ${generation}}`) };
}

test('a chain of three gives the last one back, each delta small', async () => {
  const models = [base, tuned, nextOf(tuned, 2), nextOf(nextOf(tuned, 2), 3)];
  const root = await modelOf(base, 'root');
  const sources: (Source & { close?: () => Promise<void> })[] = [root];
  const deltas: Uint8Array[] = [];
  for (const files of models.slice(1)) {
    const below = sources.at(-1);
    if (!below) throw new Error('there is a root');
    const bytes = await deltaBytes(files, [below]);
    deltas.push(bytes);
    sources.push(await sourceOf(bytes, [below]));
  }
  for (const [number, bytes] of deltas.entries()) {
    const delta = await deltaOf(bytes);
    const below = sources[number];
    const files = models[number + 1];
    if (!below || !files) throw new Error('there is one below');
    expect(delta.index.parents.map(({ kind }) => kind)).toEqual([number === 0 ? 'model' : 'delta']);
    const back = await applyInMemory(pool, delta, [below]);
    for (const [path, expected] of Object.entries(files))
      expect(Buffer.compare(back[path] ?? Buffer.of(), expected)).toBe(0);
    if (number > 0) expect(bytes.length).toBeLessThan(40_000);
  }
  for (const each of sources) await each.close?.();
});

test('a model predicted by a delta is the same delta as one predicted by the files, but for their names', async () => {
  const third = nextOf(tuned, 2);
  const [byFiles, byDelta] = [
    await deltaBytes(third, [await modelOf(tuned)]),
    await deltaBytes(third, [source]),
  ];
  const [a, b] = [await deltaOf(byFiles), await deltaOf(byDelta)];
  expect(b.index.records).toEqual(a.index.records);
  expect(b.index.parents.map(({ segments }) => segments)).toEqual(
    a.index.parents.map(({ segments }) => segments),
  );
  // Either base serves either delta.
  const back = await applyInMemory(pool, b, [await modelOf(tuned)]);
  expect(
    Buffer.compare(back['model.safetensors'] ?? Buffer.of(), third['model.safetensors'] ?? Buffer.of()),
  ).toBe(0);
});
