import type { AdaptiveBitReader, AdaptiveBitWriter } from './adaptive-bits.ts';

// Frequencies of static tables on their way into the delta: brought to a common sum, their leading bits kept, the
// bit lengths coded in the context of their neighbours. The reader normalises what it reads, so writer and reader
// agree by construction and a rounded frequency costs a little rate, never an error.

/** Frequencies of a table add up to this. */
export const TOTAL = 4096;
/** Counts are brought to this sum before they are rounded. */
const SCALE = 65536;
const LONGEST = 18;
const LENGTH_BITS = 5;
const LENGTHS = 0;
const MANTISSAS = LENGTHS + (LONGEST + 1) * 2 ** LENGTH_BITS;
/** Most mantissa bits kept behind the leading one. */
export const MOST_PRECISION = 4;
/** Contexts that `writeFrequencies` and `readFrequencies` use from their `base` on. */
export const FREQUENCY_CONTEXTS = MANTISSAS + (MOST_PRECISION + 1) * 16;

/** Mantissa bits that pay for tables over so many symbols in all (2 to 4). */
export function precisionFor(symbols: number): number {
  return symbols > 3_000_000 ? 4 : symbols > 600_000 ? 3 : 2;
}

function quantise(weight: number, precision: number): number {
  const drop = Math.max(0, 31 - Math.clz32(weight) - precision);
  return drop === 0 ? weight : ((weight + 2 ** (drop - 1)) >>> drop) << drop;
}

function lengthContext(before: number, last: number): number {
  return LENGTHS + ((before + last + 1) >> 1) * 2 ** LENGTH_BITS;
}

/**
 * Writes tables.
 * @param counts one array of counts per table, all of the same length, each with a sum above zero
 * @param precision mantissa bits kept, 1 to 4
 */
export function writeFrequencies(
  out: AdaptiveBitWriter,
  base: number,
  counts: readonly Float64Array[],
  precision: number,
): void {
  let last: number[] = [];
  for (const table of counts) {
    const sum = table.reduce((a, b) => a + b, 0);
    const lengths: number[] = [];
    let before = 0;
    for (const [symbol, count] of table.entries()) {
      const weight = count === 0 ? 0 : quantise(Math.max(1, Math.round((count * SCALE) / sum)), precision);
      const length = 32 - Math.clz32(weight);
      out.tree(base + lengthContext(before, last[symbol] ?? 0), LENGTH_BITS, length);
      const bits = Math.min(precision, Math.max(0, length - 1));
      const mantissa = (weight >>> (length - 1 - bits)) & (2 ** bits - 1);
      if (bits > 0) out.tree(base + MANTISSAS + bits * 16, bits, mantissa);
      lengths.push(length);
      before = length;
    }
    last = lengths;
  }
}

/**
 * Reads tables.
 * @returns frequencies that add up to 4,096 per table, or undefined when the bytes are no tables
 */
export function readFrequencies(
  source: AdaptiveBitReader,
  base: number,
  tables: number,
  alphabet: number,
  precision: number,
): Uint16Array[] | undefined {
  const result: Uint16Array[] = [];
  let last: number[] = [];
  for (let table = 0; table < tables; table += 1) {
    const weights = new Uint32Array(alphabet);
    const lengths: number[] = [];
    let before = 0;
    for (let symbol = 0; symbol < alphabet; symbol += 1) {
      const length = source.tree(base + lengthContext(before, last[symbol] ?? 0), LENGTH_BITS);
      if (length > LONGEST) return undefined;
      const bits = Math.min(precision, Math.max(0, length - 1));
      const mantissa = bits > 0 ? source.tree(base + MANTISSAS + bits * 16, bits) : 0;
      weights[symbol] = length === 0 ? 0 : (2 ** bits + mantissa) * 2 ** (length - 1 - bits);
      lengths.push(length);
      before = length;
    }
    last = lengths;
    const frequencies = normalise(weights);
    if (!frequencies) return undefined;
    result.push(frequencies);
  }
  return result;
}

/**
 * Brings weights to frequencies with the sum 4,096, each used symbol at least 1: rounded shares first, the
 * difference then taken from or given to the symbols one by one, the heaviest first.
 * @returns undefined when all weights are zero
 */
function normalise(weights: Uint32Array): Uint16Array | undefined {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) return undefined;
  const frequencies = new Uint16Array(weights.length);
  let rest = TOTAL;
  for (const [symbol, weight] of weights.entries()) {
    if (weight === 0) continue;
    const frequency = Math.max(1, Math.floor((weight * TOTAL * 2 + sum) / (sum * 2)));
    frequencies[symbol] = frequency;
    rest -= frequency;
  }
  const order = [...weights.keys()].filter((symbol) => (weights[symbol] ?? 0) > 0);
  order.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  while (rest !== 0) {
    for (const symbol of order) {
      const frequency = frequencies[symbol] ?? 0;
      if (rest === 0) break;
      if (rest < 0 && frequency <= 1) continue;
      frequencies[symbol] = frequency + Math.sign(rest);
      rest -= Math.sign(rest);
    }
  }
  return frequencies;
}
