import { gridOf, matrixOf, scaleBits, type Grid } from '../engine/codecs/index.ts';
import { elementCount } from '../engine/dtypes.ts';
import { fitFactor } from '../engine/predictors/fit-factor.ts';
import type { SymbolCounter } from './predict-counter.ts';
import { castTo, lieOn } from './predict-grid.ts';
import { sampleScales, type SampleScales } from './predict-scales.ts';
import { commonSample } from './sketch-common.ts';
import type { TensorSketch } from './sketch.ts';

// What the encoder's survey would decide for a tensor, seen from its sample: grid, factor, with or without a parent.

/** As in the encoder: error energy from which none is compared with the parent, and what a parent must save, in bits. */
const DOUBTFUL = 0.2;
const PARENT_GAIN = 0.4;
const FACTOR_GAIN = 0.005;
/** Sampled rows that are looked at whatever the share. */
const LEAST_ROWS = 4;

interface Trial {
  readonly prediction?: Float32Array;
  readonly scales: SampleScales;
  /** What the scales are of, for comparing with others. */
  readonly differences: number;
}

/** A way in which a tensor would be stored. */
export interface TensorOutcome {
  /** Equal to its prediction: nothing stored. */
  readonly unchanged: boolean;
  /** Bits of what is stored beside its symbols. */
  readonly bits: number;
  /** Bits by which it may be off, one standard deviation. */
  readonly doubt: number;
}

/**
 * Adds the sampled elements of a tensor on a grid to the counter.
 * @param parent the tensor that would predict it: of the same shape, on any grid
 * @param share of the sampled rows that are looked at
 */
export function countTensor(
  counter: SymbolCounter,
  child: TensorSketch,
  parent: TensorSketch | undefined,
  share: number,
): TensorOutcome {
  const stored = gridOf({ name: '', dtype: child.dtype, shape: child.shape });
  if (!stored || child.values.length === 0)
    return { unchanged: false, bits: child.length * 8, doubt: child.length * 8 };
  const common = parent && commonSample(child, parent);
  const { rows: known, columns } = common ?? child;
  // The first rows of a sample are a sample themselves.
  const rows = Math.max(Math.min(known, LEAST_ROWS), Math.ceil(known * share));
  const values = (common?.a ?? child.values).subarray(0, rows * columns);
  const before = common?.b.subarray(0, rows * columns);
  const grid = codingGrid(stored, values);
  const whole = wholeOf(child);
  const trial = (prediction: Float32Array | undefined): Trial => {
    const residual = prediction ? differencesOf(values, prediction) : values;
    return {
      ...(prediction && { prediction }),
      scales: sampleScales({ residual, rows, columns, ...whole }),
      differences: energy(residual),
    };
  };
  const { prediction, scales } = chosen({ values, columns, parent: before, grid, ...whole }, trial);
  if (prediction && sameBits(values, prediction)) return { unchanged: true, bits: 0, doubt: 0 };
  counter.add({
    ...{ grid, child: values, scales, columns, weight: whole.count / values.length },
    ...(prediction && { prediction }),
  });
  return { unchanged: false, bits: scales.bits, doubt: scales.doubt };
}

interface Choice {
  readonly values: Float32Array;
  readonly parent: Float32Array | undefined;
  readonly columns: number;
  readonly grid: Grid;
  /** Elements of the whole tensor. */
  readonly count: number;
}

function chosen(
  { values, parent, columns, grid, count }: Choice,
  trial: (prediction: Float32Array | undefined) => Trial,
): Trial {
  if (!parent) return trial(undefined);
  let best = trial(castTo(grid, parent, 1));
  const plain = best;
  if (best.prediction && sameBits(values, best.prediction)) return best;
  const sample = { child: values, parent, columns };
  const factor = count >= 16 ? fitFactor(sample, () => sample) : undefined;
  if (factor !== undefined && factor !== 1) {
    const scaled = trial(castTo(grid, parent, factor));
    const [before = 0, after = 0] = levelsOf([best, scaled], count, values.length);
    if (before - after >= FACTOR_GAIN * count + 40) best = scaled;
  }
  if (best === plain && plain.differences <= DOUBTFUL * energy(parent)) return best;
  const alone = trial(undefined);
  const [withParent = 0, without = 0] = levelsOf([best, alone], count, values.length);
  return without >= withParent + PARENT_GAIN * count ? best : alone;
}

/** Sums of log2 of the scales over all elements, as the encoder compares them. */
function levelsOf(trials: readonly Trial[], count: number, sampled: number): number[] {
  return scaleBits(trials.map(({ scales }) => scales)).map((bits) => (bits * count) / sampled);
}

/** The narrower grid on which all sampled elements lie, if there is one. */
function codingGrid(stored: Grid, values: Float32Array): Grid {
  if (stored === 'BF16') return stored;
  if (lieOn('BF16', values)) return 'BF16';
  return stored === 'F32' && lieOn('F16', values) ? 'F16' : stored;
}

function wholeOf(child: TensorSketch): { allRows: number; allColumns: number; count: number } {
  const matrix = matrixOf(child.shape);
  const allColumns = matrix.scaledColumns ? matrix.columns : 0;
  return { allRows: matrix.rows, allColumns, count: elementCount(child.shape) };
}

function differencesOf(values: Float32Array, prediction: Float32Array): Float32Array {
  const differences = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += 1) differences[at] = (values[at] ?? 0) - (prediction[at] ?? 0);
  return differences;
}

function energy(values: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    if (Number.isFinite(value)) sum += value * value;
  }
  return sum;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (!Object.is(a[at], b[at])) return false;
  return true;
}
