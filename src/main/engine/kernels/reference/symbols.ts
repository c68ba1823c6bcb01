import { BitReader, BitWriter } from './bits.ts';
import { valueClass } from './context.ts';
import {
  binEdge,
  binExponent,
  binGuess,
  bitsAt,
  fromOrdered,
  gridOf,
  isFiniteBits,
  isNegative,
  putBits,
  toOrdered,
  valueOf,
  type Grid,
} from './grid.ts';
import { count as countSymbol, placesOf, scaleAt, type Memory } from './memory.ts';

/** Room per table in symbols. */
export const alphabet = 80;
/** The symbol of an element whose bits are all raw. */
export const escape = 76;
const direct = 24;
const above = 48;
const below = 62;
/** Farthest residual, in steps or (but for rounding) bins, that has a symbol. */
const farthest = 16000;

/** Returned instead of a number of bits when the raw bits ran out. */
export const ranOut = 0xffffffff;

/** An element as the coder stores it: its symbol, then raw bits. */
export interface Coded {
  readonly symbol: number;
  readonly extra: number;
  readonly width: number;
}

/** A residual's symbol, with raw bits for the place inside of a bucket. */
function residualSymbol(v: number): Coded {
  if (v >= -direct && v < direct) return { symbol: v + direct, extra: 0, width: 0 };
  const distance = v > 0 ? v - direct + 1 : -v - direct;
  const bucket = Math.floor(Math.log2(distance));
  return { symbol: (v > 0 ? above : below) + bucket, extra: distance - 2 ** bucket, width: bucket };
}

/** The inverse of `residualSymbol`. */
function residualOf(symbol: number, raw: BitReader): number {
  if (symbol < above) return symbol - direct;
  const bucket = symbol - (symbol < below ? above : below);
  const distance = 2 ** bucket + raw.take(bucket);
  return symbol < below ? direct - 1 + distance : -direct - distance;
}

/** Number of raw bits that tell `values` values apart. */
function bitsFor(values: number): number {
  let bits = 0;
  while (2 ** bits < values) bits += 1;
  return bits;
}

function codedInSteps(grid: Grid, childBits: number, parentBits: number): Coded | undefined {
  const steps = toOrdered(grid, childBits) - toOrdered(grid, parentBits);
  if (Math.abs(steps) > farthest) return undefined;
  return residualSymbol(isNegative(grid, parentBits) ? -steps : steps);
}

function codedInBins(grid: Grid, childBits: number, parentBits: number, scale: number): Coded | undefined {
  if (!isFiniteBits(grid, childBits)) return undefined;
  const exponent = binExponent(scale);
  const p = valueOf(grid, parentBits);
  const ordered = toOrdered(grid, childBits);
  const edge = (q: number): number => binEdge(grid, p, q, exponent);
  let q = binGuess(grid, valueOf(grid, childBits), p, exponent);
  if (!(Math.abs(q) <= farthest)) return undefined;
  while (edge(q) > ordered) q -= 1;
  while (edge(q + 1) <= ordered) q += 1;
  const { symbol, extra, width } = residualSymbol(isNegative(grid, parentBits) ? -1 - q : q);
  const inside = bitsFor(edge(q + 1) - edge(q));
  if (width + inside > grid.width) return undefined;
  return { symbol, extra: extra + (ordered - edge(q)) * 2 ** width, width: width + inside };
}

export function symbolise(
  memory: Memory,
  grid: number,
  child: number,
  prediction: number,
  cells: number,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  symbols: number,
  raw: number,
  histogram: number,
): number {
  const view = new DataView(memory);
  const values = gridOf(grid);
  const out = new BitWriter(memory, raw);
  for (const place of placesOf(count, first, columns)) {
    const cell = view.getUint16(cells + place.index * 2, true);
    const childBits = bitsAt(memory, values, child, place.index);
    const parentBits = bitsAt(memory, values, prediction, place.index);
    const { symbol, extra, width } = (cell < valueClass * 16
      ? codedInSteps(values, childBits, parentBits)
      : codedInBins(values, childBits, parentBits, scaleAt(memory, place, rowScales, columnScales))) ?? {
      symbol: escape,
      extra: childBits,
      width: values.width,
    };
    view.setUint8(symbols + place.index, symbol);
    countSymbol(memory, histogram, cell * alphabet + symbol);
    out.put(extra, width);
  }
  return out.length;
}

export function reconstruct(
  memory: Memory,
  grid: number,
  prediction: number,
  cells: number,
  symbols: number,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  raw: number,
  rawBits: number,
  child: number,
): number {
  const view = new DataView(memory);
  const values = gridOf(grid);
  const source = new BitReader(memory, raw);
  for (const place of placesOf(count, first, columns)) {
    if (source.position > rawBits) return ranOut;
    const cell = view.getUint16(cells + place.index * 2, true);
    const parentBits = bitsAt(memory, values, prediction, place.index);
    const symbol = view.getUint8(symbols + place.index);
    if (symbol >= escape) {
      putBits(memory, values, child, place.index, source.take(values.width));
      continue;
    }
    const v = residualOf(symbol, source);
    const negative = isNegative(values, parentBits);
    let ordered: number;
    if (cell < valueClass * 16) {
      ordered = toOrdered(values, parentBits) + (negative ? -v : v);
    } else {
      const exponent = binExponent(scaleAt(memory, place, rowScales, columnScales));
      const p = valueOf(values, parentBits);
      const q = negative ? -1 - v : v;
      const low = binEdge(values, p, q, exponent);
      const high = binEdge(values, p, q + 1, exponent);
      ordered = low + source.take(bitsFor(high - low));
    }
    // Only damaged input leaves the range of i32.
    putBits(memory, values, child, place.index, fromOrdered(values, ordered | 0));
  }
  return source.position;
}
