import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, pattern, u32, u64, utf8 } from '../../fixtures/bytes.ts';
import { buildGguf, ggufArray, ggufPair, ggufString, type GgufTensor } from '../../fixtures/gguf-file.ts';
import { outline, parseGood } from './parsed.ts';

/** Types by number: elements and bytes of a block, and the dtype of plain numbers. After ggml, not after our table. */
const types = [
  { type: 0, block: 1, bytes: 4, dtype: 'F32' },
  { type: 1, block: 1, bytes: 2, dtype: 'F16' },
  { type: 24, block: 1, bytes: 1, dtype: 'I8' },
  { type: 25, block: 1, bytes: 2, dtype: 'I16' },
  { type: 26, block: 1, bytes: 4, dtype: 'I32' },
  { type: 27, block: 1, bytes: 8, dtype: 'I64' },
  { type: 28, block: 1, bytes: 8, dtype: 'F64' },
  { type: 30, block: 1, bytes: 2, dtype: 'BF16' },
  // Quantised: halfs for scales, then the packed weights.
  { type: 2, block: 32, bytes: 2 + 16 },
  { type: 3, block: 32, bytes: 2 + 2 + 16 },
  { type: 6, block: 32, bytes: 2 + 4 + 16 },
  { type: 7, block: 32, bytes: 2 + 2 + 4 + 16 },
  { type: 8, block: 32, bytes: 2 + 32 },
  { type: 9, block: 32, bytes: 2 + 2 + 32 },
  { type: 10, block: 256, bytes: 2 + 2 + 256 / 16 + 256 / 4 },
  { type: 11, block: 256, bytes: 2 + 256 / 4 + 256 / 8 + 12 },
  { type: 12, block: 256, bytes: 2 + 2 + 256 / 2 + 12 },
  { type: 13, block: 256, bytes: 2 + 2 + 256 / 2 + 256 / 8 + 12 },
  { type: 14, block: 256, bytes: 2 + 256 / 2 + 256 / 4 + 256 / 16 },
  { type: 15, block: 256, bytes: 4 + 256 + 256 / 8 },
  { type: 16, block: 256, bytes: 2 + 256 / 4 },
  { type: 17, block: 256, bytes: 2 + 256 / 4 + 256 / 32 },
  { type: 18, block: 256, bytes: 2 + 256 / 4 + 256 / 8 },
  { type: 19, block: 256, bytes: 2 + 256 / 8 + 256 / 16 },
  { type: 20, block: 32, bytes: 2 + 16 },
  { type: 21, block: 256, bytes: 2 + 256 / 4 + 256 / 8 + 256 / 32 + 4 },
  { type: 22, block: 256, bytes: 2 + 256 / 4 + 256 / 16 },
  { type: 23, block: 256, bytes: 2 + 2 + 256 / 2 + 256 / 64 },
  { type: 29, block: 256, bytes: 256 / 8 + 256 / 16 + 256 / 32 },
  { type: 34, block: 256, bytes: 2 + 4 * 13 },
  { type: 35, block: 256, bytes: 2 + 64 },
  { type: 39, block: 32, bytes: 1 + 16 },
  { type: 40, block: 64, bytes: 4 + 32 },
  { type: 41, block: 128, bytes: 2 + 16 },
] as const;

type Type = (typeof types)[number];

function makeTensor(name: string, type: Type, rows: readonly number[], seed: number): GgufTensor {
  const [row = 1, ...outer] = rows;
  const elements = rows.reduce((product, size) => product * size, 1);
  const dims =
    rows.length === 0 && type.block > 1
      ? [type.block]
      : rows.length === 0
        ? []
        : [row * type.block, ...outer];
  return { name, dims, type: type.type, data: pattern(elements * type.bytes, seed) };
}

const tensor = fc.record({
  name: fc.string({ unit: 'binary', maxLength: 20 }),
  type: fc.constantFrom(...types),
  rows: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
});

