import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Dtype, dtypeBits, elementCount } from '../../../src/main/engine/dtypes.ts';
import { parseFile } from '../../../src/main/engine/formats/index.ts';
import { pattern } from '../../fixtures/bytes.ts';
import { cpuMilliseconds } from '../../fixtures/cpu-time.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { buildSafetensors, rawSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';
import { outline, parseGood } from './parsed.ts';

const dtypes = (Object.keys(dtypeBits) as Dtype[]).filter((dtype) => dtype !== 'OPAQUE');

/** Shapes of 0 to 4 dimensions, empty ones included, whose elements fill whole bytes. */
const tensor = fc
  .record({
    name: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('__proto__', 'constructor', '', 'a"b\\'),
    ),
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }),
  })
  .filter(({ name }) => name !== '__metadata__')
  .map(({ name, dtype, shape }) => {
    const whole = (elementCount(shape) * dtypeBits[dtype]) % 8 === 0;
    return { name, dtype, shape: whole ? shape : [...shape, 4] };
  });

const file = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 12 }).chain((tensors) =>
  fc.record({
    tensors: fc.constant(tensors),
    headerOrder: fc.shuffledSubarray([...tensors.keys()], { minLength: tensors.length }),
    metadata: fc.option(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 40 })),
    ),
    align: fc.constantFrom(1, 8, 64),
    before: fc.constantFrom('', ' ', '\n\t \r\n'),
  }),
);

