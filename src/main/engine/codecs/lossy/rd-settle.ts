import { buildTables, ALPHABET, CELLS, readTables } from '../tables.ts';
import { levelValues, roundedMeans, writeLevelTables, CLASSES, type LevelMeans } from './level-tables.ts';
import { classAt, scaleOfStep, SIZES, sizeOf, type LevelCounts, type RdTrial } from './rd-rounding.ts';
import type { RdPoint } from './rd-search.ts';

// What is written down of a point of the search: means of the levels, tables, and a factor for each tensor.

/** Elements of a level in a class from which its mean is its own. */
const FEW = 24;
/** Levels above the largest of a cell that get a place in its table, in case the rest of a tensor has them. */
const BEYOND = 2;
/** Cosine below which a change is not scaled to its own size: what would be scaled is mostly noise. */
const LEAST_COSINE = 0.5;
/** Bits per weight below which levels shrink the change enough to matter. */
const FEW_BITS = 2;

/** How changes are scaled after they were rounded. */
export type Slope = 'auto' | 'one' | 'free';

/** Means of the levels by class, as they will be read. */
export function meansOf({ counts, sums }: LevelCounts): Map<number, LevelMeans> {
  const all = [0, 1, 2, 3].map((size) => meanOf(counts, sums, size));
  const means = new Map<number, LevelMeans>();
  for (let group = 0; group < CLASSES; group += 1) {
    const row = (values: Float64Array): Float64Array => values.subarray(group * SIZES, (group + 1) * SIZES);
    const [ownCounts, ownSums] = [row(counts), row(sums)];
    if (!ownCounts.some((count, size) => size > 0 && count > 0)) continue;
    const mean = (size: number): number => {
      const own = meanOf(ownCounts, ownSums, size);
      return own.count >= FEW ? own.mean : (all[size]?.mean ?? own.mean);
    };
    means.set(group, roundedMeans([mean(1), mean(2), mean(3)]));
  }
  return means;
}

/** Mean of a size over all classes that the arrays hold; of 3 what is to be added to sizes from 3 on. */
function meanOf(counts: Float64Array, sums: Float64Array, size: number): { count: number; mean: number } {
  let count = 0;
  let sum = 0;
  for (let at = 0; at < counts.length; at += 1) {
    const own = at % SIZES;
    if (own !== size && !(size === 3 && own > 3)) continue;
    count += counts[at] ?? 0;
    sum += (sums[at] ?? 0) - (size === 3 ? own * (counts[at] ?? 0) : 0);
  }
  if (count > 0) return { count, mean: sum / count };
  return { count, mean: size === 3 ? 0 : size };
}

/** Sums over the sample of a tensor: of d * d, d * d', d' * d' with d' before any factor. */
export interface Fit {
  readonly own: number;
  readonly mixed: number;
  readonly other: number;
}

/** What comes of a point. */
export interface Settled {
  /** For the side object. */
  readonly tables: Uint8Array;
  readonly fits: readonly Fit[];
  /** Bits that all symbols take with these tables, raw bits of far levels left out. */
  readonly bits: number;
}

/** Counts everything once more, with signs and exponents, and sums up how near levels come. */
export function settleTables({ trials, thresholds, counts }: RdPoint): Settled {
  const means = meansOf(counts);
  const histogram = new Uint32Array(CELLS * ALPHABET);
  const fits = trials.map((trial) => fitOf(trial, thresholds, levelValues(means, 1), histogram));
  const counted = histogram.slice();
  if (trials.some(({ sample }) => !sample.complete)) widen(histogram);
  const tables = buildTables(histogram);
  const elements = trials.reduce((sum, { sample }) => sum + sample.tensor.rows * sample.tensor.columns, 0);
  const seen = counted.reduce((sum, count) => sum + count, 0);
  const bits = (bitsWith(tables, counted) * elements) / seen;
  return { tables: writeLevelTables(means, tables), fits, bits };
}

