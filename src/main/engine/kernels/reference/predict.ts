import {
  bitsAt,
  f32,
  gridOf,
  isFiniteBits,
  isNegative,
  putBits,
  signBit,
  topExponent,
  valueOf,
  type Grid,
} from './grid.ts';
import type { Memory } from './memory.ts';

/** Nearest bit pattern to a finite or infinite value, ties to even. */
export function nearest(grid: Grid, value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? signBit(grid) : 0;
  const infinity = topExponent(grid) * 2 ** grid.mantissa;
  if (!Number.isFinite(value)) return sign + infinity;
  // The value as a whole number of steps of its binade, which is one of the subnormals or of 2^mantissa steps.
  const magnitude = Math.abs(value);
  const smallest = 1 - grid.bias;
  let binade = smallest;
  while (magnitude >= 2 ** (binade + 1)) binade += 1;
  const steps = roundHalfToEven(magnitude / 2 ** (binade - grid.mantissa));
  // A carry out of the mantissa is one more in the exponent field: the patterns of magnitudes are consecutive.
  return sign + Math.min(infinity, (binade - smallest) * 2 ** grid.mantissa + steps);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor + (floor % 2);
  return rest < 0.5 ? floor : floor + 1;
}

/** The quiet NaN without payload. */
function plainNaN(grid: Grid, negative: boolean): number {
  return (negative ? signBit(grid) : 0) + (topExponent(grid) * 2 + 1) * 2 ** (grid.mantissa - 1);
}

/** Float32 bits of any bit pattern; the payload of a NaN becomes the upper bits of the wider one. */
function widened(grid: Grid, bits: number): number {
  if (isFiniteBits(grid, bits)) return nearest(f32, valueOf(grid, bits));
  const sign = isNegative(grid, bits) ? signBit(f32) : 0;
  const payload = (bits % 2 ** grid.mantissa) * 2 ** (f32.mantissa - grid.mantissa);
  return sign + topExponent(f32) * 2 ** f32.mantissa + payload;
}

/** Float32 bits that stand for no finite value, on another grid: infinities stay, NaN become the plain one. */
function specialOn(grid: Grid, bits: number): number {
  if (grid === f32) return bits;
  const negative = isNegative(f32, bits);
  if (bits % 2 ** f32.mantissa !== 0) return plainNaN(grid, negative);
  return nearest(grid, negative ? -Infinity : Infinity);
}

export function predict(
  memory: Memory,
  sourceGrid: number,
  targetGrid: number,
  source: number,
  count: number,
  alpha: number,
  target: number,
): number {
  const from = gridOf(sourceGrid);
  const to = gridOf(targetGrid);
  for (let index = 0; index < count; index += 1) {
    const bits = bitsAt(memory, from, source, index);
    const predicted = isFiniteBits(from, bits)
      ? nearest(to, Math.fround(valueOf(from, bits) * Math.fround(alpha)))
      : specialOn(to, widened(from, bits));
    putBits(memory, to, target, index, predicted);
  }
  return 0;
}

/** BF16 is the upper half of a float32, and cut off; F16 is rounded. Either is exact or reported as lost. */
function narrowed(grid: Grid, bits: number): number {
  if (grid.mantissa === 7) return Math.floor(bits / 2 ** 16);
  return isFiniteBits(f32, bits) ? nearest(grid, valueOf(f32, bits)) : specialOn(grid, bits);
}

export function narrow(memory: Memory, grid: number, source: number, count: number, target: number): number {
  const to = gridOf(grid);
  let exact = true;
  for (let index = 0; index < count; index += 1) {
    const bits = bitsAt(memory, f32, source, index);
    const small = narrowed(to, bits);
    putBits(memory, to, target, index, small);
    if (widened(to, small) !== bits) exact = false;
  }
  return Number(exact);
}

export function widenAll(
  memory: Memory,
  grid: number,
  source: number,
  count: number,
  target: number,
): number {
  for (let index = 0; index < count; index += 1) {
    putBits(memory, f32, target, index, widened(gridOf(grid), bitsAt(memory, gridOf(grid), source, index)));
  }
  return 0;
}