/** Tensors as they were asked for, with the bytes they have in the file. */
function expected(tensors: readonly SafetensorsTensor[]): unknown[] {
  return tensors.map(({ name, dtype, shape }, number) => {
    const data = pattern((elementCount(shape) * dtypeBits[dtype]) / 8, number);
    return { name, dtype, shape, data };
  });
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

test('every tensor of a generated file is found with its name, type, shape and bytes', async () => {
  await fc.assert(
    fc.asyncProperty(file, async ({ tensors, metadata, ...options }) => {
      const bytes = buildSafetensors(tensors, {
        ...options,
        ...(metadata === null ? {} : { metadata: Object.entries(metadata) }),
      });
      const { segments, tensors: found } = await parseGood('model.safetensors', bytes, 'safetensors');
      expect(segments[0]).toMatchObject({ kind: 'header', offset: 0 });
      expect(segments).toHaveLength(tensors.length + 1);
      // Where tensors lie says the order of their bytes; tensors without bytes keep the order of the header.
      expect(found.filter(({ data }) => data.length > 0)).toEqual(
        expected(tensors).filter((one) => (one as { data: Uint8Array }).data.length > 0),
      );
      expect(found.toSorted(byName)).toEqual((expected(tensors) as { name: string }[]).toSorted(byName));
    }),
  );
});

test('a file is recognised by its content, whatever it is called', async () => {
  const bytes = buildSafetensors([{ name: 'w', dtype: 'F32', shape: [2, 2] }]);
  await parseGood('blobs/4c2b', bytes, 'safetensors');
  await parseGood('pytorch_model.bin', bytes, 'safetensors');
});

test('a scalar, tensors without elements and sub-byte elements', async () => {
  const bytes = buildSafetensors([
    { name: 'empty first', dtype: 'F16', shape: [0, 5] },
    { name: 'scalar', dtype: 'BF16', shape: [] },
    { name: 'empty between', dtype: 'F64', shape: [3, 0] },
    { name: 'four bit', dtype: 'F4', shape: [3, 2] },
    { name: 'six bit', dtype: 'F6_E2M3', shape: [4] },
    { name: 'empty last', dtype: 'BOOL', shape: [0] },
  ]);
  const { segments, tensors } = await parseGood('model.safetensors', bytes, 'safetensors');
  expect(outline(segments).slice(1)).toEqual([
    'tensor 0',
    'tensor 2',
    'tensor 0',
    'tensor 3',
    'tensor 3',
    'tensor 0',
  ]);
  expect(tensors.map(({ name }) => name)).toEqual([
    ...['empty first', 'scalar', 'empty between', 'four bit', 'six bit', 'empty last'],
  ]);
});

test('two empty tensors at one place keep the order of the header', async () => {
  const header =
    '{"z":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}';
  const { tensors } = await parseGood('model.safetensors', rawSafetensors(header), 'safetensors');
  expect(tensors.map(({ name }) => name)).toEqual(['z', 'a']);
});

test('a file without tensors is all header', async () => {
  const { segments } = await parseGood('model.safetensors', rawSafetensors('{}'), 'safetensors');
  expect(outline(segments)).toEqual(['header 10']);
});

test('a tensor named __proto__ is a tensor like any other', async () => {
  const bytes = buildSafetensors([
    { name: '__proto__', dtype: 'U8', shape: [3] },
    { name: 'toString', dtype: 'U8', shape: [1] },
  ]);
  const { tensors } = await parseGood('model.safetensors', bytes, 'safetensors');
  expect(tensors).toEqual([
    { name: '__proto__', dtype: 'U8', shape: [3], data: pattern(3, 0) },
    { name: 'toString', dtype: 'U8', shape: [1], data: pattern(1, 1) },
  ]);
});

test('white space everywhere JSON allows it, more than a window of it', async () => {
  const gap = ' \t\r\n'.repeat(300_000);
  const one = `"a" : { "shape"\n: [ 2 , 1 ] , "data_offsets" : [ 0 , 2 ] , "dtype" : "U8" }`;
  const { tensors } = await parseGood(
    'a',
    rawSafetensors(`${gap}{${gap}${one}${gap}}${gap}`, 2),
    'safetensors',
  );
  expect(tensors).toMatchObject([{ name: 'a', dtype: 'U8', shape: [2, 1] }]);
});

test('escapes in names are resolved', async () => {
  const header = String.raw`{"\u0061\n\ud83d\ude00\/":{"\u0064type":"U8","shape":[1],"data_offsets":[0,1]}}`;
  const { tensors } = await parseGood('a', rawSafetensors(header, 1), 'safetensors');
  expect(tensors.map(({ name }) => name)).toEqual(['a\n\u{1f600}/']);
});

test('a metadata value may be longer than any window, with escapes and characters at every border', async () => {
  const value = 'a é\u{1f600}"\\\n\u2028'.repeat(400_000);
  const bytes = buildSafetensors([{ name: 'w', dtype: 'U8', shape: [4] }], { metadata: [['tags', value]] });
  const file = new MemoryFile(bytes);
  expect((await parseFile('a.safetensors', file)).format).toBe('safetensors');
  expect(file.largestBuffer).toBeLessThanOrEqual(1024 * 1024);
});

test('every escape that JSON has may stand in metadata', async () => {
  const value = String.raw`\"\\\/\b\f\n\r\t\u0000\u00e9\uABCD\ud800\udc00\udbff\udfff\uD83D\uDE00\ue000\ud7ff`;
  const { segments } = await parseGood(
    'a',
    rawSafetensors(`{"__metadata__":{"a":"${value}","b":""}}`),
    'safetensors',
  );
  expect(segments).toHaveLength(1);
});

test('what is just within the limits is read', async () => {
  const name = 'x'.repeat(65_535);
  const shape = Array.from({ length: 64 }, () => 1);
  const { tensors } = await parseGood('a', buildSafetensors([{ name, dtype: 'U8', shape }]), 'safetensors');
  expect(tensors).toMatchObject([{ name, shape }]);
});

test('sizes up to 2^53 - 1 are exact', async () => {
  const header = '{"w":{"dtype":"U8","shape":[0,9007199254740991],"data_offsets":[0,0]}}';
  const { tensors } = await parseGood('a', rawSafetensors(header), 'safetensors');
  expect(tensors).toMatchObject([{ shape: [0, 9_007_199_254_740_991] }]);
});

test('a header of 10 MB is read in about a second, and only the header is read', async () => {
  const count = 100_000;
  const tensors = Array.from({ length: count }, (_, number) => ({
    name: `model.layers.${number}.block_sparse_moe.experts.0.w1.weight`,
    dtype: 'U8' as const,
    shape: [1, 1],
    data: new Uint8Array(1),
  }));
  const bytes = buildSafetensors(tensors);
  const headerBytes = bytes.length - count;
  expect(headerBytes).toBeGreaterThan(10_000_000);
  const file = new MemoryFile(bytes);
  const milliseconds = await cpuMilliseconds(async () => {
    const parsed = await parseFile('model.safetensors', file);
    expect(parsed.segments).toHaveLength(count + 1);
  });
  // Several times what it takes, for slower machines.
  expect(milliseconds).toBeLessThan(2000);
  expect(file.bytesRead).toBeLessThan(headerBytes + 1000);
});
