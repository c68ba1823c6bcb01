import { AdaptiveBitReader, AdaptiveBitWriter } from '../adaptive-bits.ts';
import { takePatch } from './patches-allocation.ts';
import type { FieldReader, FieldWriter } from './patches-bytes.ts';
import {
  bandBits,
  bandLevels,
  fillCells,
  levelCell,
  levelCount,
  putPatch,
  type PatchChunk,
} from './patches-chunk.ts';
import { CELL_ROOM, DeadZoneTally, LEVEL_MEANS } from './patches-level-means.ts';
import { bandMean, groupSteps, groupsOf, type LevelGroup } from './patches-groups.ts';
import type { SymbolRun } from './symbol-stream.ts';

// The repaired form: nothing for patches without bits, a dead-zone quantiser for the others, every level decoded at
// its mean, and all of it scaled so that the change keeps its size along itself.

/** Largest magnitude with a symbol of its own; 0, 1, -1, 2, -2, ... are 0, 1, 2, 3, 4, ... */
const MOST_LEVEL = 38;
/** A level beyond: its magnitude and sign stand beside the symbols. */
const ESCAPE = 2 * MOST_LEVEL + 1;
const LARGEST_LEVEL = 2 ** 30;
const SIGN = 64;
const ESCAPE_CONTEXTS = 65;

/** A mean has no place in the table. */
const unweighted = { table: undefined, classes: undefined };

/** Levels of a cell that does not occur. */
const NO_LEVELS = new Float64Array(ESCAPE);

/** All coefficients of the chunk's patches; those of patches without levels are left zero. */
function transformed(chunk: PatchChunk, delta: Float32Array): Float32Array {
  const { layout, bits, across, rows, columns } = chunk;
  const { patch, size, bands } = layout;
  const all = new Float32Array(bits.length * size);
  const values = new Float64Array(patch * patch);
  const coefficients = new Float64Array(size);
  for (let index = 0; index < bits.length; index += 1) {
    const width = bits[index] ?? 0;
    if (!bands.some((band) => bandLevels(layout, band, width) > 0)) continue;
    takePatch(delta, { rows, columns, patch }, Math.floor(index / across), index % across, values);
    layout.forward(values, coefficients);
    all.set(coefficients, index * size);
  }
  return all;
}

/** Quantises all levels in their order. */
function quantised(
  chunk: PatchChunk,
  coefficients: Float32Array,
  steps: ReadonlyMap<number, { step: number; zone: number }>,
): { symbols: Uint8Array; tally: DeadZoneTally; escapes: Uint8Array } {
  const { layout, bits } = chunk;
  const symbols = new Uint8Array(levelCount(chunk));
  const tally = new DeadZoneTally();
  const escapes = new AdaptiveBitWriter(ESCAPE_CONTEXTS);
  let place = 0;
  for (let index = 0; index < bits.length; index += 1) {
    for (const band of layout.bands) {
      const width = bandBits(band, bits[index] ?? 0);
      const size = bandLevels(layout, band, width);
      if (size === 0) continue;
      const { step, zone } = steps.get(levelCell(band, width, 0)) ?? { step: 0, zone: 0 };
      const from = index * layout.size + band.offset;
      const mean = width === 0 ? bandMean(coefficients, from, band.side) : undefined;
      const { table, classes } = mean === undefined ? band : unweighted;
      const plain = step > 0 ? 1 / step : 0;
      const cell = levelCell(band, width, 0);
      for (let at = 0; at < size; at += 1) {
        const value = mean ?? coefficients[from + at] ?? 0;
        const weight = table ? (table[at] ?? 1) : 1;
        const magnitude = Math.abs(value);
        const level = Math.floor((magnitude * plain) / weight + 0.5 - zone);
        if (level <= 0) continue;
        const symbol = value < 0 ? 2 * level : 2 * level - 1;
        symbols[place + at] = level > MOST_LEVEL ? ESCAPE : symbol;
        if (level > MOST_LEVEL) {
          escapes.exponential(0, Math.min(LARGEST_LEVEL, level - MOST_LEVEL - 1));
          escapes.bit(SIGN, value < 0 ? 1 : 0);
        }
        tally.add(classes ? cell + ((classes[at] ?? 0) << 4) : cell, level, magnitude, weight);
      }
      place += size;
    }
  }
  return { symbols, tally, escapes: escapes.finish() };
}

