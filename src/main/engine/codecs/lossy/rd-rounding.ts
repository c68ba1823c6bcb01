import type { Scales } from '../scales.ts';
import { CLASSES } from './level-tables.ts';
import { THRESHOLDS } from './levels.ts';
import type { RdSample } from './rd-sample.ts';

// Rounding with an eye on the rate: a level is rounded up only where the error that this saves is worth the bits that
// it costs (rate-distortion optimised quantisation; Sullivan, "Efficient scalar quantization of exponential and
// Laplacian random variables", 1996, for the dead zone). What a bit is worth follows from the step.

/** Sizes of levels that are counted apart; the last stands for all above. */
export const SIZES = 64;

/**
 * Worth of a bit in squares of the step. A uniform quantiser of high rate has an error of step^2 / 12, of which a bit
 * more or less changes 2 ln 2 parts.
 */
const BIT_WORTH = (2 * Math.LN2) / 12;

/** How a tensor is looked at while rates are tried. */
export interface RdTrial {
  readonly sample: RdSample;
  readonly scales: Scales;
  readonly step: number;
}

/** Counts of levels by class and size, and sums over their changes in steps. */
export class LevelCounts {
  readonly counts = new Float64Array(CLASSES * SIZES);
  /** Sum of |change| / step. */
  readonly sums = new Float64Array(CLASSES * SIZES);

  /** Bits of all that was counted, each class with a table of its own, signs among them. */
  bits(): number {
    let bits = 0;
    for (let group = 0; group < CLASSES; group += 1) bits += this.classBits(group);
    return bits;
  }

  classBits(group: number): number {
    const row = this.counts.subarray(group * SIZES, (group + 1) * SIZES);
    const total = row.reduce((sum, count) => sum + count, 0);
    let bits = 0;
    for (const [size, count] of row.entries()) {
      if (count > 0) bits += count * (Math.log2(total / count) + (size > 0 ? 1 : 0));
    }
    return bits;
  }

  /** Elements counted in a class. */
  classCount(group: number): number {
    return this.counts.subarray(group * SIZES, (group + 1) * SIZES).reduce((sum, count) => sum + count, 0);
  }
}

/** The step's scale in quarter octaves. */
export function scaleOfStep(step: number): number {
  return Math.max(-1200, Math.min(1200, Math.round(4 * Math.log2(step))));
}

/** Thresholds before anything is known of the rate. */
export function firstThresholds(): Float32Array {
  return new Float32Array(CLASSES * THRESHOLDS).fill(0.6);
}

/** Thresholds for which every level upwards is worth its bits, from what was counted with others. */
export function betterThresholds({ counts }: LevelCounts, before: Float32Array): Float32Array {
  const better = before.slice();
  for (let group = 0; group < CLASSES; group += 1) {
    const row = counts.subarray(group * SIZES, (group + 1) * SIZES);
    const total = row.reduce((sum, count) => sum + count, 0);
    if (total < 1) continue;
    const length = (size: number): number =>
      Math.log2((total + 1) / ((row[size] ?? 0) + 1 / (size + 1))) + (size > 0 ? 1 : 0);
    for (let size = 0; size < THRESHOLDS; size += 1) {
      const extra = Math.max(0, length(size + 1) - length(size));
      better[group * THRESHOLDS + size] = Math.min(0.98, 0.5 + (BIT_WORTH * extra) / 2);
    }
  }
  return better;
}

/** Counts the levels of a trial's sample into `into`, each as often as it stands for elements of the tensor. */
export function countLevels(trial: RdTrial, thresholds: Float32Array, into: LevelCounts, skip = 1): void {
  const { sample, scales, step } = trial;
  const { columns } = sample.tensor;
  const stepScale = scaleOfStep(step);
  const inverse = Math.fround(1 / step);
  const taken = Math.ceil(sample.rows.length / skip);
  const weight = sample.tensor.rows / taken;
  const { counts, sums } = into;
  const { change } = sample;
  for (let place = 0; place < sample.rows.length; place += skip) {
    const rowScale = (scales.rows[sample.rows[place] ?? 0] ?? 0) - stepScale + 24;
    const offset = place * columns;
    for (let column = 0; column < columns; column += 1) {
      const group = classAt(rowScale + (scales.columns[column] ?? 0));
      // In float32, as the kernel rounds: what is counted is what will be coded.
      const size = Math.fround(Math.abs(change[offset + column] ?? 0) * inverse);
      const at = group * SIZES + sizeOf(size, group, thresholds);
      counts[at] = (counts[at] ?? 0) + weight;
      sums[at] = (sums[at] ?? 0) + weight * size;
    }
  }
}

/** Class from row and column scale less the step's, plus 24. */
export function classAt(relative: number): number {
  const group = relative >> 1;
  return group < 0 ? 0 : group > CLASSES - 1 ? CLASSES - 1 : group;
}

/** Level that a size in steps is rounded to, at most `SIZES - 1`. */
export function sizeOf(size: number, group: number, thresholds: Float32Array): number {
  const whole = Math.floor(size);
  const threshold = thresholds[group * THRESHOLDS + (whole < 3 ? whole : 3)] ?? 0.5;
  const level = size - whole >= threshold ? whole + 1 : whole;
  return level < SIZES ? level : SIZES - 1;
}
