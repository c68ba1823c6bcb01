// Small files built byte by byte: what each strategy decodes to, by range, and how a parent is recognised.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Source } from '../../../src/main/engine/sources/index.ts';
import {
  decodeDelta,
  isParentOf,
  openWdelta,
  readOutline,
  reconstruct,
  type WdeltaFile,
  type WdeltaTensor,
} from '../../../src/main/engine/wdelta/index.ts';
import { concat, utf8 } from '../../fixtures/bytes.ts';
import { modelOf } from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { buildSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';
import {
  buildWdelta,
  float16,
  float32,
  int4Levels,
  int4Tensor,
  int64,
  partsOf,
  quantizedDelta,
  quantizedTensor,
  sparseDelta,
  sparseTensor,
  type WdeltaFixture,
} from '../../fixtures/wdelta-file.ts';

/** 0.5 * 15 in sixteen steps from -2 on; the outlier apart. */
const int4Delta = int4Levels.map((level) =>
  level < 0 ? 100 : Math.fround(Math.fround(level / 15) * 7.5) - 2,
);

async function opened(
  tensors: Readonly<Record<string, WdeltaFixture>>,
  parentHash?: string,
): Promise<WdeltaFile> {
  return openWdelta(new MemoryFile(buildWdelta(partsOf(tensors, parentHash))), { name: 'x.wdelta' });
}

function only(file: WdeltaFile): WdeltaTensor {
  const [tensor] = file.tensors.values();
  if (!tensor) throw new Error('the file has a tensor');
  return tensor;
}

test.each([
  ['sparse', sparseTensor('w'), sparseDelta],
  ['quantized', quantizedTensor('w'), quantizedDelta],
  ['int4', int4Tensor('w'), int4Delta],
])('%s: every range of elements', async (_, fixture, expected) => {
  const file = await opened({ w: fixture });
  for (let first = 0; first <= expected.length; first += 1) {
    for (let count = 0; first + count <= expected.length; count += 1) {
      const values = await decodeDelta(file, only(file), { first, count });
      expect([...values]).toEqual(expected.slice(first, first + count).map(Math.fround));
    }
  }
});

test('ranges of a tensor with so many indices that some are skipped', async () => {
  const count = 40_000;
  const places = Array.from({ length: count }, (_, at) => at * 3 + (at % 2));
  const fixture: WdeltaFixture = {
    entry: { ...sparseTensor('w').entry, shape: [count * 3 + 1] },
    records: [
      { tensor: 'w', field: 'indices', type: 'int64', bytes: int64(...places) },
      { tensor: 'w', field: 'values', type: 'float32', bytes: float32(...places.map((place) => place + 1)) },
    ],
  };
  const bytes = new MemoryFile(buildWdelta(partsOf({ w: fixture })));
  const file = await openWdelta(bytes, { name: 'x.wdelta' });
  const known = new Set(places);
  for (const first of [0, 12_287, 12_288, 60_000, 98_304, 119_990]) {
    const before = bytes.bytesRead;
    const values = await decodeDelta(file, only(file), { first, count: 10 });
    expect([...values]).toEqual(
      Array.from({ length: 10 }, (_, at) => (known.has(first + at) ? first + at + 1 : 0)),
    );
    expect(bytes.bytesRead - before).toBeLessThan(3 * 4096 * 8);
  }
});

test('a tensor without elements', async () => {
  const empty = (field: string, type: string) => ({ tensor: 'w', field, type, bytes: new Uint8Array() });
  const file = await opened({
    w: {
      entry: { ...quantizedTensor('w').entry, shape: [0, 5], n_elements: 0, n_cols: 0 },
      records: [empty('scales', 'float16'), empty('packed_signs', 'uint8')],
    },
  });
  expect(await decodeDelta(file, only(file), { first: 0, count: 0 })).toHaveLength(0);
});

const names = ['a.w', 'b.w', 'c.w'];
const baseTensor = (name: string, dtype: 'F32' | 'F16', seed: number): SafetensorsTensor => {
  const values = Array.from({ length: 6 }, (_, at) => (at + seed) / 4);
  return { name, dtype, shape: [2, 3], data: dtype === 'F32' ? float32(...values) : float16(...values) };
};
const hashOf = (tensors: readonly SafetensorsTensor[]): string =>
  createHash('sha256')
    .update(concat(...tensors.flatMap(({ name, data = new Uint8Array() }) => [utf8(name), data])))
    .digest('hex');
const [a, b, c] = [
  baseTensor('a.w', 'F16', 0),
  baseTensor('b.w', 'F16', 5),
  baseTensor('c.w', 'F16', 9),
] as const;
const asFloats = [baseTensor('a.w', 'F32', 0), baseTensor('b.w', 'F32', 5), baseTensor('c.w', 'F32', 9)];

/** The base in two shards: a and c in the first. */
const shards = (): Promise<Source> =>
  modelOf({ '1.safetensors': buildSafetensors([a, c]), '2.safetensors': buildSafetensors([b]) }, 'base');

const sparseNamed = (order: readonly string[]): Readonly<Record<string, WdeltaFixture>> =>
  Object.fromEntries(order.map((name) => [name, sparseTensor(name)]));

test.each([
  ['sorted names', hashOf([a, b, c]), names, /^sorted names over the bytes as stored/u],
  ['records in another order', hashOf([c, a, b]), ['c.w', 'a.w', 'b.w'], /order of its own records/u],
  ['shard by shard', hashOf([a, c, b]), names, /shard by shard/u],
  ['float32 values', hashOf(asFloats), names, /as float32/u],
])('a parent hashed by %s is recognised', async (_, hash, order, says) => {
  const { rule, source } = await reconstruct(
    await opened(sparseNamed(order), hash),
    [await shards()],
    'm.safetensors',
  );
  expect(rule.says).toMatch(says);
  expect(source.segments.flatMap(({ tensor }) => tensor?.name ?? [])).toEqual(names);
});

test('another parent is refused with all rules that were tried', async () => {
  const file = await opened(sparseNamed(names), hashOf([b, a, c]));
  const failure = reconstruct(file, [await shards()], 'm');
  await expect(failure).rejects.toMatchObject({
    code: 'parent-mismatch',
    message: expect.stringMatching(
      /tried: sorted names .* stored; shard by shard .*; sorted names .* float32\)/u,
    ) as unknown,
  });
});

