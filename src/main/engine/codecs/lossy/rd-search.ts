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
const LOOKED_AT = 1 << 18;
/** Octaves around the starting point within which the number is searched, and halvings. */
const OCTAVES = 7;
const HALVINGS = 15;
/** The same where the number is nearly known. */
const NEAR_OCTAVES = 0.5;
const NEAR_HALVINGS = 10;
/** Times that thresholds are fitted to what was counted with those before. */
const ROUNDS = 1;

/** A state of the search. */
export interface RdPoint {
  /** Steps in units of sigma, or the step. */
  readonly multiple: number;
  readonly trials: readonly RdTrial[];
  readonly thresholds: Float32Array;
  readonly counts: LevelCounts;
}

/** What is wanted of a point: negative where the number is to be larger. */
export type RdGoal = (point: RdPoint) => number;

/** Tensors with their scales, and the number that makes steps of them. */
interface Setting {
  readonly samples: readonly RdSample[];
  readonly scales: readonly Scales[];
  /** Whether steps are in units of each tensor's sigma. */
  readonly perSigma: boolean;
}

function trialsOf({ samples, scales, perSigma }: Setting, multiple: number): RdTrial[] {
  return samples.map((sample, index) => {
    const step = Math.fround(perSigma && sample.sigma > 0 ? multiple * sample.sigma : multiple);
    return { sample, scales: scales[index] ?? { rows: new Int16Array(), columns: new Int16Array() }, step };
  });
}

/** Counts with thresholds that fit the counts. They start afresh: what fits one rate may hold another one where it is. */
function settle(setting: Setting, multiple: number, skip: number): RdPoint {
  const trials = trialsOf(setting, multiple);
  let thresholds = firstThresholds();
  for (let round = 0; ; round += 1) {
    const counts = new LevelCounts();
    for (const trial of trials) countLevels(trial, thresholds, counts, skip);
    if (round === ROUNDS) return { multiple, trials, thresholds, counts };
    thresholds = betterThresholds(counts, thresholds);
  }
}

/**
 * The point at which the goal is met, or the nearest end of what is searched.
 * @param near a point that is nearly right
 */
export function search(setting: Setting, goal: RdGoal, near?: RdPoint): RdPoint {
  const { samples, perSigma } = setting;
  const middle = near?.multiple ?? (perSigma ? 1 : meanSigma(samples));
  const elements = samples.reduce((sum, { change }) => sum + change.length, 0);
  const skip = Math.max(1, Math.floor(elements / LOOKED_AT));
  let low = near ? -NEAR_OCTAVES : -OCTAVES;
  let high = -low;
  for (let halving = near ? NEAR_HALVINGS : HALVINGS; halving > 0; halving -= 1) {
    const octave = (low + high) / 2;
    if (goal(settle(setting, middle * 2 ** octave, skip)) > 0) low = octave;
    else high = octave;
  }
  return settle(setting, middle * 2 ** ((low + high) / 2), 1);
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