test('every tensor of a generated file is found with its name, type, shape and bytes', async () => {
  const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 10 });
  const settings = fc.record({
    version: fc.constantFrom(2, 3),
    alignment: fc.constantFrom(8, 32, 64),
    gap: fc.integer({ min: 0, max: 2 }),
    after: fc.integer({ min: 0, max: 70 }),
  });
  await fc.assert(
    fc.asyncProperty(tensors, settings, async (made, options) => {
      const built = made.map(({ name, type, rows }, number) => makeTensor(name, type, rows, number));
      const pairs = [ggufPair('general.alignment', 4, u32(options.alignment))];
      const bytes = buildGguf({ ...options, pairs, tensors: built });
      const { segments, tensors: found } = await parseGood('model.gguf', bytes, 'gguf');
      expect(segments[0]).toMatchObject({ kind: 'header', offset: 0 });
      const expected = built.map(({ name, dims, data }, number) => {
        const type = made[number]?.type;
        const known = type !== undefined && 'dtype' in type;
        return known
          ? { name, dtype: type.dtype, shape: dims.toReversed(), data }
          : { name, dtype: 'OPAQUE', shape: [data.length], data };
      });
      const order = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
      expect(found.toSorted(order)).toEqual(expected.toSorted(order));
    }),
  );
});

test.each(types.map((type) => ({ ...type })))(
  'type $type takes $bytes bytes for $block elements',
  async (type) => {
    const data = pattern(3 * type.bytes, 1);
    const one = { name: 'w', dims: [type.block, 3], type: type.type, data };
    const { tensors } = await parseGood('m.gguf', buildGguf({ tensors: [one] }), 'gguf');
    const described =
      'dtype' in type
        ? { dtype: type.dtype, shape: [3, type.block] }
        : { dtype: 'OPAQUE', shape: [data.length] };
    expect(tensors).toEqual([{ name: 'w', ...described, data }]);
  },
);

test('header, alignment gaps and what follows the last tensor', async () => {
  const tensors = [
    { name: 'first', dims: [5], type: 24, data: pattern(5, 1) },
    { name: 'second', dims: [3], type: 24, data: pattern(3, 2) },
  ];
  const { segments } = await parseGood('m.gguf', buildGguf({ tensors, after: 9 }), 'gguf');
  expect(outline(segments)).toEqual(['header 128', 'tensor 5', 'raw 27', 'tensor 3', 'raw 9']);
});

