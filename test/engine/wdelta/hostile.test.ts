// .wdelta files that say what no such file can: each is refused with a sentence of its own, before memory is taken.
import { expect, test } from 'vitest';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { openWdelta } from '../../../src/main/engine/wdelta/index.ts';
import { concat, u32, utf8 } from '../../fixtures/bytes.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import {
  buildWdelta,
  float32,
  int4Tensor,
  int64,
  partsOf,
  quantizedTensor,
  sealed,
  sparseTensor,
  type WdeltaFixture,
  type WdeltaRecord,
} from '../../fixtures/wdelta-file.ts';

type Parts = ReturnType<typeof partsOf>;

/** A file of one tensor `w`, changed before it is built. */
function withTensor(fixture: WdeltaFixture, change: (parts: Parts) => object = (parts) => parts): Uint8Array {
  const parts = partsOf({ w: fixture });
  return buildWdelta({ ...parts, ...change(parts) });
}

const sparse = (change: (parts: Parts) => object): Uint8Array => withTensor(sparseTensor('w'), change);
const int4 = (change: (parts: Parts) => object): Uint8Array => withTensor(int4Tensor('w'), change);
const quantized = (change: (parts: Parts) => object): Uint8Array => withTensor(quantizedTensor('w'), change);

/** Fields of the entry of `w` replaced. */
const entry =
  (fields: object) =>
  ({ header }: Parts): object => ({
    header: { ...header, tensors: { w: { ...(header.tensors['w'] as object), ...fields } } },
  });

/** Parts of the record of a field replaced. */
const record =
  (field: string, changes: Partial<WdeltaRecord>) =>
  ({ records }: Parts): object => ({
    records: records.map((each) => (each.field === field ? { ...each, ...changes } : each)),
  });

const whole = withTensor(sparseTensor('w'));
const headerText = (text: string): Uint8Array => buildWdelta({ header: text, records: [] });

