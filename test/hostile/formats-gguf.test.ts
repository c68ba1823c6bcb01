import { expect, test } from 'vitest';
import { parseFile } from '../../src/main/engine/formats/index.ts';
import { concat, u32, u64, utf8 } from '../fixtures/bytes.ts';
import { buildGguf, ggufArray, ggufPair, ggufString, type GgufTensor } from '../fixtures/gguf-file.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';
import { type Attack, expectRefused } from './formats-judge.ts';

const tensor: GgufTensor = { name: 'w', dims: [4], type: 0, data: new Uint8Array(16) };
const good = buildGguf({ pairs: [ggufPair('a', 8, ggufString('b'))], tensors: [tensor] });

function withTensor(change: Partial<GgufTensor>): Uint8Array {
  return buildGguf({ tensors: [{ ...tensor, ...change }] });
}

function withValue(type: number, value: Uint8Array | readonly number[]): Uint8Array {
  return buildGguf({ pairs: [ggufPair('key', type, value)], tensors: [tensor] });
}

function withAlignment(type: number, value: Uint8Array): Uint8Array {
  return buildGguf({ pairs: [ggufPair('general.alignment', type, value)], tensors: [tensor] });
}

/** An array that holds arrays, `depth` of them. */
function nested(depth: number): Uint8Array {
  return depth === 1 ? ggufArray(0, 0, []) : ggufArray(9, 1, nested(depth - 1));
}