test('a tensor of an unknown type reaches to the next one, the last to the end of the file', async () => {
  const tensors = [
    { name: 'new', dims: [100], type: 999, data: pattern(50, 1) },
    { name: 'plain', dims: [3], type: 24, data: pattern(3, 2) },
    { name: 'new too', dims: [100], type: 999, data: pattern(40, 3) },
  ];
  const { segments, tensors: found } = await parseGood('m.gguf', buildGguf({ tensors, after: 2 }), 'gguf');
  expect(outline(segments).slice(1)).toEqual(['tensor 64', 'tensor 3', 'raw 29', 'tensor 42']);
  expect(found.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual([
    { dtype: 'OPAQUE', shape: [64] },
    { dtype: 'I8', shape: [3] },
    { dtype: 'OPAQUE', shape: [42] },
  ]);
});

test('metadata of every type is stepped over', async () => {
  const nested = ggufArray(9, 2, [...ggufArray(8, 1, ggufString('a')), ...ggufArray(5, 0, [])]);
  const pairs = [
    ...[0, 1, 7].map((type) => ggufPair(`one byte ${type}`, type, [1])),
    ...[2, 3].map((type) => ggufPair(`two bytes ${type}`, type, [1, 2])),
    ...[4, 5, 6].map((type) => ggufPair(`four bytes ${type}`, type, [1, 2, 3, 4])),
    ...[10, 11, 12].map((type) => ggufPair(`eight bytes ${type}`, type, u64(1n << 60n))),
    ggufPair('text', 8, ggufString('llama')),
    ggufPair('long text', 8, ggufString(pattern(1_000_000, 1))),
    ggufPair('tokens', 9, ggufArray(8, 3, [...ggufString('a'), ...ggufString(''), ...ggufString('xyz')])),
    ggufPair('scores', 9, ggufArray(6, 2, u64(0))),
    ggufPair('nested', 9, nested),
  ];
  const tensors = [{ name: 'w', dims: [4], type: 0, data: pattern(16, 1) }];
  const { tensors: found } = await parseGood('m.gguf', buildGguf({ pairs, tensors }), 'gguf');
  expect(found).toEqual([{ name: 'w', dtype: 'F32', shape: [4], data: pattern(16, 1) }]);
});

test('a vocabulary larger than the window is stepped over', async () => {
  const words = Array.from({ length: 60_000 }, (_, number) => ggufString(`word ${number}`));
  const items = Buffer.concat(words);
  const pairs = [ggufPair('tokenizer.ggml.tokens', 9, ggufArray(8, words.length, items))];
  const tensors = [{ name: 'w', dims: [4], type: 0, data: pattern(16, 1) }];
  expect((await parseGood('m.gguf', buildGguf({ pairs, tensors }), 'gguf')).tensors).toHaveLength(1);
});

test('every byte of the structure may be the last one of a window', async () => {
  const window = 256 * 1024;
  const nested = ggufArray(9, 1, ggufArray(8, 2, concat(ggufString('a'), ggufString('bc'))));
  const tensors = ['a.weight', 'b.weight'].map((name) => ({
    name,
    dims: [2, 2],
    type: 25,
    data: pattern(8, 1),
  }));
  const pairs = [
    ggufPair('number', 10, u64(1)),
    ggufPair('text', 8, ggufString('llama')),
    ggufPair('nested', 9, nested),
  ];
  const structure = concat(...pairs).length + 2 * (8 + 8 + 4 + 16 + 4 + 8);
  const before = 4 + 4 + 8 + 8 + ggufPair('fill', 8, ggufString('')).length;
  for (let inside = 0; inside <= structure; inside += 1) {
    const fill = ggufPair('fill', 8, ggufString(new Uint8Array(window - before - inside)));
    const { tensors: found } = await parseGood(
      'm.gguf',
      buildGguf({ pairs: [fill, ...pairs], tensors }),
      'gguf',
    );
    expect(found.map(({ name, shape }) => `${name} ${shape.join()}`)).toEqual([
      'a.weight 2,2',
      'b.weight 2,2',
    ]);
  }
});

test('what is just within the limits is read', async () => {
  const deep = ggufArray(9, 1, ggufArray(9, 1, ggufArray(9, 1, ggufArray(0, 1, [7]))));
  const keys = Array.from({ length: 100_000 - 2 }, (_, key) => ggufPair(`${key}`, 0, [0]));
  const pairs = [
    ggufPair('deep', 9, deep),
    ggufPair('general.alignment', 4, u32(2 ** 20)),
    Buffer.concat(keys),
  ];
  const tensors = [
    { name: 'w'.repeat(65_535), dims: [1, 1, 1, 1, 1, 1, 1, 2], type: 24, data: pattern(2, 1) },
  ];
  const bytes = buildGguf({ pairs, pairCount: 100_000, tensors, alignment: 2 ** 20 });
  const { tensors: found } = await parseGood('m.gguf', bytes, 'gguf');
  expect(found).toMatchObject([{ shape: [2, 1, 1, 1, 1, 1, 1, 1] }]);
});

test('the smallest files', async () => {
  const { segments } = await parseGood('m.gguf', buildGguf({}).slice(0, 24), 'gguf');
  expect(outline(segments)).toEqual(['header 24']);
  const pair = buildGguf({ pairs: [ggufPair('', 0, [0])] }).slice(0, 24 + 13);
  expect(outline((await parseGood('m.gguf', pair, 'gguf')).segments)).toEqual(['header 37']);
});

test('a file of metadata alone, padded or not, is all header', async () => {
  const padded = buildGguf({ pairs: [ggufPair('a', 8, ggufString('b'))] });
  expect(outline((await parseGood('v.gguf', padded, 'gguf')).segments)).toEqual(['header 64']);
  const bare = padded.slice(0, 24 + 8 + 1 + 4 + 8 + 1);
  expect(outline((await parseGood('v.gguf', bare, 'gguf')).segments)).toEqual(['header 46']);
});

test('a file is recognised by its magic, whatever it is called', async () => {
  const bytes = buildGguf({ tensors: [{ name: 'w', dims: [1], type: 0, data: utf8('abcd') }] });
  await parseGood('model.bin', bytes, 'gguf');
});