const attacks: readonly (readonly [attack: string, file: Uint8Array, sentence: RegExp])[] = [
  ['nothing at all', new Uint8Array(), /lacks the mark/u],
  ['another mark', concat(utf8('Wdelta\0'), whole.subarray(7)), /lacks the mark/u],
  ['cut inside its first bytes', whole.subarray(0, 12), /truncated.*middle of its first bytes/u],
  ['a version of the future', sparse(() => ({ version: 2 })), /format version 2/u],
  ['a version of the past', sparse(() => ({ version: 0 })), /format version 0/u],
  ['a header longer than the file', sparse(() => ({ headerLength: 2 ** 32 - 1 })), /reaches beyond the end/u],
  [
    'a header longer than any',
    sealed(concat(utf8('wdelta\0'), u32(1), u32((32 << 20) + 1), new Uint8Array((32 << 20) + 1))),
    /more than 33554432 are not read/u,
  ],
  [
    'a header in Latin-1',
    sealed(concat(utf8('wdelta\0'), u32(1), u32(3), [0x22, 0xe4, 0x22])),
    /not JSON in UTF-8/u,
  ],
  ['a header that is no JSON', headerText('{"parent_hash"'), /not JSON/u],
  ['a header that is a list', headerText('[]'), /its header is not of the expected form/u],
  ['a header of a million brackets', headerText('['.repeat(1_000_000)), /nested deeper/u],
  ['brackets behind an escaped quotation mark', headerText(`{"a\\"":${'['.repeat(9)}`), /nested deeper/u],
  [
    'a header of two million names',
    headerText(`{${'"":0,'.repeat(2_000_000)}"":0}`),
    /more than 1500000 names/u,
  ],
  ['a tensor twice in the header', headerText('{"tensors":{"w":1,"w":2}}'), /a name twice/u],
  ['a field twice in the header', headerText('{"strategy":"int4","strategy":"sparse"}'), /a name twice/u],
  ['no hash of a parent', headerText('{"strategy":"int4","tensors":{}}'), /lacks a proper "parent_hash"/u],
  [
    'a hash that is none',
    sparse(({ header }) => ({ header: { ...header, parent_hash: '../../x' } })),
    /lacks a proper "parent_hash"/u,
  ],
  [
    'a strategy of the file that is unknown',
    sparse(({ header }) => ({ header: { ...header, strategy: 'pickle' } })),
    /its header names the unknown strategy "pickle"/u,
  ],
  [
    'a strategy of a tensor that is unknown',
    sparse(entry({ strategy: 'pickle' })),
    /tensor "w" names the unknown strategy "pickle"/u,
  ],
  [
    'a strategy that steers the terminal',
    sparse(entry({ strategy: '\u001b[2J' })),
    /unknown strategy "(?:\\u001b|\\u\{1b\})\[2J"/u,
  ],
  [
    'a tensor that is a number',
    sparse(({ header }) => ({ header: { ...header, tensors: { w: 1 } } })),
    /tensor "w" is not of the expected form/u,
  ],
  ['a field that no tensor has', sparse(entry({ evil: 1 })), /unknown field "evil"/u],
  ['a share above one', sparse(entry({ sparsity: 1.5 })), /lacks a proper "sparsity"/u],
  ['another type of tensor', sparse(entry({ dtype: 'float64' })), /lacks a proper "dtype"/u],
  [
    'a reference to another field',
    sparse(entry({ indices: { _ref: 'values' } })),
    /lacks a proper "indices._ref"/u,
  ],
  ['a missing reference', sparse(entry({ indices: undefined })), /lacks a proper "indices"/u],
  ['a negative size', sparse(entry({ shape: [-2, -3] })), /negative size/u],
  ['half an element', sparse(entry({ shape: [2.5, 3] })), /no whole number/u],
  ['a size that is text', sparse(entry({ shape: ['2', 3] })), /no whole number/u],
  ['a shape that overflows', sparse(entry({ shape: [2 ** 31, 2 ** 31] })), /too large to count/u],
  ['an overflow behind a zero', sparse(entry({ shape: [2 ** 31, 2 ** 31, 0] })), /too large to count/u],
  ['more dimensions than any', sparse(entry({ shape: Array(65).fill(1) })), /more than 64 dimensions/u],
  ['more elements than the shape', int4(entry({ n_elements: 8 })), /8 elements, but its shape has 7/u],
  ['more outliers than elements', int4(entry({ n_outliers: 8 })), /8 outliers among 7/u],
  ['columns that do not divide', quantized(entry({ n_cols: 3 })), /3 columns/u],
  ['no columns', quantized(entry({ n_cols: 0 })), /0 columns/u],
  [
    'a tensor that is metadata',
    buildWdelta(partsOf({ __metadata__: sparseTensor('__metadata__') })),
    /no safetensors file can hold/u,
  ],
  [
    'a name longer than any',
    buildWdelta(partsOf({ ['n'.repeat(65_536)]: sparseTensor('w') })),
    /too long or not Unicode/u,
  ],
  [
    'half a surrogate pair',
    sparse(({ header }) => ({ header: JSON.stringify(header).replace('"w"', '"\\ud800"') })),
    /too long or not Unicode/u,
  ],
  [
    'an array of a tensor that the header lacks',
    sparse(({ records }) => ({ records: [...records, { ...records[0], tensor: 'v' }] })),
    /for tensor "v", which its header lacks/u,
  ],
  [
    'a prototype for a tensor',
    sparse(record('indices', { tensor: '__proto__' })),
    /for tensor "__proto__", which its header lacks/u,
  ],
  ['a prototype for a field', sparse(record('indices', { field: '__proto__' })), /none of strategy sparse/u],
  [
    'a prototype for a type',
    sparse(record('indices', { type: 'constructor' })),
    /unknown type "constructor"/u,
  ],
  [
    'an array twice',
    sparse(({ records }) => ({ records: [...records, records[0]] })),
    /array "indices" of tensor "w" twice/u,
  ],
  [
    'an array missing',
    sparse(({ records }) => ({ records: records.slice(1) })),
    /lacks its array "indices"/u,
  ],
  ['all arrays missing', sparse(() => ({ records: [] })), /lacks its array "indices"/u],
  [
    'an array of another strategy',
    sparse(record('values', { field: 'packed' })),
    /"packed" of tensor "w" is none of strategy sparse/u,
  ],
  ['an unknown type', sparse(record('indices', { type: 'object' })), /unknown type "object"/u],
  [
    'another type',
    sparse(record('values', { type: 'float16', dimensions: [6] })),
    /of type float16 instead of float32/u,
  ],
  [
    'more bytes than the shape',
    sparse(record('indices', { dimensions: [2] })),
    /has 2 elements of int64 in 24 bytes/u,
  ],
  [
    'fewer bytes than the shape',
    sparse(record('indices', { dimensions: [4] })),
    /has 4 elements of int64 in 24 bytes/u,
  ],
  [
    'a shape of 2^61 elements whose bytes wrap to none',
    sparse(record('indices', { dimensions: [2n ** 61n], bytes: new Uint8Array() })),
    /elements of int64 in 0 bytes/u,
  ],
  ['no dimension', sparse(record('indices', { dimensions: [] })), /0 dimensions instead of one/u],
  ['two dimensions', sparse(record('indices', { dimensions: [1, 3] })), /2 dimensions instead of one/u],
  [
    'an array that reaches into the checksum',
    sparse(record('values', { dimensions: [8], length: 32 })),
    /ends inside the array "values"/u,
  ],
  [
    'an array of 2^63 bytes',
    sparse(record('values', { dimensions: [2n ** 61n], length: 2n ** 63n })),
    /ends inside the array "values"/u,
  ],
  [
    'bytes behind the last array',
    sparse(() => ({ trailing: new Uint8Array(3) })),
    /middle of an array record/u,
  ],
  [
    'a whole record of zeros behind the last array',
    sparse(() => ({ trailing: new Uint8Array(100) })),
    /0 dimensions/u,
  ],
  [
    'a name of four billion bytes',
    sparse(() => ({ trailing: new Uint8Array(40).fill(0xff) })),
    /the name of a tensor in a record is said to have 4294967295 bytes/u,
  ],
  [
    'a name that is no UTF-8',
    sparse(record('indices', { tensor: Uint8Array.of(0xff) })),
    /the name of a tensor in a record is not UTF-8/u,
  ],
  [
    'an index beyond the tensor',
    sparse(record('indices', { bytes: int64(0, 2, 6) })),
    /index beyond its 6 elements/u,
  ],
  [
    'an index below zero',
    sparse(record('indices', { bytes: int64(-1, 2, 5) })),
    /index beyond its 6 elements/u,
  ],
  ['an index of 2^62', sparse(record('indices', { bytes: int64(0, 2, 2n ** 62n) })), /index beyond/u],
  [
    'indices that descend',
    sparse(record('indices', { bytes: int64(2, 0, 5) })),
    /indices of tensor "w" do not ascend/u,
  ],
  ['an index twice', sparse(record('indices', { bytes: int64(0, 2, 2) })), /do not ascend/u],
  [
    'more indices than values',
    sparse(record('values', { bytes: float32(1, 2) })),
    /"values" of tensor "w" has 2 elements instead of 3/u,
  ],
  [
    'an outlier more than stated',
    int4(record('outlier_idx', { bytes: int64(3, 4) })),
    /"outlier_idx" of tensor "w" has 2 elements instead of 1/u,
  ],
  [
    'no scale',
    int4(record('scale', { bytes: new Uint8Array() })),
    /"scale" of tensor "w" has 0 elements instead of 1/u,
  ],
  [
    'a level less',
    int4(record('packed', { bytes: new Uint8Array(2) })),
    /"packed" of tensor "w" has 2 elements instead of 3/u,
  ],
  [
    'a sign less',
    quantized(record('packed_signs', { bytes: new Uint8Array(1) })),
    /"packed_signs" of tensor "w" has 1 elements instead of 2/u,
  ],
  [
    'a scale more',
    quantized(record('scales', { bytes: new Uint8Array(6) })),
    /"scales" of tensor "w" has 3 elements instead of 2/u,
  ],
];

