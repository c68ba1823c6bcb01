import type { PatchSetting } from './patches-setting.ts';
import { takePatch } from './patches-allocation.ts';
import type { FieldReader, FieldWriter } from './patches-bytes.ts';
import { bandBits, fillCells, levelCount, putPatch, type PatchChunk } from './patches-chunk.ts';
import type { Band, Layout } from './patches-layout.ts';
import {
  joinRanges,
  MOST_STEPS,
  RANGE_KINDS,
  readRanges,
  writeRanges,
  type RangeFields,
} from './patches-ranges.ts';
import type { SymbolRun } from './symbol-stream.ts';

// The faithful form: levels evenly between the smallest and the largest coefficient of a band, as the published code
// places them, and the mean of the band, or of the patch, where it has no bits.

/** How exactly ranges are kept, in units of the largest change: below what the published program's own rounding is. */
function toleranceOf({ transform, quantiser, keep }: PatchSetting): number {
  if (transform === 'dct') return 3e-6;
  if (keep === 'll_only') return 2.5e-6;
  if (quantiser === 'jpeg') return 4.5e-5;
  return keep === 'all' ? 1.1e-5 : 8e-6;
}

/** How far the values of a patch move when all ranges move by one. */
function gainOf(layout: Layout): number {
  const coefficients = new Float64Array(layout.size);
  const values = new Float64Array(layout.patch * layout.patch);
  let gain = 0;
  for (const { dropped, offset, side, table } of layout.bands) {
    if (dropped) continue;
    coefficients.fill(0).fill(1, offset, offset + side * side);
    if (table) coefficients.set(table, offset);
    layout.inverse(coefficients, values);
    gain += values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  }
  return gain;
}

/** Kinds of the ranges of a chunk, in their order. */
function rangeKinds({ layout, bits }: PatchChunk): Uint8Array {
  const kinds: number[] = [];
  for (const width of bits) {
    for (const band of layout.bands) {
      if (band.dropped) continue;
      const first = band.index * RANGE_KINDS;
      if (bandBits(band, width) > 0) kinds.push(first, first + 1);
      else kinds.push(first + 2);
    }
  }
  return Uint8Array.from(kinds);
}

/** Places the levels of a band as the published code does, in its float32; `values` are divided by the table. */
function placeLevels(
  values: Float32Array,
  bits: number,
  levels: Uint8Array,
  at: number,
): { readonly least: number; readonly most: number } {
  let least = Infinity;
  let most = -Infinity;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const width = Math.fround(most - least);
  const top = 2 ** bits - 1;
  for (let index = 0; index < values.length; index += 1) {
    const share = width > 0 ? Math.fround(Math.fround((values[index] ?? 0) - least) / width) : 0;
    const scaled = Math.fround(share * top);
    // From 0 to 63: halves go to the even neighbour.
    const floor = scaled | 0;
    const rest = scaled - floor;
    levels[at + index] = floor + (rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? 1 : 0);
  }
  return { least, most };
}

/** The coefficients of a band as the quantiser sees them. */
function scaledBand(band: Band, coefficients: Float64Array, target: Float32Array): void {
  const { offset, side, table } = band;
  const size = side * side;
  for (let index = 0; index < size; index += 1) target[index] = coefficients[offset + index] ?? 0;
  if (!table) return;
  for (let index = 0; index < size; index += 1) {
    target[index] = (target[index] ?? 0) / Math.fround(table[index] ?? 1);
  }
}

function meanOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum / values.length;
}

/**
 * Codes a chunk.
 * @param largest largest magnitude of the tensor's changes: what the precision of ranges refers to
 */
