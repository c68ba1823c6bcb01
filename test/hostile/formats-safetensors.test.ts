import { expect, test } from 'vitest';
import { parseFile } from '../../src/main/engine/formats/index.ts';
import { concat, u64, utf8 } from '../fixtures/bytes.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';
import { buildSafetensors, rawSafetensors } from '../fixtures/safetensors-file.ts';
import { type Attack, expectRefused } from './formats-judge.ts';

const good = buildSafetensors([{ name: 'w', dtype: 'F32', shape: [2] }]);

/** A file of one or more entries and a number of data bytes. */
function entries(data: number, ...texts: string[]): Uint8Array {
  return rawSafetensors(`{${texts.join(',')}}`, data);
}

/** One entry, as text, so that nothing of it need be legal. */
function entry(name: string, dtype: string, shape: string, offsets: string): string {
  return `"${name}":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
}

const byte = entry('w', '"U8"', '[1]', '[0,1]');

const attacks: Attack[] = [
  ['an empty file', new Uint8Array(0), /is empty/],
  ['a file shorter than the length field', good.slice(0, 7), /too short/],
  ['a truncated header', good.slice(0, 20), /beyond the end/],
  ['a header length of 0', rawSafetensors('', 40), /no "{"/],
  ['a header length of 2^63', concat(u64(1n << 63n), good.slice(8)), /more than 100000000/],
  ['a header length of 2^64 - 1', concat(u64((1n << 64n) - 1n), good.slice(8)), /more than 100000000/],
  ['a header length of 2^53 + 1', concat(u64((1n << 53n) + 1n), good.slice(8)), /more than 100000000/],
  [
    'a header one byte longer than allowed',
    new MemoryFile(concat(u64(100_000_001), utf8('{')), 2e8),
    /more than 100000000/,
  ],
  ['a header one byte longer than the file', concat(u64(good.length - 7), good.slice(8)), /beyond the end/],
  [
    'a header of 100 MB that is nothing after "{"',
    new MemoryFile(concat(u64(100_000_000), utf8('{')), 2e8),
    /no """/,
  ],
  [
    'a header of 100 MB that is one name',
    new MemoryFile(concat(u64(1e8), utf8('{"'), new Uint8Array(1_100_000).fill(97)), 2e8),
    /more than 524288 bytes/,
  ],
  ['a duplicate tensor', entries(2, byte, entry('w', '"U8"', '[1]', '[1,2]')), /names "w" twice/],
  [
    'a duplicate tensor spelt with an escape',
    entries(2, byte, entry(String.raw`\u0077`, '"U8"', '[1]', '[1,2]')),
    /names "w" twice/,
  ],
  [
    'a duplicate field of a tensor',
    entries(1, '"w":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}'),
    /field "dtype" twice/,
  ],
  [
    'a duplicate field spelt with an escape',
    entries(1, String.raw`"w":{"dtype":"U8","shape":[1],"sh\u0061pe":[1],"data_offsets":[0,1]}`),
    /field "shape" twice/,
  ],
  [
    'duplicate metadata',
    entries(1, '"__metadata__":{}', byte, '"__metadata__":{}'),
    /names "__metadata__" twice/,
  ],
  [
    'a duplicate key in the metadata',
    entries(1, '"__metadata__":{"a":"1","a":"2"}', byte),
    /__metadata__ names "a" twice/,
  ],
  ['metadata that are not strings', entries(1, '"__metadata__":{"a":1}', byte), /not the expected JSON/],
  ['metadata that are null', entries(1, '"__metadata__":null', byte), /not the expected JSON/],
  ['metadata that nest', entries(1, '"__metadata__":{"a":{}}', byte), /not the expected JSON/],
  ['metadata with a broken escape', entries(1, String.raw`"__metadata__":{"a":"\x"}`, byte), /broken escape/],
  [
    'metadata with half an escape',
    entries(1, String.raw`"__metadata__":{"a":"\u00g0"}`, byte),
    /broken escape/,
  ],
  [
    'metadata with half a surrogate pair',
    entries(1, String.raw`"__metadata__":{"a":"\ud83d"}`, byte),
    /broken escape/,
  ],
  ['metadata with a control character', entries(1, '"__metadata__":{"a":"\n"}', byte), /control character/],
  ['metadata that never end', entries(1, '"__metadata__":{"a":"'), /ends in the middle/],
  [
    'metadata that are not UTF-8',
    rawSafetensors(concat(utf8('{"__metadata__":{"a":"'), [0xc3], utf8('"}}'))),
    /not UTF-8/,
  ],
  [
    'overlapping tensors',
    entries(3, entry('a', '"U8"', '[2]', '[0,2]'), entry('b', '"U8"', '[2]', '[1,3]')),
    /"b" overlaps/,
  ],
  [
    'two tensors over the same bytes',
    entries(2, entry('a', '"U8"', '[2]', '[0,2]'), entry('b', '"U8"', '[2]', '[0,2]')),
    /overlaps/,
  ],
  [
    'an empty tensor inside another',
    entries(2, entry('a', '"U8"', '[2]', '[0,2]'), entry('b', '"U8"', '[0]', '[1,1]')),
    /overlaps/,
  ],
  [
    'a hole before the first tensor',
    entries(2, entry('a', '"U8"', '[1]', '[1,2]')),
    /hole before tensor "a"/,
  ],
  ['a hole between tensors', entries(3, byte, entry('a', '"U8"', '[1]', '[2,3]')), /hole before tensor "a"/],
  ['trailing bytes', concat(good, [0]), /bytes after its last tensor/],
  ['data without any tensor', rawSafetensors('{}', 1), /bytes after its last tensor/],
  [
    'a tensor beyond the end of the file',
    entries(1, entry('w', '"U8"', '[2]', '[0,2]')),
    /beyond the end of the file/,
  ],
  ['missing data', good.slice(0, -1), /beyond the end of the file/],
  [
    'a tensor that ends before it begins',
    entries(2, entry('w', '"U8"', '[1]', '[1,0]')),
    /ends before it begins/,
  ],
  [
    'fewer bytes than the shape needs',
    entries(1, entry('w', '"F32"', '[1]', '[0,1]')),
    /needs 4 bytes and has 1/,
  ],
  [
    'more bytes than the shape needs',
    entries(4, entry('w', '"U8"', '[1]', '[0,4]')),
    /needs 1 bytes and has 4/,
  ],
  [
    'four-bit elements that end inside a byte',
    entries(2, entry('w', '"F4"', '[3]', '[0,2]')),
    /end inside a byte/,
  ],
  [
    'six-bit elements that end inside a byte',
    entries(3, entry('w', '"F6_E3M2"', '[3]', '[0,3]')),
    /end inside a byte/,
  ],
  ['an unknown dtype', entries(1, entry('w', '"F128"', '[1]', '[0,1]')), /unknown dtype "F128"/],
  [
    'the dtype of a word of ours',
    entries(1, entry('w', '"OPAQUE"', '[1]', '[0,1]')),
    /unknown dtype "OPAQUE"/,
  ],
  [
    'the dtype "__proto__"',
    entries(1, entry('w', '"__proto__"', '[1]', '[0,1]')),
    /unknown dtype "__proto__"/,
  ],
  ['the dtype "toString"', entries(1, entry('w', '"toString"', '[1]', '[0,1]')), /unknown dtype "toString"/],
  ['a dtype that is a number', entries(1, entry('w', '8', '[1]', '[0,1]')), /not the expected JSON/],
  [
    'a shape whose product overflows',
    entries(0, entry('w', '"U8"', '[9007199254740991,2]', '[0,0]')),
    /too large to count/,
  ],
  [
    'a shape that overflows before it is zero',
    entries(0, entry('w', '"U8"', '[1099511627776,1099511627776,0]', '[0,0]')),
    /too large to count/,
  ],
  [
    'a shape whose bits overflow',
    entries(0, entry('w', '"F64"', '[9007199254740991]', '[0,0]')),
    /too large to count its bytes/,
  ],
  ['a size of 2^64', entries(0, entry('w', '"U8"', '[18446744073709551616,0]', '[0,0]')), /above 2\^53/],
  ['a negative size', entries(1, entry('w', '"U8"', '[-1]', '[0,1]')), /no whole number/],
  ['a size with a fraction', entries(1, entry('w', '"U8"', '[1.0]', '[0,1]')), /no whole number/],
  ['a size with an exponent', entries(1, entry('w', '"U8"', '[1e0]', '[0,1]')), /no whole number/],
  ['a size with a leading zero', entries(1, entry('w', '"U8"', '[01]', '[0,1]')), /no whole number/],
  ['a size that is text', entries(1, entry('w', '"U8"', '["1"]', '[0,1]')), /no whole number/],
  [
    'more dimensions than any library has',
    entries(1, entry('w', '"U8"', `[${'1,'.repeat(64)}1]`, '[0,1]')),
    /more than 64 dimensions/,
  ],
  ['three offsets', entries(1, entry('w', '"U8"', '[1]', '[0,1,1]')), /two offsets/],
  ['one offset', entries(1, entry('w', '"U8"', '[1]', '[0]')), /two offsets/],
  ['a negative offset', entries(1, entry('w', '"U8"', '[1]', '[-1,0]')), /no whole number/],
  ['a missing shape', entries(1, '"w":{"dtype":"U8","data_offsets":[0,1]}'), /not described by/],
  ['an empty entry', entries(1, '"w":{}'), /not the expected JSON/],
  [
    'an unknown field',
    entries(1, '"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":[1]}'),
    /field "stride"/,
  ],
  [
    'deep nesting in a shape',
    entries(1, entry('w', '"U8"', '['.repeat(200_000), '[0,1]')),
    /no whole number/,
  ],
  ['deep nesting at the top', rawSafetensors('['.repeat(200_000)), /not the expected JSON/],
  ['an array at the top', rawSafetensors('[]'), /not the expected JSON/],
  ['a trailing comma', rawSafetensors(`{${byte},}`, 1), /not the expected JSON/],
  ['a missing comma', rawSafetensors(`{${byte}${byte}}`, 1), /not the expected JSON/],
  ['something after the JSON', rawSafetensors(`{${byte}}\0`, 1), /something after its JSON/],
  ['two JSON texts', rawSafetensors(`{${byte}}{}`, 1), /something after its JSON/],
  ['a comment', rawSafetensors(`{${byte}/* */}`, 1), /not the expected JSON/],
  [
    'a name that is not UTF-8',
    rawSafetensors(concat(utf8('{"'), [0xff], utf8(byte.slice(2)), utf8('}')), 1),
    /not UTF-8/,
  ],
  [
    'an overlong UTF-8 name',
    rawSafetensors(concat(utf8('{"'), [0xc0, 0x80], utf8(byte.slice(2)), utf8('}')), 1),
    /not UTF-8/,
  ],
  [
    'a name of half a surrogate pair',
    entries(1, entry(String.raw`\ud800`, '"U8"', '[1]', '[0,1]')),
    /broken escape/,
  ],
  [
    'a byte order mark',
    rawSafetensors(concat([0xef, 0xbb, 0xbf], utf8(`{${byte}}`)), 1),
    /not the expected JSON/,
  ],
  ['UTF-16', rawSafetensors(new Uint8Array(Buffer.from(`{${byte}}`, 'utf16le')), 1), /not the expected JSON/],
  [
    'a name of 65,536 characters',
    entries(1, entry('x'.repeat(65_536), '"U8"', '[1]', '[0,1]')),
    /more than 65535 characters/,
  ],
  [
    'an entry of a megabyte of white space',
    entries(1, entry('w', '"U8"', `[${' '.repeat(1_100_000)}1]`, '[0,1]')),
    /more than 524288 bytes/,
  ],
  [
    'a name with a control character',
    entries(1, entry('a\u001fb', '"U8"', '[1]', '[0,1]')),
    /control character/,
  ],
  [
    'metadata with an escaped second half of a pair alone',
    entries(1, String.raw`"__metadata__":{"a":"\udc00"}`, byte),
    /broken escape/,
  ],
  [
    'metadata with two first halves',
    entries(1, String.raw`"__metadata__":{"a":"\ud800\ud800\udc00"}`, byte),
    /broken escape/,
  ],
  [
    'metadata with a pair that is torn apart',
    entries(1, String.raw`"__metadata__":{"a":"\ud800 \udc00"}`, byte),
    /broken escape/,
  ],
  [
    'metadata with a pair torn by another escape',
    entries(1, String.raw`"__metadata__":{"a":"\ud800\n"}`, byte),
    /broken escape/,
  ],
  ['an unfinished string', rawSafetensors('{"w'), /ends in the middle/],
  ['an unfinished escape', rawSafetensors('{"w\\'), /ends in the middle/],
];

test.each(attacks)('%s', async (_, file, refusal) => {
  await expectRefused('model.safetensors', file, refusal);
});

test('a name of another kind is warned about too, when the content says safetensors', async () => {
  await expectRefused('blob', concat(good, [0]), /bytes after its last tensor/);
});

test('more tensors than the limit', async () => {
  const texts = Array.from({ length: 500_001 }, (_, number) => entry(`${number}`, '"U8"', '[0]', '[0,0]'));
  const parsed = await parseFile('model.safetensors', new MemoryFile(entries(0, texts.join(','))));
  expect(parsed.warnings[0]?.sentence).toMatch(/more than 500000 tensors/);
});

test('as many duplicates of metadata keys as fit are found at once', async () => {
  const texts = Array.from({ length: 100_000 }, (_, number) => `"${number}":""`);
  const file = rawSafetensors(`{"__metadata__":{${texts.join(',')},"0":""}}`);
  await expectRefused('model.safetensors', file, /names "0" twice/);
});