test.each([
  ['lacks a tensor', [a, b], 'parent-missing', /a tensor "c.w", which "base" lacks/u],
  [
    'has another shape',
    [a, b, { ...c, shape: [3], data: float16(1, 2, 3) }],
    'parent-mismatch',
    /has the shape \[2, 3\].*\[3\]/u,
  ],
  [
    'is of packed numbers',
    [a, b, { name: 'c.w', dtype: 'F8_E4M3' as const, shape: [6] }],
    'usage',
    /type F8_E4M3/u,
  ],
])('a parent that %s is refused', async (_, tensors: readonly SafetensorsTensor[], code, sentence) => {
  const base = await modelOf({ x: buildSafetensors(tensors) }, 'base');
  const hash = hashOf(tensors.map((tensor) => ({ ...tensor, data: tensor.data ?? new Uint8Array() })));
  const laid = reconstruct(await opened(sparseNamed(names), hash), [base], 'm').then(({ source }) =>
    Promise.all(source.segments.map((segment) => source.read(segment, 0, new Uint8Array(segment.length)))),
  );
  await expect(laid).rejects.toMatchObject({ message: expect.stringMatching(sentence) as unknown, code });
});

test('one tensor in two files of the parent is refused', async () => {
  const base = await modelOf({ x: buildSafetensors([a, b]), y: buildSafetensors([b, c]) });
  await expect(reconstruct(await opened(sparseNamed(names)), [base], 'm')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/"b.w" is in "x|"b.w" is in "y/u) as unknown,
  });
});

test('the reconstruction is one safetensors file, whatever part of it is read', async () => {
  const file = await opened(sparseNamed(names), hashOf([a, b, c]));
  const { source, leftOut } = await reconstruct(file, [await shards()], 'm.safetensors');
  expect(leftOut).toEqual([]);
  const expected = buildSafetensors(
    asFloats.map((tensor, at) => {
      const base = new Float32Array((tensor.data ?? new Uint8Array()).slice().buffer);
      return {
        ...tensor,
        name: names[at] ?? '',
        data: float32(...base.map((value, i) => value + (sparseDelta[i] ?? 0))),
      };
    }),
    { metadata: [['format', 'pt']] },
  );
  const [whole] = source.files;
  if (!whole) throw new Error('it has a file');
  expect(whole.size).toBe(expected.length);
  expect(await source.sha256(whole)).toBe(createHash('sha256').update(expected).digest('hex'));
  for (const segment of source.segments) {
    for (const [offset, length] of [
      [0, segment.length],
      [1, 6],
      [5, 3],
      [segment.length - 1, 1],
    ] as const) {
      const target = new Uint8Array(length);
      await source.read(segment, offset, target);
      expect(target).toEqual(expected.slice(segment.offset + offset, segment.offset + offset + length));
    }
  }
});

test('what the parent has beside is left out, and told', async () => {
  const base = await modelOf({ x: buildSafetensors([a, b, c]) });
  const { leftOut } = await reconstruct(
    await opened(sparseNamed(['a.w', 'c.w']), hashOf([a, c])),
    [base],
    'm',
  );
  expect(leftOut).toEqual(['b.w']);
});

test('who is the parent is told from the structure alone', async () => {
  const bytes = buildWdelta(partsOf(sparseNamed(names), hashOf([a, b, c])));
  // A byte of the last array: its checksum does not hold any more.
  bytes[bytes.length - 40] = 1;
  const file = new MemoryFile(bytes);
  const outline = await readOutline(file, 'x.wdelta');
  expect([...outline.tensors.keys()]).toEqual(names);
  expect(await isParentOf(outline, [await shards()])).toBe(true);
  expect(await isParentOf(outline, [await modelOf({ x: buildSafetensors([a, b]) })])).toBe(false);
  expect(
    await isParentOf(outline, [
      await modelOf({ x: buildSafetensors([b, { ...a, name: 'c.w' }, { ...c, name: 'a.w' }]) }),
    ]),
  ).toBe(false);
  await expect(openWdelta(file, { name: 'x.wdelta' })).rejects.toMatchObject({ code: 'delta-damaged' });
});
