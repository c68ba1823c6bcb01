import type { Grid } from '../engine/codecs/index.ts';

// The grids of the encoder in plain numbers. Every value of the three is a float32, and is asked about by the bits of
// that: what it is rounded to, its binade, where it stands in the order of values.

/** Stored bits of the mantissa. */
export const mantissaBits = { BF16: 7, F16: 10, F32: 23 } as const;
/** Bias of the exponent field. */
export const exponentBias = { BF16: 127, F16: 15, F32: 127 } as const;
/** Bits of a magnitude from which a float32 is not finite. */
export const INFINITE = 0x7f800000;
/** What the exponent field of a half is less than that of a float32. */
const HALF_SHIFT = 127 - 15;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const half = new DataView(new ArrayBuffer(2));

/** Float32 values as their bits, in place. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The nearest value of a grid. */
function roundedTo(grid: Grid, value: number): number {
  if (grid === 'F32') return Math.fround(value);
  if (grid === 'F16') {
    half.setFloat16(0, value);
    return half.getFloat16(0);
  }
  if (!Number.isFinite(value)) return value;
  float[0] = value;
  const wide = bits[0] ?? 0;
  bits[0] = (wide + 0x7fff + ((wide >>> 16) & 1)) & 0xffff0000;
  return float[0];
}

/** `factor` times each value, rounded to a grid. */
export function castTo(grid: Grid, values: Float32Array, factor: number): Float32Array {
  const cast = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += 1) cast[at] = roundedTo(grid, (values[at] ?? 0) * factor);
  return cast;
}

/** Whether all values are values of a grid. */
export function lieOn(grid: 'BF16' | 'F16', values: Float32Array): boolean {
  return values.every((value) => Object.is(roundedTo(grid, value), value) || Number.isNaN(value));
}

/** Exponent field of a value of a grid as it would be stored. */
export function exponentField(grid: Grid, wide: number): number {
  const field = (wide >>> 23) & 0xff;
  return grid === 'F16' ? Math.max(0, field - HALF_SHIFT) : field;
}

/** Binary exponent, where subnormals count as the smallest normal binade. */
export function binadeOf(grid: Grid, wide: number): number {
  return Math.max(exponentField(grid, wide), 1) - exponentBias[grid];
}

/** Place of a value of a grid in the order of its values: from 0 up for sign 0, from -1 down for sign 1. */
export function orderOf(grid: Grid, wide: number): number {
  const magnitude = wide & 0x7fffffff;
  const place = grid === 'F32' ? magnitude : grid === 'BF16' ? magnitude >>> 16 : halfPlace(magnitude);
  return wide >>> 31 ? -1 - place : place;
}

/** Place of the first value of a grid that is at least `value`. */
export function orderAbove(grid: Grid, value: number): number {
  if (value === 0) return 0;
  float[0] = value;
  const near = float[0];
  const wide = bits[0] ?? 0;
  const magnitude = wide & 0x7fffffff;
  const negative = wide >>> 31 === 1;
  if (grid === 'F32') {
    const place = negative ? -1 - magnitude : magnitude;
    return near < value ? place + 1 : place;
  }
  const exact = grid === 'BF16' ? magnitude / 65_536 : halfPlace(magnitude);
  return negative ? -1 - Math.floor(exact) : Math.ceil(exact);
}

/** Place of a float32's magnitude among the halves, with a fraction where it lies between two. */
function halfPlace(magnitude: number): number {
  const field = magnitude >>> 23;
  const mantissa = magnitude & 0x7fffff;
  if (field > HALF_SHIFT) return (field - HALF_SHIFT) * 1024 + mantissa / 8192;
  return (mantissa + (field === 0 ? 0 : 0x800000)) * 2 ** (Math.max(field, 1) - HALF_SHIFT - 14);
}
