import type { Pool } from '../../pool/index.ts';
import { halfValue } from './half-floats.ts';
import { packSymbols, unpackSymbols } from './symbol-stream.ts';

// Floating-point words, entropy coded digit by digit. Only the exponents are far from uniform, and the last digits of
// differences of coarse numbers; each digit has a table of its own, so what is uniform costs its bits and no more.

/** Types of words, with the bits of their mantissas and the widths of the digits of sign and mantissa together. */
const wordTypes = {
  F16: { bytes: 2, mantissa: 10, exponents: 31, digits: [6, 5] },
  BF16: { bytes: 2, mantissa: 7, exponents: 255, digits: [4, 4] },
  F32: { bytes: 4, mantissa: 23, exponents: 255, digits: [6, 6, 6, 6] },
} as const;

/** A type of words. */
export type WordType = keyof typeof wordTypes;

/** First byte of words that are not entropy coded. */
const RAW = 255;
const CELLS_APART = 16;
/** Digits of an exponent: how far it is below the largest, in 32s and ones. */
const EXPONENT_DIGITS = 2;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The number that a word stands for. */
export function valueOfWord(type: WordType, word: number): number {
  if (type === 'F16') return halfValue(word);
  bits[0] = type === 'BF16' ? word << 16 : word;
  return float[0] ?? 0;
}

/** Codes words, all finite: u8 largest exponent and the digits, or FF and the words as they are (docs/format-scalars.md). */
export async function packWords(pool: Pool, type: WordType, words: Uint32Array): Promise<Uint8Array> {
  const { bytes, mantissa, exponents, digits } = wordTypes[type];
  const count = words.length;
  const perWord = EXPONENT_DIGITS + digits.length;
  let top = 0;
  for (const word of words) top = Math.max(top, (word >>> mantissa) & exponents);
  const symbols = new Uint8Array(count * perWord);
  for (const [index, word] of words.entries()) {
    const below = top - ((word >>> mantissa) & exponents);
    symbols[index] = below >>> 5;
    symbols[count + index] = below & 31;
    const sign = word >>> (bytes * 8 - 1);
    let rest = sign * 2 ** mantissa + (word & (2 ** mantissa - 1));
    for (let digit = digits.length - 1; digit >= 0; digit -= 1) {
      const width = digits[digit] ?? 0;
      symbols[(EXPONENT_DIGITS + digit) * count + index] = rest & (2 ** width - 1);
      rest >>>= width;
    }
  }
  const packed = await packSymbols(pool, { symbols, cells: digitCells(count, perWord) });
  if (packed.length < count * bytes) return Buffer.concat([Uint8Array.of(top), packed]);
  const raw = Buffer.alloc(1 + count * bytes, RAW);
  for (const [index, word] of words.entries()) raw.writeUIntLE(word, 1 + index * bytes, bytes);
  return raw;
}

/**
 * Reads what `packWords` wrote, whole.
 * @param count number of words, bounded by the caller
 * @returns undefined when the bytes are damaged or a word is not finite
 */
export async function unpackWords(
  pool: Pool,
  type: WordType,
  packed: Uint8Array,
  count: number,
): Promise<Uint32Array | undefined> {
  const { bytes, mantissa, exponents, digits } = wordTypes[type];
  const top = packed[0];
  if (top === undefined) return undefined;
  if (top === RAW) {
    if (packed.length !== 1 + count * bytes) return undefined;
    const view = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
    const words = Uint32Array.from({ length: count }, (_, index) =>
      view.readUIntLE(1 + index * bytes, bytes),
    );
    return words.every((word) => ((word >>> mantissa) & exponents) < exponents) ? words : undefined;
  }
  const perWord = EXPONENT_DIGITS + digits.length;
  if (top >= exponents) return undefined;
  const symbols = await unpackSymbols(pool, packed.subarray(1), count * perWord, digitCells(count, perWord));
  return symbols && joined(type, symbols, { count, top });
}

/** Cells of symbols that lie digit by digit: all first digits, then all second ones. */
function digitCells(count: number, perWord: number): Uint16Array {
  const cells = new Uint16Array(count * perWord);
  for (let digit = 1; digit < perWord; digit += 1) {
    cells.fill(digit * CELLS_APART, digit * count, (digit + 1) * count);
  }
  return cells;
}

function joined(
  type: WordType,
  symbols: Uint8Array,
  { count, top }: { count: number; top: number },
): Uint32Array | undefined {
  const { bytes, mantissa, digits } = wordTypes[type];
  const words = new Uint32Array(count);
  for (let index = 0; index < count; index += 1) {
    const exponent = top - (symbols[index] ?? 0) * 32 - (symbols[count + index] ?? 0);
    let rest = 0;
    for (const [digit, width] of digits.entries()) {
      const symbol = symbols[(EXPONENT_DIGITS + digit) * count + index] ?? 0;
      if (symbol >>> width !== 0) return undefined;
      rest = rest * 2 ** width + symbol;
    }
    if (exponent < 0 || (symbols[count + index] ?? 0) > 31) return undefined;
    const sign = Math.floor(rest / 2 ** mantissa);
    words[index] = sign * 2 ** (bytes * 8 - 1) + exponent * 2 ** mantissa + (rest % 2 ** mantissa);
  }
  return words;
}
