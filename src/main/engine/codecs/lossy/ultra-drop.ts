import { visitBands } from './bands.ts';
import { powerAbove } from './magnitudes.ts';
import type { LossyTensor, TensorCoder } from './lossy-codec.ts';
import { encodeScalars } from './scalars-encode.ts';
import type { Pool } from '../../pool/index.ts';
import { placesOf } from './scalars-places.ts';
import { maskThreshold, tensorSeed, type SeededMask } from './seeded-mask.ts';
import { drawLots, lotOf } from './ultra-lots.ts';
import { keptByRule, publishedLevels, rateBesideZeros, type PublishedLevels } from './ultra-published.ts';

// The two ways to drop: as published, so many of each level by lot, which costs the places of what is kept; and
// repaired, by a mask whose places follow from its seed.

/** What both ways are told of a tensor. */
export interface Dropping {
  readonly pool: Pool;
  readonly tensor: LossyTensor;
  /** Least and most value of its change. */
  readonly least: number;
  readonly most: number;
  readonly bits: number;
  /** Share of its elements that is dropped. */
  readonly rate: number;
  readonly seed: number;
  /** By which everything is multiplied. */
  readonly factor: number;
  readonly signal: AbortSignal | undefined;
}

/** As published: of each level all but round(n x rate) elements; everything times one factor. */
export async function publishedCoder(dropping: Dropping): Promise<TensorCoder> {
  const { pool, tensor, least, most, bits, factor, signal } = dropping;
  const { columns } = tensor;
  const levels = publishedLevels(least, most, bits);
  const seed = tensorSeed(dropping.seed, tensor.name);
  const wanted = (counts: Float64Array): Float64Array => keptOf(levels, counts, dropping.rate);
  const draw = { tensor, seed, levels: levels.values.length, levelOf: levels.levelOf, wanted };
  const lots = await drawLots(draw, signal);
  const symbolOf = new Uint8Array(draw.levels);
  const kept: number[] = [0];
  for (const [level, count] of lots.kept.entries()) {
    if (count > 0) symbolOf[level] = kept.push(levels.values[level] ?? 0) - 1;
  }
  return {
    rowMultiple: 1,
    encode: async (first, count, read) => {
      const delta = read.delta.f32(0, count * columns);
      const symbols = new Uint8Array(count * columns);
      placesOf({ first, count, columns })((row, column) => {
        const at = row * columns + column;
        const level = levels.levelOf(delta[at] ?? 0);
        if (lotOf(seed, first + row, column) < (lots.below[level] ?? 0)) symbols[at] = symbolOf[level] ?? 0;
      });
      return await encodeScalars(pool, {
        ...{ first, count, columns, symbols },
        factor: Math.fround(factor),
        levels: Float32Array.from(kept),
      });
    },
  };
}

function keptOf({ values }: PublishedLevels, counts: Float64Array, rate: number): Float64Array {
  const size = counts.reduce((sum, count) => sum + count, 0);
  const zeros = counts.reduce((sum, count, level) => sum + (values[level] === 0 ? count : 0), 0);
  const within = rateBesideZeros(rate, zeros / size);
  return counts.map((count) => keptByRule(count, within));
}

/**
 * Repaired: 0 is a level; what is kept follows from a seed, and each level is decoded so that its kept elements have
 * the sum that all of its elements had. A level that keeps none hands its share to the next one towards 0.
 */
export async function repairedCoder(dropping: Dropping): Promise<TensorCoder> {
  const { pool, tensor, bits, rate, factor, signal } = dropping;
  const { columns, name } = tensor;
  const mask = { seed: tensorSeed(dropping.seed, name), threshold: maskThreshold(1 - rate) };
  const least = Math.min(0, dropping.least);
  const top = 2 ** bits - 1;
  const step = (Math.max(0, dropping.most) - least) / top;
  const zero = Math.round(-least / step);
  const levelOf = (value: number): number => Math.min(top, Math.max(0, Math.round(value / step) + zero));
  const shares = { sums: new Float64Array(top + 1), kept: new Float64Array(top + 1) };
  await visitBands(tensor, signal, ({ first, count, delta }) => {
    for (const value of delta) {
      const level = levelOf(value);
      shares.sums[level] = (shares.sums[level] ?? 0) + value;
    }
    visitKept({ first, count, columns, mask }, delta, (value) => {
      const level = levelOf(value);
      shares.kept[level] = (shares.kept[level] ?? 0) + 1;
    });
  });
  const values = meansOf(shares, zero);
  const unit = powerAbove(values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0));
  return {
    rowMultiple: 1,
    encode: async (first, count, read) => {
      const symbols: number[] = [];
      const rows = { first, count, columns, mask };
      visitKept(rows, read.delta.f32(0, count * columns), (value) => symbols.push(levelOf(value)));
      return await encodeScalars(pool, {
        ...rows,
        factor: Math.fround(unit * factor),
        levels: Float32Array.from(values, (value) => value / unit),
        symbols: Uint8Array.from(symbols),
      });
    },
  };
}

/** Values of levels: the sum of all their elements over the number that is kept. */
function meansOf(
  shares: { readonly sums: Float64Array; readonly kept: Float64Array },
  zero: number,
): Float64Array {
  const sums = shares.sums.slice();
  const { kept } = shares;
  const handOn = (from: number, to: number): void => {
    if (kept[from] !== 0) return;
    sums[to] = (sums[to] ?? 0) + (sums[from] ?? 0);
    sums[from] = 0;
  };
  for (let level = 0; level < zero; level += 1) handOn(level, level + 1);
  for (let level = sums.length - 1; level > zero; level -= 1) handOn(level, level - 1);
  return sums.map((sum, level) => (level === zero || kept[level] === 0 ? 0 : sum / (kept[level] ?? 1)));
}

function visitKept(
  rows: {
    readonly first: number;
    readonly count: number;
    readonly columns: number;
    readonly mask: SeededMask;
  },
  delta: Float32Array,
  visit: (value: number) => void,
): void {
  placesOf(rows)((row, column) => visit(delta[row * rows.columns + column] ?? 0));
}
