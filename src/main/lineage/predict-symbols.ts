import { gridBytes, type Grid } from '../engine/codecs/index.ts';
import {
  binadeOf,
  exponentBias,
  exponentField,
  INFINITE,
  mantissaBits,
  orderAbove,
  orderOf,
} from './predict-grid.ts';

// What the residual coder makes of an element (docs/format.md, "Residual"): a context cell, a symbol, raw bits.
// Here only to count: close to the kernels, not bound to their last bit. Elements come as bits of float32 values.

export const ALPHABET = 80;
/** Exponents of the prediction that a class of contexts tells apart. */
export const BUCKETS = 16;
/** Classes by steps of the grid, two per octave; the last begins at k4 = 24, where all elements go into bins. */
export const STEP_CLASSES = 24;
/** Classes of bins, and of values without a prediction: one per quarter octave. */
export const QUARTERS = 4;
const ESCAPE = 76;
const ZERO = 77;
const DIRECT = 24;
const FARTHEST = 16_000;
const FINE_OCTAVES = 16;
const OCTAVES = 28;
const FIRST_COARSE = 64;

/** Symbol and number of raw bits of one element; kept by the caller and filled anew. */
export interface Coded {
  symbol: number;
  raw: number;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Quarter octaves of a scale above the steps of the grid at the prediction. */
export function k4Of(grid: Grid, p: number, scale: number): number {
  if ((p & 0x7fffffff) >= INFINITE) return -Infinity;
  return scale - 4 * (binadeOf(grid, p) - mantissaBits[grid]);
}

/** Class of contexts of an element that is coded in steps. */
export function stepClass(k4: number): number {
  return clamp(Math.floor(k4 / 2) + 12, 0, STEP_CLASSES - 1);
}

/** Which exponents share a context with that of the prediction. */
export function bucketOf(grid: Grid, p: number): number {
  return clamp(binadeOf(grid, p) + 14, 0, BUCKETS - 1);
}

/** Quarter octaves of a scale above the octave below it. */
export function quarterOf(scale: number): number {
  return scale & 3;
}

function codeResidual(v: number, into: Coded): void {
  if (v >= -DIRECT && v < DIRECT) {
    into.symbol = v + DIRECT;
    into.raw = 0;
    return;
  }
  const bucket = 31 - Math.clz32(v > 0 ? v - DIRECT + 1 : -v - DIRECT);
  into.symbol = (v > 0 ? 48 : 62) + bucket;
  into.raw = bucket;
}

function escape(grid: Grid, into: Coded): void {
  into.symbol = ESCAPE;
  into.raw = gridBytes[grid] * 8;
}

/** In steps of the grid. */
export function codeSteps(grid: Grid, c: number, p: number, into: Coded): void {
  const steps = orderOf(grid, c) - orderOf(grid, p);
  const v = p >>> 31 ? -steps : steps;
  if (Math.abs(v) > FARTHEST) escape(grid, into);
  else codeResidual(v, into);
}

/** In bins of the scale, with raw bits for the place within the bin. Takes values, not their bits. */
export function codeBins(grid: Grid, c: number, p: number, scale: number, into: Coded): void {
  const width = 2 ** clamp((scale >> 2) - 2, -126, 126);
  const q = Math.floor((c - p) / width);
  if (!(Math.abs(q) <= FARTHEST) || Object.is(c, -0)) {
    escape(grid, into);
    return;
  }
  codeResidual(p < 0 ? -1 - q : q, into);
  const low = p + q * width;
  const values = orderAbove(grid, low + width) - orderAbove(grid, low);
  into.raw += values <= 1 ? 0 : 32 - Math.clz32(values - 1);
  if (into.raw > gridBytes[grid] * 8) escape(grid, into);
}

/** Without a prediction: octave below the scale and leading bits of the mantissa. */
export function codeAlone(grid: Grid, c: number, scale: number, into: Coded): void {
  into.symbol = ZERO;
  into.raw = 0;
  if (c === 0) return;
  const field = exponentField(grid, c);
  const octave = (scale >> 2) + 3 + exponentBias[grid] - field;
  if (field === 0 || (c & 0x7fffffff) >= INFINITE || octave < 0 || octave >= OCTAVES) {
    escape(grid, into);
    return;
  }
  const fine = octave < FINE_OCTAVES;
  into.symbol = fine ? octave * 4 + ((c >>> 21) & 3) : FIRST_COARSE + octave - FINE_OCTAVES;
  into.raw = mantissaBits[grid] + (fine ? -1 : 1);
}
