import type { Scales } from '../scales.ts';
import {
  LevelCounts,
  betterThresholds,
  countLevels,
  firstThresholds,
  SIZES,
  type RdTrial,
} from './rd-rounding.ts';
import { CLASSES } from './level-tables.ts';
import type { RdSample } from './rd-sample.ts';

// One number decides the size of everything: the step in units of each tensor's sigma, or the step itself. The rate
// falls as it grows, so it is found by halving an interval.

/** Elements that are looked at while searching. */
const LOOKED_AT = 1 << 20;
/** Octaves around the starting point within which the number is searched, and halvings. */
const OCTAVES = 7;
const HALVINGS = 16;
/** Times that thresholds are fitted to what was counted with those before. */
const ROUNDS = 3;

/** A state of the search. */
export interface RdPoint {
  readonly trials: readonly RdTrial[];
  readonly thresholds: Float32Array;
  readonly counts: LevelCounts;
}

/** What is wanted of a point: negative where the number is to be larger. */
export type RdGoal = (point: RdPoint) => number;

/** Tensors with their scales, and the number that makes steps of them. */
function trialsOf(
  samples: readonly RdSample[],
  scales: readonly Scales[],
  multiple: number,
  perSigma: boolean,
): RdTrial[] {
  return samples.map((sample, index) => {
    const step = Math.fround(perSigma && sample.sigma > 0 ? multiple * sample.sigma : multiple);
    return { sample, scales: scales[index] ?? { rows: new Int16Array(), columns: new Int16Array() }, step };
  });
}

/** Counts with thresholds that fit the counts. They start afresh: what fits one rate may hold another one where it is. */
function settle(trials: readonly RdTrial[], looked = Infinity): RdPoint {
  let thresholds = firstThresholds();
  const elements = trials.reduce((sum, { sample }) => sum + sample.change.length, 0);
  const skip = Math.max(1, Math.floor(elements / looked));
  for (let round = 0; ; round += 1) {
    const counts = new LevelCounts();
    for (const trial of trials) countLevels(trial, thresholds, counts, skip);
    if (round === ROUNDS) return { trials, thresholds, counts };
    thresholds = betterThresholds(counts, thresholds);
  }
}

/** The point at which the goal is met, or the nearest end of what is searched. */
export function search(
  samples: readonly RdSample[],
  scales: readonly Scales[],
  perSigma: boolean,
  goal: RdGoal,
): RdPoint {
  const middle = perSigma ? 1 : meanSigma(samples);
  let low = -OCTAVES;
  let high = OCTAVES;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const octave = (low + high) / 2;
    const trials = trialsOf(samples, scales, middle * 2 ** octave, perSigma);
    if (goal(settle(trials, LOOKED_AT)) > 0) low = octave;
    else high = octave;
  }
  return settle(trialsOf(samples, scales, middle * 2 ** ((low + high) / 2), perSigma));
}

function meanSigma(samples: readonly RdSample[]): number {
  let square = 0;
  let count = 0;
  for (const { sigma, tensor } of samples) {
    square += sigma * sigma * tensor.rows * tensor.columns;
    count += tensor.rows * tensor.columns;
  }
  return square > 0 ? Math.sqrt(square / count) : 1;
}

/** Bits that an element of each class takes at a point; of classes that do not occur, as the next that does. */
export function bitsByClass({ counts }: RdPoint): Float64Array {
  const bits = new Float64Array(CLASSES);
  for (let group = 0; group < CLASSES; group += 1) {
    const count = counts.classCount(group);
    bits[group] = count > 0 ? counts.classBits(group) / count : (bits[group - 1] ?? 0);
  }
  return bits;
}

/** Error of a point relative to the squared change, with every level of a class at its mean. */
export function errorOf({ thresholds, trials }: RdPoint): number {
  let error = 0;
  let total = 0;
  for (const trial of trials) {
    // Steps may differ among tensors, so each is counted by itself.
    const own = new LevelCounts();
    countLevels(trial, thresholds, own);
    const { sigma, tensor } = trial.sample;
    const square = sigma ** 2 * tensor.rows * tensor.columns;
    let kept = 0;
    for (let at = 0; at < CLASSES * SIZES; at += 1) {
      const count = own.counts[at] ?? 0;
      if (at % SIZES > 0 && count > 0) kept += (own.sums[at] ?? 0) ** 2 / count;
    }
    total += square;
    error += Math.max(0, square - kept * trial.step ** 2);
  }
  return total > 0 ? error / total : 0;
}