/** Sum of products, and of squares of the second, over the rows of a chunk. */
function compared(delta: Float32Array, decoded: Float32Array): { product: number; square: number } {
  let product = 0;
  let square = 0;
  for (let index = 0; index < delta.length; index += 1) {
    const value = decoded[index] ?? 0;
    product += value * (delta[index] ?? 0);
    square += value * value;
  }
  return { product, square };
}

/** Below this cosine the noise of a slope of 1 does more harm than the shrinkage of least squares. */
const LEAST_COSINE = 0.5;

/** What all levels are multiplied by: to slope 1, or to least squares. */
function slopeFactor(energy: number, { product, square }: { product: number; square: number }): number {
  if (product <= 0 || square <= 0) return 1;
  const cosine = product / Math.sqrt(energy * square);
  return cosine >= LEAST_COSINE ? energy / product : product / square;
}

/** Codes a chunk. */
export function encodeDeadZone(chunk: PatchChunk, delta: Float32Array, out: FieldWriter): SymbolRun {
  const groups = groupsOf(chunk);
  const coefficients = transformed(chunk, delta);
  const steps = groupSteps(chunk, coefficients, groups);
  const { symbols, tally, escapes } = quantised(chunk, coefficients, steps);
  const means = new Map<number, Int8Array>();
  for (const group of groups) {
    for (const cell of group.cells) means.set(cell, tally.means(cell, steps.get(group.cell)?.step ?? 0));
  }
  const cells = new Uint16Array(symbols.length);
  fillCells(chunk, cells, 0);
  const energy = compared(delta, delta).square;
  let sums = { product: 0, square: 0 };
  if (chunk.layout.orthonormal) {
    for (const group of groups) {
      for (const cell of group.cells) {
        const sum = tally.sums(cell, steps.get(group.cell)?.step ?? 0, means.get(cell));
        sums = { product: sums.product + sum.product, square: sums.square + sum.square };
      }
    }
  } else {
    const unscaled = groups.map(({ cell }) => steps.get(cell)?.step ?? 0);
    const decoded = decodeDeadZone(chunk, { groups, steps: unscaled, means, escapes, cells }, symbols);
    if (decoded) sums = compared(delta, decoded);
  }
  const factor = slopeFactor(energy, sums);
  for (const group of groups) {
    out.f32(factor * (steps.get(group.cell)?.step ?? 0));
    for (const cell of group.cells) out.bytes(new Uint8Array((means.get(cell) ?? new Int8Array(3)).buffer));
  }
  out.variable(escapes.length);
  out.bytes(escapes);
  return { symbols, cells };
}

/** What stands before the symbols of a chunk, and the cells of its symbols. */
export interface DeadZoneFields {
  readonly groups: readonly LevelGroup[];
  /** Step of each group. */
  readonly steps: readonly number[];
  /** By cell, how far means are from their levels. */
  readonly means: ReadonlyMap<number, Int8Array>;
  readonly escapes: Uint8Array;
  readonly cells: Uint16Array;
}

/** Largest step that is read: no product of it leaves float32. */
const MOST_STEP = 2 ** 70;