const attacks: Attack[] = [
  ['nothing but the magic', utf8('GGUF'), /ends in the middle/],
  ['a truncated header', good.slice(0, 23), /ends in the middle/],
  ['truncated metadata', good.slice(0, 44), /ends in the middle|more entries/],
  ['truncated tensor infos', good.slice(0, 70), /ends in the middle/],
  ['truncated data', good.slice(0, -1), /beyond the end of the file/],
  ['version 1', buildGguf({ version: 1 }), /version 1 is not supported/],
  ['version 4', buildGguf({ version: 4 }), /version 4 is not supported/],
  ['version 0', buildGguf({ version: 0 }), /version 0 is not supported/],
  ['big-endian', buildGguf({ version: 0x03000000 }), /big-endian/],
  ['2^64 - 1 tensors', buildGguf({ tensorCount: (1n << 64n) - 1n }), /impossible size/],
  ['500,001 tensors', buildGguf({ tensorCount: 500_001 }), /more than 500000 tensors/],
  ['more tensors than the file has room for', buildGguf({ tensorCount: 3 }), /more entries than/],
  ['2^60 keys', buildGguf({ pairCount: 1n << 60n }), /impossible size/],
  ['100,001 keys', buildGguf({ pairCount: 100_001 }), /more than 100000 keys/],
  ['more keys than the file has room for', buildGguf({ pairCount: 3 }), /more entries than/],
  ['a key of 2^60 bytes', buildGguf({ pairs: [concat(u64(1n << 60n), u32(0), [0])] }), /impossible size/],
  [
    'a key of 65,536 bytes',
    buildGguf({ pairs: [ggufPair('k'.repeat(65_536), 0, [0])] }),
    /name of 65536 bytes/,
  ],
  [
    'a key beyond the end of the file',
    buildGguf({ pairs: [concat(u64(60_000), u32(0), [0])] }),
    /ends in the middle/,
  ],
  [
    'a key that is not UTF-8',
    buildGguf({ pairs: [concat(ggufString(Uint8Array.of(0xff)), u32(0), [0])] }),
    /not UTF-8/,
  ],
  ['a key twice', buildGguf({ pairs: [ggufPair('a', 0, [0]), ggufPair('a', 0, [0])] }), /key "a" twice/],
  ['a value of an unknown type', withValue(13, [0]), /unknown type 13/],
  ['a string of 2^60 bytes', withValue(8, u64(1n << 60n)), /impossible size/],
  ['a string beyond the end of the file', withValue(8, u64(1 << 30)), /ends in the middle/],
  ['an array of 2^60 items', withValue(9, ggufArray(0, 1n << 60n, [])), /impossible size/],
  ['an array of 2^50 bytes', withValue(9, ggufArray(0, 2 ** 50, [])), /array longer than the file/],
  ['an array of 2^50 doubles', withValue(9, ggufArray(12, 2 ** 50, [])), /array longer than the file/],
  ['an array of 2^50 strings', withValue(9, ggufArray(8, 2 ** 50, [])), /array longer than the file/],
  ['an array of 2^50 arrays', withValue(9, ggufArray(9, 2 ** 50, [])), /array longer than the file/],
  ['an array of an unknown type', withValue(9, ggufArray(99, 1, [0])), /unknown type 99/],
  [
    'an array of strings that end the file',
    withValue(9, ggufArray(8, 2, [...ggufString('a'), ...u64(1e6)])),
    /ends in the middle/,
  ],
  ['arrays nested five deep', withValue(9, nested(5)), /nested deeper than 4/],
  [
    'arrays nested 10,000 deep',
    withValue(9, concat(...Array.from({ length: 10_000 }, () => ggufArray(9, 1, [])))),
    /nested deeper/,
  ],
  ['an alignment of 0', withAlignment(4, u32(0)), /not a power of two/],
  ['an alignment of 24', withAlignment(4, u32(24)), /not a power of two/],
  ['an alignment of 2^31', withAlignment(4, u32(2 ** 31)), /not a power of two up to/],
  ['an alignment of 2^21', withAlignment(4, u32(2 ** 21)), /not a power of two up to/],
  ['an alignment that is a 64-bit number', withAlignment(10, u64(32)), /not a power of two/],
  ['an alignment that is text', withAlignment(8, ggufString('32')), /not a power of two/],
  ['a tensor offset of 2^63', withTensor({ offset: 1n << 63n }), /impossible size/],
  ['a tensor offset of 2^53 - 32', withTensor({ offset: 2 ** 53 - 32 }), /beyond the end of the file/],
  ['a tensor beyond the end of the file', withTensor({ offset: 32 }), /beyond the end of the file/],
  ['a tensor that begins unaligned', withTensor({ offset: 8 }), /not aligned to 32/],
  ['a tensor larger than its data', withTensor({ dims: [5] }), /beyond the end of the file/],
  [
    'a tensor of 2^32 dimensions',
    buildGguf({ tensors: [{ ...tensor, dims: Array.from({ length: 9 }, () => 1) }] }),
    /9 dimensions/,
  ],
  ['a dimension of 2^64 - 1', withTensor({ dims: [(1n << 64n) - 1n] }), /impossible size/],
  ['a shape whose product overflows', withTensor({ dims: [2 ** 40, 2 ** 40] }), /too large to count/],
  ['a row that ends inside a block', withTensor({ dims: [33], type: 2 }), /end inside a block of 32/],
  ['a scalar of a block type', withTensor({ dims: [], type: 2 }), /end inside a block of 32/],
  ['two tensors of one name', buildGguf({ tensors: [tensor, tensor] }), /two tensors named "w"/],
  [
    'two tensors over the same bytes',
    buildGguf({ tensors: [tensor, { ...tensor, name: 'v', offset: 0 }] }),
    /overlaps/,
  ],
  [
    'a tensor that reaches into the next',
    buildGguf({
      tensors: [
        { ...tensor, dims: [9] },
        { ...tensor, name: 'v' },
      ],
    }),
    /"v" overlaps/,
  ],
  [
    'an unknown type at the place of another tensor',
    buildGguf({
      tensors: [
        { ...tensor, type: 999 },
        { ...tensor, name: 'v', offset: 0 },
      ],
    }),
    /"w" overlaps/,
  ],
  [
    'a tensor name of 2^60 bytes',
    buildGguf({
      tensorCount: 1,
      after: 40,
      pairs: [ggufPair('k', 10, u64(0)), concat(u64(1n << 60n))],
      pairCount: 1,
    }),
    /impossible size/,
  ],
];

test.each(attacks)('%s', async (_, file, refusal) => {
  await expectRefused('model.gguf', file, refusal);
});

test('a terabyte of zeros after a good header is data, and is not read', async () => {
  const file = new MemoryFile(good, 1e12);
  const parsed = await parseFile('model.gguf', file);
  expect(parsed.format).toBe('gguf');
  expect(file.bytesRead).toBeLessThan(1_000_000);
});

test('strings of nothing that fill the whole header are walked within the limit', async () => {
  const count = 2 ** 25;
  const start = concat(utf8('GGUF'), u32(3), u64(0), u64(1), ggufString('a'), u32(9), u32(8), u64(count));
  await expectRefused(
    'model.gguf',
    new MemoryFile(start, start.length + 8 * count - 1),
    /array longer than the file/,
  );
});
