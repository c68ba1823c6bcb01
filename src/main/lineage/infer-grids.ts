import type { Dtype } from '../engine/dtypes.ts';
import type { Layout } from './infer-layout.ts';
import type { TensorSketch } from './sketch.ts';

// Types as grids of numbers. A model that was cast to a wider type keeps the grid it came from; one that was rounded
// lies exactly where rounding puts the other; and two roundings of one hidden model lie within half a step of each
// other everywhere, with what differs exactly at ties.

/** Explicit bits of the significand, and the exponent of the smallest normal number. */
const grids = {
  BF16: { bits: 7, lowest: -126 },
  F16: { bits: 10, lowest: -14 },
  F32: { bits: 23, lowest: -126 },
} as const;

/** A floating-point type whose values a sketch holds. */
export type GridName = keyof typeof grids;

function isGrid(dtype: Dtype): dtype is GridName {
  return Object.hasOwn(grids, dtype);
}

/** Distance of neighbouring numbers of a grid at `value`. */
export function gridStep(grid: GridName, value: number): number {
  const { bits, lowest } = grids[grid];
  const size = Math.abs(value);
  const exponent = size > 0 && Number.isFinite(size) ? Math.floor(Math.log2(size)) : lowest;
  return 2 ** (Math.max(exponent, lowest) - bits);
}

/** Nearest number of a grid, ties to even. Beyond the largest it stays as it is. */
export function toGrid(grid: GridName, value: number): number {
  if (grid === 'F32' || !Number.isFinite(value)) return Math.fround(value);
  const step = gridStep(grid, value);
  const quotient = value / step;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return (up ? floor + 1 : floor) * step;
}

/** The coarsest grid that holds all sampled values of a tensor: BF16 for bfloat16 that was saved as float32. */
export function nativeGrid(tensor: TensorSketch): GridName {
  const stored = isGrid(tensor.dtype) ? tensor.dtype : 'F32';
  const narrower: readonly GridName[] = stored === 'F32' ? ['BF16', 'F16'] : stored === 'F16' ? ['BF16'] : [];
  return narrower.find((grid) => tensor.values.every((value) => isOn(grid, value))) ?? stored;
}

function isOn(grid: GridName, value: number): boolean {
  return Object.is(toGrid(grid, value), value) || !Number.isFinite(value);
}

/** Part of the sampled values that lie on a grid, of those that are not zero. */
export function shareOn(layout: Layout, grid: GridName): number {
  let on = 0;
  let all = 0;
  for (const { tensor } of layout.values()) {
    for (const value of tensor.values) {
      if (value === 0) continue;
      all += 1;
      if (isOn(grid, value)) on += 1;
    }
  }
  return all > 0 ? on / all : 0;
}

/** Grid that most elements of a model are stored in. */
export function storedGrid(layout: Layout): GridName {
  return mostly(layout, ({ dtype }) => (isGrid(dtype) ? dtype : 'F32'));
}

/** Coarsest grid that holds the values of most elements of a model. */
export function valueGrid(layout: Layout): GridName {
  return mostly(layout, nativeGrid);
}

function mostly(layout: Layout, gridOf: (tensor: TensorSketch) => GridName): GridName {
  const elements = new Map<GridName, number>();
  for (const part of layout.values()) {
    const grid = gridOf(part.tensor);
    elements.set(grid, (elements.get(grid) ?? 0) + part.elements);
  }
  return [...elements].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'F32';
}

/**
 * How two models are the same but for their types: `equal` values, `b` (or `a`) a cast of the other, or both
 * `roundings` of a third; undefined where they differ by more.
 */
export function sameButForType(
  a: Layout,
  b: Layout,
): 'equal' | 'a-of-b' | 'b-of-a' | 'roundings' | undefined {
  let [equal, aOfB, bOfA] = [true, true, true];
  for (const [key, { tensor: one }] of a) {
    const other = b.get(key)?.tensor;
    if (!other) continue;
    const [gridA, gridB] = [isGrid(one.dtype) ? one.dtype : 'F32', isGrid(other.dtype) ? other.dtype : 'F32'];
    for (const [index, x] of one.values.entries()) {
      const y = other.values[index] ?? 0;
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
      equal = false;
      if (gridA === gridB) return undefined;
      const step = Math.max(gridStep(gridA, x), gridStep(gridB, y));
      if (!(Math.abs(x - y) <= step / 2)) return undefined;
      aOfB &&= toGrid(gridA, y) === x;
      bOfA &&= toGrid(gridB, x) === y;
    }
  }
  if (equal) return 'equal';
  if (aOfB) return 'a-of-b';
  return bOfA ? 'b-of-a' : 'roundings';
}