/** Reads what is before the symbols; undefined when it is damaged. */
export function readDeadZone(chunk: PatchChunk, source: FieldReader): DeadZoneFields | undefined {
  const groups = groupsOf(chunk);
  const means = new Map<number, Int8Array>();
  const steps = groups.map((group) => {
    const step = source.f32();
    for (const cell of group.cells) means.set(cell, Int8Array.from(source.bytes(LEVEL_MEANS)));
    return step;
  });
  const escapes = source.bytes(source.variable());
  const sound = steps.every((step) => step >= 0 && step <= MOST_STEP);
  if (source.broken || !sound) return undefined;
  const cells = new Uint16Array(levelCount(chunk));
  fillCells(chunk, cells, 0);
  return { groups, steps, means, escapes, cells };
}

/** Value of each symbol of each cell, before the table. */
function levelValues({ groups, steps, means }: DeadZoneFields): Float64Array[] {
  const values = new Array<Float64Array>(CELL_ROOM).fill(NO_LEVELS);
  for (const [index, group] of groups.entries()) {
    for (const cell of group.cells) {
      const shifts = means.get(cell);
      values[cell] = Float64Array.from({ length: ESCAPE }, (_, symbol) =>
        levelValue(symbol % 2 === 0 ? -symbol / 2 : (symbol + 1) / 2, steps[index] ?? 0, shifts),
      );
    }
  }
  return values;
}

/** A level's value: its mean. */
function levelValue(level: number, step: number, shifts: Int8Array | undefined): number {
  if (level === 0) return 0;
  const magnitude = Math.abs(level);
  const value = step * (magnitude + (shifts?.[Math.min(magnitude, LEVEL_MEANS) - 1] ?? 0) / 128);
  return level < 0 ? -value : value;
}

/** The numbers of a chunk; undefined when a symbol is none that the writer makes. */
export function decodeDeadZone(
  chunk: PatchChunk,
  fields: DeadZoneFields,
  symbols: Uint8Array,
): Float32Array | undefined {
  const { layout, bits, rows, columns } = chunk;
  const table = levelValues(fields);
  const escapes = new AdaptiveBitReader(ESCAPE_CONTEXTS, fields.escapes);
  const target = new Float32Array(rows * columns);
  const coefficients = new Float64Array(layout.size);
  const values = new Float64Array(layout.patch * layout.patch);
  const stepOf = new Map(
    fields.groups.flatMap(({ cells }, index) => cells.map((cell) => [cell, fields.steps[index] ?? 0])),
  );
  let place = 0;
  for (let index = 0; index < bits.length; index += 1) {
    const begin = place;
    for (const band of layout.bands) {
      const width = bandBits(band, bits[index] ?? 0);
      const size = bandLevels(layout, band, width);
      if (size === 0) {
        coefficients.fill(0, band.offset, band.offset + band.side * band.side);
        continue;
      }
      const cell = levelCell(band, width, 0);
      const plain = table[cell] ?? NO_LEVELS;
      const { classes, table: weights } = width === 0 ? unweighted : band;
      for (let at = 0; at < size; at += 1) {
        const symbol = symbols[place + at] ?? 0;
        const own = classes ? cell + ((classes[at] ?? 0) << 4) : cell;
        let value = 0;
        if (symbol < ESCAPE) {
          value = ((classes ? table[own] : plain) ?? NO_LEVELS)[symbol] ?? 0;
        } else if (symbol === ESCAPE) {
          const magnitude = escapes.exponential(0) + MOST_LEVEL + 1;
          const level = escapes.bit(SIGN) === 1 ? -magnitude : magnitude;
          value = levelValue(level, stepOf.get(own) ?? 0, fields.means.get(own));
        } else {
          return undefined;
        }
        coefficients[band.offset + at] = weights ? value * (weights[at] ?? 1) : value;
      }
      if (width === 0) {
        const mean = (coefficients[band.offset] ?? 0) / band.side;
        coefficients.fill(mean, band.offset, band.offset + band.side * band.side);
      }
      place += size;
    }
    if (place === begin) continue;
    layout.inverse(coefficients, values);
    putPatch(chunk, index, values, target);
  }
  return target;
}
