import { AdaptiveBitWriter } from '../adaptive-bits.ts';
import type { Fit } from './codec-options.ts';
import { takePatch } from './patches-allocation.ts';
import type { FieldWriter } from './patches-bytes.ts';
import { bandBits, bandLevels, fillCells, levelCell, levelCount, type PatchChunk } from './patches-chunk.ts';
import { DeadZoneTally, LEVEL_MEANS } from './patches-level-means.ts';
import {
  decodeDeadZone,
  ESCAPE,
  ESCAPE_CONTEXTS,
  MOST_LEVEL,
  SIGN,
  unweighted,
} from './patches-dead-zone-decode.ts';
import { bandMean, groupSteps, groupsOf } from './patches-groups.ts';
import type { DeadZone } from './patches-rate.ts';
import { fitFactor } from './slope.ts';
import type { SymbolRun } from './symbol-stream.ts';

// The repaired form: nothing for patches without bits, a dead-zone quantiser for the others, every level decoded at
// its mean, and all of it scaled so that the change keeps its size along itself.

const LARGEST_LEVEL = 2 ** 30;

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
  quantisers: ReadonlyMap<number, DeadZone>,
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
      const { step, zone } = quantisers.get(levelCell(band, width, 0)) ?? { step: 0, zone: 0 };
      const from = index * layout.size + band.offset;
      const mean = width === 0 ? bandMean(coefficients, from, band.side) : undefined;
      const { table, classes } = mean === undefined ? band : unweighted;
      const plain = step > 0 ? 1 / step : 0;
      const cell = levelCell(band, width, 0);
      for (let at = 0; at < size; at += 1) {
        const value = mean ?? coefficients[from + at] ?? 0;
        const weight = table ? (table[at] ?? 1) : 1;
        const magnitude = Math.abs(value);
        const steps = table ? (magnitude * plain) / weight : magnitude * plain;
        const level = Math.floor(steps + 0.5 - zone);
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

/** Codes a chunk. */
export function encodeDeadZone(
  chunk: PatchChunk,
  delta: Float32Array,
  fit: Fit,
  out: FieldWriter,
): SymbolRun {
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
  const factor = fitFactor(fit, { exact: energy, decoded: sums.square, product: sums.product });
  for (const group of groups) {
    out.f32(factor * (steps.get(group.cell)?.step ?? 0));
    for (const cell of group.cells)
      out.bytes(new Uint8Array((means.get(cell) ?? new Int8Array(LEVEL_MEANS)).buffer));
  }
  out.variable(escapes.length);
  out.bytes(escapes);
  return { symbols, cells };
}
