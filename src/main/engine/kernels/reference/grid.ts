import type { Memory } from './memory.ts';

// The grids by their fields. Values are float64, which holds every value of the three exactly; where the kernels
// round to float32 on the way, Math.fround does.

/** A grid of floating-point values. */
export interface Grid {
  /** Bits of an element. */
  readonly width: 16 | 32;
  /** Stored bits of the mantissa. */
  readonly mantissa: number;
  /** Bias of the exponent field. */
  readonly bias: number;
}

const bf16: Grid = { width: 16, mantissa: 7, bias: 127 };
const f16: Grid = { width: 16, mantissa: 10, bias: 15 };
/** Float32, from which and to which the other grids are converted. */
export const f32: Grid = { width: 32, mantissa: 23, bias: 127 };

/** Grid by its number in kernel arguments. */
export function gridOf(number: number): Grid {
  return [bf16, f16][number] ?? f32;
}

/** Bit pattern of element `index`. */
export function bitsAt(memory: Memory, grid: Grid, address: number, index: number): number {
  const view = new DataView(memory);
  return grid.width === 32
    ? view.getUint32(address + index * 4, true)
    : view.getUint16(address + index * 2, true);
}

/** Stores a bit pattern. */
export function putBits(memory: Memory, grid: Grid, address: number, index: number, bits: number): void {
  const view = new DataView(memory);
  if (grid.width === 32) view.setUint32(address + index * 4, bits, true);
  else view.setUint16(address + index * 2, bits, true);
}

/** The pattern whose only bit is the sign. */
export function signBit(grid: Grid): number {
  return 2 ** (grid.width - 1);
}

/** Whether the sign bit is set. */
export function isNegative(grid: Grid, bits: number): boolean {
  return bits >= signBit(grid);
}

/** The exponent field as stored. */
export function exponentOf(grid: Grid, bits: number): number {
  return Math.floor((bits % signBit(grid)) / 2 ** grid.mantissa);
}

/** The exponent field of infinities and NaN. */
export function topExponent(grid: Grid): number {
  return 2 ** (grid.width - 1 - grid.mantissa) - 1;
}

/** Whether the bit pattern is neither infinite nor NaN. */
export function isFiniteBits(grid: Grid, bits: number): boolean {
  return exponentOf(grid, bits) !== topExponent(grid);
}

/** Binary exponent of the value, where subnormals count as the smallest normal binade, whose spacing they share. */
export function binadeOf(grid: Grid, bits: number): number {
  return Math.max(exponentOf(grid, bits), 1) - grid.bias;
}

/** Value of a bit pattern as if no exponent were reserved: that of the finite ones. */
export function valueOf(grid: Grid, bits: number): number {
  const fraction = bits % 2 ** grid.mantissa;
  const leading = exponentOf(grid, bits) === 0 ? 0 : 2 ** grid.mantissa;
  const magnitude = (leading + fraction) * 2 ** (binadeOf(grid, bits) - grid.mantissa);
  return isNegative(grid, bits) ? -magnitude : magnitude;
}

/** Bit pattern -> its place in the order of values: from 0 up for sign 0, from -1 down for sign 1. */
export function toOrdered(grid: Grid, bits: number): number {
  return isNegative(grid, bits) ? -1 - (bits - signBit(grid)) : bits;
}

/** The inverse of `toOrdered`; modulo 2^width for numbers that no bit pattern has. */
export function fromOrdered(grid: Grid, ordered: number): number {
  const bits = ordered < 0 ? signBit(grid) + (-1 - ordered) : ordered;
  return bits % 2 ** grid.width;
}

/** Exponent of the bin width for a scale in quarter octaves: a quarter of s rounded down to a power of two. */
export function binExponent(scale: number): number {
  return Math.max(-126, Math.min(126, Math.floor(scale / 4) - 2));
}

/**
 * Lower edge of bin `q` around `p`: the first ordered integer of the grid whose value is at least the sum
 * p + q * 2^exponent, found by bisection; 0 when the sum is zero. The sum is a float32 for the 16-bit grids. Sums of
 * F16 at or below -65536, where float16 rounds to minus infinity, count as minus infinity.
 */
export function binEdge(grid: Grid, p: number, q: number, exponent: number): number {
  const exact = p + q * 2 ** exponent;
  const rounded = grid.width === 32 ? exact : Math.fround(p + Math.fround(q * 2 ** exponent));
  const sum = grid === f16 && rounded <= -65536 ? -Infinity : rounded;
  if (sum === 0) return 0;
  const infinity = topExponent(grid) * 2 ** grid.mantissa;
  let below = -2 - infinity;
  let edge = infinity;
  while (edge - below > 1) {
    const middle = Math.floor((below + edge) / 2);
    if (orderedValue(grid, middle) >= sum) edge = middle;
    else below = middle;
  }
  return edge;
}

function orderedValue(grid: Grid, ordered: number): number {
  const bits = fromOrdered(grid, ordered);
  if (isFiniteBits(grid, bits)) return valueOf(grid, bits);
  return isNegative(grid, bits) ? -Infinity : Infinity;
}

/** The bin of `c` but for rounding, in float32 (float64 for F32). Beyond +-16000 the element is an escape. */
export function binGuess(grid: Grid, c: number, p: number, exponent: number): number {
  if (grid.width === 32) return Math.fround(Math.floor((c - p) * 2 ** -exponent));
  return Math.floor(Math.fround(Math.fround(c - p) * 2 ** -exponent));
}