export function encodeMinMax(
  chunk: PatchChunk,
  setting: PatchSetting,
  delta: Float32Array,
  largest: number,
  out: FieldWriter,
): SymbolRun {
  const { layout, bits, across, rows, columns } = chunk;
  const { patch, bands } = layout;
  const values = new Float64Array(patch * patch);
  const coefficients = new Float64Array(layout.size);
  const scaled = bands.map(({ side }) => new Float32Array(side * side));
  const kinds = rangeKinds(chunk);
  const ranges = new Float64Array(kinds.length);
  const levels = new Uint8Array(levelCount(chunk));
  let range = 0;
  let level = 0;
  for (let index = 0; index < bits.length; index += 1) {
    const width = bits[index] ?? 0;
    takePatch(delta, { rows, columns, patch }, Math.floor(index / across), index % across, values);
    const pruned = setting.transform === 'dct' && width === 0;
    if (!pruned) layout.forward(values, coefficients);
    for (const band of bands) {
      const target = scaled[band.index];
      if (band.dropped || !target) continue;
      const levelBits = bandBits(band, width);
      if (!pruned) scaledBand(band, coefficients, target);
      if (levelBits === 0) {
        ranges[range] = meanOf(pruned ? values : target);
        range += 1;
        continue;
      }
      const { least, most } = placeLevels(target, levelBits, levels, level);
      ranges[range] = least;
      ranges[range + 1] = most;
      range += 2;
      level += target.length;
    }
  }
  const widest = ranges.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = Math.fround(
    Math.max((2 * toleranceOf(setting) * largest) / gainOf(layout), widest / (MOST_STEPS - 1)),
  );
  const tops = writeRanges({ values: ranges, kinds }, step, out);
  const symbols = new Uint8Array(tops.length + levels.length);
  symbols.set(tops);
  symbols.set(levels, tops.length);
  const cells = new Uint16Array(symbols.length);
  cells.set(kinds);
  fillCells(chunk, cells, tops.length);
  return { symbols, cells };
}

/** What stands before the symbols of a chunk, and the cells of its symbols. */
export interface MinMaxFields {
  readonly kinds: Uint8Array;
  readonly fields: RangeFields;
  readonly cells: Uint16Array;
}

/** Reads what is before the symbols; undefined when it is damaged. */
export function readMinMax(chunk: PatchChunk, source: FieldReader): MinMaxFields | undefined {
  const kinds = rangeKinds(chunk);
  const fields = readRanges(source, kinds);
  if (!fields) return undefined;
  const cells = new Uint16Array(kinds.length + levelCount(chunk));
  cells.set(kinds);
  fillCells(chunk, cells, kinds.length);
  return { kinds, fields, cells };
}

/** The numbers of a chunk; undefined when a symbol is none that the writer makes. */
export function decodeMinMax(
  chunk: PatchChunk,
  setting: PatchSetting,
  { kinds, fields }: MinMaxFields,
  symbols: Uint8Array,
): Float32Array | undefined {
  const { layout, bits, rows, columns } = chunk;
  const ranges = joinRanges(fields, kinds, symbols);
  const target = new Float32Array(rows * columns);
  const coefficients = new Float64Array(layout.size);
  const values = new Float64Array(layout.patch * layout.patch);
  const impulse = new Float64Array(values.length);
  if (setting.transform === 'dct') {
    const table = layout.bands[0]?.table;
    layout.inverse(table ?? new Float64Array(layout.size).fill(1), impulse);
  }
  let range = 0;
  let level = kinds.length;
  for (let index = 0; index < bits.length; index += 1) {
    const width = bits[index] ?? 0;
    if (setting.transform === 'dct' && width === 0) {
      const mean = ranges[range] ?? 0;
      range += 1;
      for (let place = 0; place < values.length; place += 1) values[place] = mean * (impulse[place] ?? 0);
      putPatch(chunk, index, values, target);
      continue;
    }
    for (const { offset, side, dropped, table, ...band } of layout.bands) {
      if (dropped) continue;
      const size = side * side;
      const levelBits = band.detail ? 1 : width;
      const least = ranges[range] ?? 0;
      const top = 2 ** levelBits - 1;
      const step = levelBits > 0 ? ((ranges[range + 1] ?? 0) - least) / top : 0;
      range += levelBits > 0 ? 2 : 1;
      for (let place = 0; place < size; place += 1) {
        const symbol = levelBits > 0 ? (symbols[level + place] ?? 0) : 0;
        if (symbol > top) return undefined;
        const value = least + symbol * step;
        coefficients[offset + place] = table ? value * (table[place] ?? 0) : value;
      }
      if (levelBits > 0) level += size;
    }
    layout.inverse(coefficients, values);
    putPatch(chunk, index, values, target);
  }
  return target;
}