/** Bits that counted symbols take. */
function bitsWith(tables: Uint8Array, counted: Uint32Array): number {
  const set = readTables(tables);
  if (!set) throw new Error('tables just written are read');
  let bits = 0;
  for (let cell = 0; cell < CELLS; cell += 1) {
    const row = set.frequencies[set.map[cell] ?? 0];
    for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
      const count = counted[cell * ALPHABET + symbol] ?? 0;
      if (count > 0) bits += count * Math.log2(4096 / (row?.[symbol] ?? 1));
    }
  }
  return bits;
}

function fitOf(trial: RdTrial, thresholds: Float32Array, values: Float32Array, histogram: Uint32Array): Fit {
  const { sample, scales, step } = trial;
  const { columns } = sample.tensor;
  const stepScale = scaleOfStep(step);
  const inverse = Math.fround(1 / step);
  let own = 0;
  let mixed = 0;
  let other = 0;
  for (const [place, row] of sample.rows.entries()) {
    const rowScale = (scales.rows[row] ?? 0) - stepScale + 24;
    for (let column = 0; column < columns; column += 1) {
      const at = place * columns + column;
      const group = classAt(rowScale + (scales.columns[column] ?? 0));
      const change = sample.change[at] ?? 0;
      const size = sizeOf(Math.fround(Math.abs(change) * inverse), group, thresholds);
      const level = change < 0 ? -size : size;
      const symbol = symbolOf(level);
      const counter = (group * 16 + (sample.buckets[at] ?? 0)) * ALPHABET + symbol;
      histogram[counter] = (histogram[counter] ?? 0) + 1;
      const coded = symbol < 48 ? (values[group * 48 + symbol] ?? 0) * step : change;
      own += change * change;
      mixed += change * coded;
      other += coded * coded;
    }
  }
  return { own, mixed, other };
}

/** Symbol of a level (docs/format.md, "Symbols"). */
function symbolOf(level: number): number {
  if (level >= -24 && level <= 23) return level + 24;
  const beyond = level > 0 ? level - 23 : -24 - level;
  return (level > 0 ? 48 : 62) + Math.floor(Math.log2(beyond));
}

/** Gives a place to levels a little larger than those that were seen. */
function widen(histogram: Uint32Array): void {
  for (let cell = 0; cell < CELLS; cell += 1) {
    const row = histogram.subarray(cell * ALPHABET, cell * ALPHABET + 48);
    const seen = row.findIndex((count) => count > 0);
    if (seen < 0) continue;
    const last = 47 - row.toReversed().findIndex((count) => count > 0);
    const most = Math.min(23, Math.max(24 - seen, last - 24) + BEYOND);
    for (let symbol = 24 - most; symbol <= 24 + most; symbol += 1) {
      row[symbol] = Math.max(1, row[symbol] ?? 0);
    }
  }
}

/**
 * Factors of the tensors. With own steps each tensor is scaled by itself, with a common step all alike: that keeps the
 * cosine over all of them.
 */
export function factorsOf(fits: readonly Fit[], slope: Slope, perTensor: boolean, bits: number): number[] {
  const least = fits.map(({ mixed, other }) => (other > 0 ? mixed / other : 1));
  const scaled = (fit: Fit): boolean => {
    const cosine = fit.mixed / Math.sqrt(fit.own * fit.other);
    return slope === 'one' || (slope === 'auto' && bits < FEW_BITS && cosine >= LEAST_COSINE);
  };
  if (perTensor) {
    return fits.map((fit, index) =>
      fit.mixed > 0 && scaled(fit) ? fit.own / fit.mixed : (least[index] ?? 1),
    );
  }
  const together = fits.reduce(
    (sum, fit, index) => {
      const factor = least[index] ?? 1;
      const { own, mixed, other } = sum;
      return {
        own: own + fit.own,
        mixed: mixed + factor * fit.mixed,
        other: other + factor ** 2 * fit.other,
      };
    },
    { own: 0, mixed: 0, other: 0 },
  );
  const common = together.mixed > 0 && scaled(together) ? together.own / together.mixed : 1;
  return least.map((factor) => factor * common);
}
