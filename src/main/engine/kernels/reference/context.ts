import { binadeOf, bitsAt, gridOf, isFiniteBits, type Grid } from './grid.ts';
import { placesOf, scaleAt, type Memory } from './memory.ts';

/** First class of the value domain. */
export const valueClass = 24;
/** First class of values coded without a prediction. */
export const aloneClass = 28;

/** Quarter octaves of a scale above the whole octave below it: 0 to 3. */
export function quarterOf(scale: number): number {
  return scale - 4 * Math.floor(scale / 4);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function cellOf(grid: Grid, bits: number, scale: number, limit: number): number {
  if (!isFiniteBits(grid, bits)) return 0;
  const binade = binadeOf(grid, bits);
  const spacing = binade - grid.mantissa;
  const k4 = scale - 4 * spacing;
  const halfOctaves = clamp(Math.floor(k4 / 2) + 12, 0, 23);
  const group = k4 < limit ? halfOctaves : valueClass + quarterOf(scale);
  return group * 16 + clamp(binade + 14, 0, 15);
}

export function classify(
  memory: Memory,
  grid: number,
  prediction: number,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  limit: number,
  cells: number,
): number {
  const view = new DataView(memory);
  for (const place of placesOf(count, first, columns)) {
    const bits = bitsAt(memory, gridOf(grid), prediction, place.index);
    const scale = scaleAt(memory, place, rowScales, columnScales);
    view.setUint16(cells + place.index * 2, cellOf(gridOf(grid), bits, scale, limit), true);
  }
  return 0;
}
