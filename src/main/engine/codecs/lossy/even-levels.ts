import type { Bin } from './value-histogram.ts';

/** Even levels, one of them zero, each decoded at the mean of its values. */
export interface LevelSet {
  readonly values: Float32Array;
  /** Sums over the values: squares of what is decoded, and products of it with the values. */
  readonly decoded: number;
  readonly product: number;
  levelOf(value: number): number;
}

/**
 * Levels of equal distance from the least to the most value, moved so that 0 is one of them: what did not change does
 * not move.
 */
export function evenLevels(bins: readonly Bin[], levels: number): LevelSet {
  let least = 0;
  let most = 0;
  for (const { mean } of bins) {
    least = Math.min(least, mean);
    most = Math.max(most, mean);
  }
  const step = most > least ? (most - least) / (levels - 1) : 1;
  const zero = Math.round(-least / step);
  const levelOf = (value: number): number =>
    Math.min(levels - 1, Math.max(0, Math.round(value / step) + zero));
  const counts = new Float64Array(levels);
  const sums = new Float64Array(levels);
  for (const { mean, count } of bins) {
    const level = levelOf(mean);
    counts[level] = (counts[level] ?? 0) + count;
    sums[level] = (sums[level] ?? 0) + mean * count;
  }
  const values = Float32Array.from(sums, (sum, level) =>
    level === zero || counts[level] === 0 ? (level - zero) * step : sum / (counts[level] ?? 1),
  );
  let decoded = 0;
  let product = 0;
  for (const [level, value] of values.entries()) {
    decoded += value * value * (counts[level] ?? 0);
    product += value * (sums[level] ?? 0);
  }
  return { values, decoded, product, levelOf };
}
