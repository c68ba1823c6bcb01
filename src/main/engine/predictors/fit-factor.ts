import { DEAD, scalesFrom, type Energies } from '../codecs/scales.ts';

// The factor of the scaled predictor (codec study, section 2, "Scaled parent"): robust least squares of the child on
// alpha * parent, weights 1 / (s^2 (1 + (e / s)^2 / 3)), the row and column scales s taken anew in each round.

/** Sampled rows of a tensor: `columns` values per row, row after row. */
export interface Sample {
  readonly child: Float32Array;
  readonly parent: Float32Array;
  readonly columns: number;
}

const ROUNDS = 5;
/** Sampled rows from which their columns tell anything. */
const LEAST_ROWS = 8;
/** Bits per element that a factor must promise in a first round before the others are made. */
const LEAST_GAIN = 0.01;

/** Energies of the residual at a factor, by row and, where there are rows enough, by column. */
function energiesOf(sample: Sample, factor: number): Energies {
  const { child, parent, columns } = sample;
  const height = Math.ceil(child.length / columns);
  const rows = new Float64Array(height);
  const sums = new Float64Array(height >= LEAST_ROWS ? columns : 0);
  for (let row = 0, at = 0; row < height; row += 1) {
    let energy = 0;
    for (let column = 0; column < columns && at < child.length; column += 1, at += 1) {
      const e = (child[at] ?? 0) - factor * (parent[at] ?? 0);
      const square = Number.isFinite(e) ? e * e : 0;
      energy += square;
      if (sums.length > 0) sums[column] = (sums[column] ?? 0) + square;
    }
    rows[row] = energy;
  }
  return { rows, width: columns, columns: sums };
}

/** One weighted least-squares step from `factor`; also by how many bits an element it is better. */
function step(sample: Sample, factor: number): { factor: number; gain: number } {
  const { child, parent, columns } = sample;
  const scales = scalesFrom(energiesOf(sample, factor));
  const inverse = (scale: number): number => (scale <= DEAD ? 0 : 2 ** (-scale / 4));
  const inverseColumns = Float64Array.from(scales.columns, inverse);
  let ep = 0;
  let pp = 0;
  let ee = 0;
  for (let row = 0, at = 0; row < scales.rows.length; row += 1) {
    const inverseRow = inverse(scales.rows[row] ?? DEAD);
    for (let column = 0; column < columns && at < child.length; column += 1, at += 1) {
      const c = child[at] ?? 0;
      const p = parent[at] ?? 0;
      const perScale = inverseRow * (inverseColumns[column] ?? 0);
      const e = c - factor * p;
      const weight = (perScale * perScale) / (1 + (e * perScale) ** 2 / 3);
      if (!Number.isFinite(weight * c * p)) continue;
      ep += weight * e * p;
      pp += weight * p * p;
      ee += weight * e * e;
    }
  }
  if (pp === 0 || ee === 0) return { factor, gain: 0 };
  // Of an exact multiple nothing is left but the rounding of these sums.
  const left = Math.max(ee - (ep * ep) / pp, ee * 2 ** -40);
  return { factor: factor + ep / pp, gain: Math.log2(ee / left) / 2 };
}

/**
 * Fits the factor.
 * @param small a sample for the first round, which decides whether the others are made
 * @param large gives the sample for the other rounds
 * @returns the factor, or undefined when the plain parent is as good
 */
export function fitFactor(small: Sample, large: () => Sample): number | undefined {
  const first = step(small, 1);
  if (first.gain < LEAST_GAIN) return undefined;
  const sample = large();
  let factor = 1;
  for (let round = 0; round < ROUNDS; round += 1) factor = step(sample, factor).factor;
  const stored = Math.fround(factor);
  return Number.isFinite(stored) ? stored : undefined;
}
