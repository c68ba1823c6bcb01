import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  codedBytes,
  codeLengths,
  longestCode,
  readCodes,
  writeCodes,
} from '../../src/main/bench/peers/huffman.ts';

/** Counts from even to so steep that plain Huffman codes would be far longer than allowed. */
const counts = fc
  .record({
    symbols: fc.uniqueArray(fc.nat(255), { minLength: 2, maxLength: 256 }),
    steepness: fc.double({ min: 1, max: 1.7, noNaN: true }),
    noise: fc.infiniteStream(fc.nat(3)),
  })
  .map(({ symbols, steepness, noise }) => {
    const result = new Int32Array(256);
    for (const [rank, symbol] of symbols.entries()) {
      result[symbol] = Math.ceil(Math.min(60_000, steepness ** rank)) + Number(noise.next().value);
    }
    return result;
  });

test('every symbol has a code, none is too long, and no code is left over', () => {
  fc.assert(
    fc.property(counts, (given) => {
      const lengths = codeLengths(given);
      const kraft = [...lengths].reduce((sum, length) => sum + (length === 0 ? 0 : 2 ** -length), 0);
      expect(kraft).toBe(1);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(longestCode);
      expect([...lengths].map((length) => length > 0)).toEqual([...given].map((count) => count > 0));
    }),
  );
});

test('codes are as short as Huffman codes where those are short enough', () => {
  fc.assert(
    fc.property(counts, (given) => {
      const huffman = huffmanBits(given);
      fc.pre(huffman.longest <= longestCode);
      expect(codedBytes(given, codeLengths(given))).toBe(Math.ceil(huffman.bits / 8));
    }),
  );
});

test('limited codes cost little more than unlimited ones', () => {
  const given = Int32Array.from({ length: 24 }, (_, rank) => Math.ceil(1.5 ** rank));
  const huffman = huffmanBits(given);
  expect(huffman.longest).toBeGreaterThan(longestCode);
  expect(codedBytes(given, codeLengths(given))).toBeLessThan((huffman.bits / 8) * 1.01);
});

test('one symbol alone has a code, none has none', () => {
  expect(codeLengths(Int32Array.of(0, 7, 0))).toEqual(Uint8Array.of(0, 1, 0));
  expect(codeLengths(Int32Array.of(0, 0))).toEqual(Uint8Array.of(0, 0));
});

test('symbols come back from their codes, whatever stands behind them', () => {
  const text = fc.tuple(fc.uint8Array({ minLength: 2, maxLength: 400 }), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(text, ([bytes, mask, garbage]) => {
      const symbols = bytes.map((byte) => byte & mask);
      symbols[0] = 0;
      symbols[1] = 255;
      const given = new Int32Array(256);
      for (const symbol of symbols) given[symbol] = (given[symbol] ?? 0) + 1;
      const lengths = codeLengths(given);
      const length = codedBytes(given, lengths);
      const coded = new Uint8Array(length + 4);
      writeCodes(symbols, lengths, coded);
      coded.fill(garbage, length);
      const back = new Uint8Array(symbols.length);
      readCodes(coded, lengths, back);
      expect(back).toEqual(symbols);
    }),
  );
});

/** Total length and longest code of plain Huffman codes, by the book. */
function huffmanBits(given: Int32Array): { bits: number; longest: number } {
  const nodes = [...given].filter((count) => count > 0).map((count) => ({ count, depth: 0 }));
  let bits = 0;
  while (nodes.length > 1) {
    nodes.sort((a, b) => a.count - b.count || a.depth - b.depth);
    const [a, b] = nodes.splice(0, 2);
    const count = (a?.count ?? 0) + (b?.count ?? 0);
    bits += count;
    nodes.push({ count, depth: 1 + Math.max(a?.depth ?? 0, b?.depth ?? 0) });
  }
  return { bits, longest: nodes[0]?.depth ?? 0 };
}
