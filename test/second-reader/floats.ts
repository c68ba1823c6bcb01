import { check } from './damaged.ts';

/** Section 5.3: a grid of floating-point values. */
export interface Grid {
  readonly bytes: 2 | 4;
  readonly mantissa: number;
  readonly bias: number;
  /** Largest exponent field. */
  readonly top: number;
}

export const grids: Readonly<Record<string, Grid>> = {
  BF16: { bytes: 2, mantissa: 7, bias: 127, top: 255 },
  F16: { bytes: 2, mantissa: 10, bias: 15, top: 31 },
  F32: { bytes: 4, mantissa: 23, bias: 127, top: 255 },
};
const { F16: f16, F32: f32 } = grids as { F16: Grid; F32: Grid };

const cell = new DataView(new ArrayBuffer(4));

/** Float32 value of a bit pattern. */
export function floatOf(bits: number): number {
  cell.setUint32(0, bits);
  return cell.getFloat32(0);
}

/** Bit pattern of a float32 value that is no NaN. */
export function floatBits(value: number): number {
  cell.setFloat32(0, value);
  return cell.getUint32(0);
}

function signBit(grid: Grid): number {
  return 2 ** (grid.bytes * 8 - 1);
}

export function isNegative(grid: Grid, bits: number): boolean {
  return bits >= signBit(grid);
}

function field(grid: Grid, bits: number): number {
  return Math.floor((bits % signBit(grid)) / 2 ** grid.mantissa);
}

export function isFinitePattern(grid: Grid, bits: number): boolean {
  return field(grid, bits) !== grid.top;
}

export function binade(grid: Grid, bits: number): number {
  return Math.max(field(grid, bits), 1) - grid.bias;
}

export function toOrdered(grid: Grid, bits: number): number {
  return isNegative(grid, bits) ? -1 - (bits - signBit(grid)) : bits;
}

export function fromOrdered(grid: Grid, ordered: number): number {
  const half = signBit(grid);
  check(ordered >= -half && ordered < half, 'it leaves the range of its numbers');
  return ordered >= 0 ? ordered : half + (-1 - ordered);
}

/** Value of a finite pattern; exact. */
export function valueOf(grid: Grid, bits: number): number {
  const fraction = bits % 2 ** grid.mantissa;
  const leading = field(grid, bits) === 0 ? 0 : 2 ** grid.mantissa;
  const magnitude = (leading + fraction) * 2 ** (binade(grid, bits) - grid.mantissa);
  return isNegative(grid, bits) ? -magnitude : magnitude;
}

/** Section 7.2, step 1: float32 bits. */
export function widen(grid: Grid, bits: number): number {
  if (isFinitePattern(grid, bits)) return floatBits(valueOf(grid, bits));
  const sign = isNegative(grid, bits) ? 0x8000_0000 : 0;
  return sign + 0x7f80_0000 + (bits % 2 ** grid.mantissa) * 2 ** (23 - grid.mantissa);
}

function nearestEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor === 0.5) return floor + (floor % 2);
  return Math.round(value);
}

/** Section 7.2, step 3: float32 bits on a grid. */
export function round(grid: Grid, bits: number): number {
  if (grid === f32) return bits;
  const sign = bits >= 0x8000_0000 ? 0x8000 : 0;
  const m = bits % 0x8000_0000;
  if (m > 0x7f80_0000) return sign + (grid === f16 ? 0x7e00 : 0x7fc0);
  if (grid !== f16) return sign + ((m + 0x7fff + ((m >> 16) & 1)) >> 16);
  if (m >= 0x4780_0000) return sign + 0x7c00;
  if (m < 0x3880_0000) return sign + nearestEven(floatOf(m) * 2 ** 24);
  const r = m - 0x3800_0000;
  return sign + ((r + 0xfff + ((r >> 13) & 1)) >> 13);
}

/** Section 7.2: the prediction of one element. */
export function predicted(from: Grid, to: Grid, factor: number, bits: number): number {
  if (from === to && factor === 1) return bits;
  const wide = widen(from, bits);
  const product = isFinitePattern(from, bits) ? floatBits(Math.fround(floatOf(wide) * factor)) : wide;
  return round(to, product);
}

/** Section 11.4.3. */
export function binEdge(grid: Grid, p: number, q: number, exponent: number): number {
  if (grid === f32) {
    const y = p + q * 2 ** exponent;
    const z = Math.fround(y);
    return toOrdered(f32, floatBits(z)) + (z < y ? 1 : 0);
  }
  const o = toOrdered(f32, floatBits(Math.fround(p + Math.fround(q * 2 ** exponent))));
  if (grid !== f16) return Math.floor((o >= 0 ? o + 65_535 : o) / 65_536);
  const m = o >= 0 ? o : -1 - o;
  let h: number;
  if (m >= 0x3880_0000) {
    h = Math.min(0x7c00, Math.floor((m - 0x3800_0000 + (o >= 0 ? 0x1fff : 0)) / 8192));
  } else {
    const units = floatOf(m) * 2 ** 24;
    h = o >= 0 ? Math.ceil(units) : Math.floor(units);
  }
  return o >= 0 ? h : -1 - h;
}
