// The step of a dead-zone quantiser for a given number of bits: entropy and error of a sample, by sorted magnitudes.
// Least error at a given entropy: N. Farvardin, J. W. Modestino, IEEE Trans. Inf. Theory 30 (1984).

/** Magnitudes that share a table of symbols. */
interface SortedClass {
  readonly values: Float64Array;
  /** Sums of the first values. */
  readonly sums: Float64Array;
  /** Bits of a sign. */
  readonly signBits: number;
  /** What an error counts: square of the mean step of the class. */
  readonly weight: number;
}

/** A sample of magnitudes, by class. */
export interface RateSample {
  readonly classes: readonly SortedClass[];
  readonly count: number;
}

/** Bits of a choice that falls one way with such a probability. */
function choiceBits(share: number): number {
  if (share <= 0 || share >= 1) return 0;
  return -share * Math.log2(share) - (1 - share) * Math.log2(1 - share);
}

/** Prepares the values of each class, divided by the table, with the square of the mean step. */
export function rateSample(classes: readonly { values: Float64Array; weight: number }[]): RateSample {
  let count = 0;
  const sorted = classes.map(({ values, weight }) => {
    const negative = values.reduce((sum, value) => sum + (value < 0 ? 1 : 0), 0);
    const ordered = values.map(Math.abs).sort();
    const sums = new Float64Array(ordered.length + 1);
    for (let index = 0; index < ordered.length; index += 1) {
      sums[index + 1] = (sums[index] ?? 0) + (ordered[index] ?? 0);
    }
    count += ordered.length;
    return { values: ordered, sums, signBits: choiceBits(negative / ordered.length), weight };
  });
  return { classes: sorted, count };
}

/** Where the first value is that is at least `limit`. */
function firstAtLeast(values: Float64Array, limit: number, from: number): number {
  let low = from;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bits per coefficient, and how much of the energy the levels' means keep. */
function measure(sample: RateSample, step: number, zone: number): { bits: number; kept: number } {
  let bits = 0;
  let kept = 0;
  for (const { values, sums, signBits, weight } of sample.classes) {
    const count = values.length;
    let begin = firstAtLeast(values, (0.5 + zone) * step, 0);
    if (begin > 0) bits -= begin * Math.log2(begin / count);
    bits += (count - begin) * signBits;
    while (begin < count) {
      const level = Math.floor((values[begin] ?? 0) / step + 0.5 - zone);
      const end = Math.max(begin + 1, firstAtLeast(values, (level + 0.5 + zone) * step, begin));
      bits -= (end - begin) * Math.log2((end - begin) / count);
      kept += (weight * ((sums[end] ?? 0) - (sums[begin] ?? 0)) ** 2) / (end - begin);
      begin = end;
    }
  }
  return { bits: bits / sample.count, kept };
}

/** A dead-zone quantiser: level = floor(magnitude / step + 1/2 - zone). */
export interface DeadZone {
  readonly step: number;
  readonly zone: number;
}

const ZONES = [0, 0.05, 0.1, 0.15, 0.2];
const HALVINGS = 18;
/** Finest step in units of the root mean square. */
const FINEST = 1 / 64;

/** The quantiser of least error that takes at most `bits` per coefficient of the sample. */
export function deadZoneFor(sample: RateSample, bits: number): DeadZone {
  const largest = Math.max(0, ...sample.classes.map(({ values }) => values.at(-1) ?? 0));
  if (largest === 0) return { step: 0, zone: 0 };
  let energy = 0;
  for (const { values } of sample.classes) for (const value of values) energy += value * value;
  let best = { step: 4 * largest, zone: 0, kept: -1 };
  for (const zone of ZONES) {
    let low = Math.sqrt(energy / sample.count) * FINEST;
    let high = 4 * largest;
    for (let halving = 0; halving < HALVINGS; halving += 1) {
      const middle = Math.sqrt(low * high);
      if (measure(sample, middle, zone).bits > bits) low = middle;
      else high = middle;
    }
    const { kept } = measure(sample, high, zone);
    if (kept > best.kept) best = { step: high, zone, kept };
  }
  return best;
}