test.each(attacks)('%s', async (_, bytes, sentence) => {
  const file = new MemoryFile(bytes);
  const refused = await openWdelta(file, { name: 'x.wdelta' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(DeltashelfError);
  expect((refused as DeltashelfError).message).toMatch(sentence);
  expect((refused as DeltashelfError).code).toMatch(/^delta-(?:damaged|foreign|newer)$/u);
  // The header as a whole, or a block; never what a number in the file says.
  expect(file.largestBuffer).toBeLessThanOrEqual(Math.max(bytes.length, 1 << 17));
});

test('a tensor named like a prototype is a tensor like any other', async () => {
  const text = JSON.stringify(partsOf({ w: sparseTensor('w') }).header).replace('"w"', '"__proto__"');
  const opened = await openWdelta(
    new MemoryFile(buildWdelta({ header: text, records: sparseTensor('__proto__').records })),
    { name: 'x.wdelta' },
  );
  expect([...opened.tensors.keys()]).toEqual(['__proto__']);
});

test.each([...whole.keys()])('byte %i flipped is never taken', async (at) => {
  const bytes = whole.slice();
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await expect(openWdelta(new MemoryFile(bytes), { name: 'x' })).rejects.toBeInstanceOf(DeltashelfError);
});

test.each([...whole.keys()])('cut to %i bytes it is never taken', async (length) => {
  await expect(openWdelta(new MemoryFile(whole.subarray(0, length)), { name: 'x' })).rejects.toBeInstanceOf(
    DeltashelfError,
  );
});
