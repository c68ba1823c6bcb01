// A histogram fine enough to choose thresholds and levels from: bins are float32 values that agree in sign, exponent
// and 11 bits of the mantissa, so a bin is 2^-11 wide relative to its values. Each knows its count and its sum.

const SHIFT = 12;
const BINS = 2 ** 20;
const SIGNED = 2 ** 19;
const BLOCK = 4096;

const words = new Uint32Array(BLOCK);
const floats = new Float32Array(words.buffer);

/** Which values are among the largest: all above a bin, and `taken` of the `of` in it. */
export interface Largest {
  readonly bin: number;
  readonly taken: number;
  readonly of: number;
  /** How many in all, the sum of their magnitudes and of their squares. */
  readonly count: number;
  readonly magnitudes: number;
  readonly squares: number;
}

/** Values of one bin. */
export interface Bin {
  readonly mean: number;
  readonly count: number;
}

/** The bin of a value's magnitude. */
export function magnitudeBin(value: number): number {
  floats[0] = value;
  return ((words[0] ?? 0) & 0x7fffffff) >>> SHIFT;
}

/** Counts values; 16 MiB whatever their number. */
export class ValueHistogram {
  readonly #counts = new Float64Array(BINS);
  readonly #sums = new Float64Array(BINS);
  /** Values, and those that are not 0. */
  count = 0;
  nonzero = 0;
  sum = 0;
  squares = 0;
  magnitudes = 0;
  least = Infinity;
  most = -Infinity;

  add(values: Float32Array): void {
    for (let first = 0; first < values.length; first += BLOCK) {
      const block = values.subarray(first, first + BLOCK);
      floats.set(block);
      for (let index = 0; index < block.length; index += 1) {
        const value = block[index] ?? 0;
        const bin = (words[index] ?? 0) >>> SHIFT;
        this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
        this.#sums[bin] = (this.#sums[bin] ?? 0) + value;
        this.sum += value;
        this.squares += value * value;
        this.magnitudes += Math.abs(value);
        if (value !== 0) this.nonzero += 1;
        if (value < this.least) this.least = value;
        if (value > this.most) this.most = value;
      }
    }
    this.count += values.length;
  }

  /** Largest magnitude. */
  get largest(): number {
    return this.count > 0 ? Math.max(-this.least, this.most) : 0;
  }

  /** Bins that are not empty, each with the mean of its values; about in the order of magnitudes. */
  *bins(): Generator<Bin> {
    for (const [bin, count] of this.#counts.entries()) {
      if (count > 0) yield { mean: (this.#sums[bin] ?? 0) / count, count };
    }
  }

  /** The `wanted` largest magnitudes, zeros never among them. In the last bin any are as good as the others. */
  largestOf(wanted: number): Largest {
    let left = Math.min(wanted, this.nonzero);
    const count = left;
    let magnitudes = 0;
    let squares = 0;
    for (let bin = SIGNED - 1; bin >= 0 && left > 0; bin -= 1) {
      const of = this.#inBin(bin);
      if (of === 0) continue;
      const sum = (this.#sums[bin] ?? 0) - (this.#sums[bin + SIGNED] ?? 0);
      const taken = Math.min(left, of);
      magnitudes += (sum * taken) / of;
      squares += (sum / of) ** 2 * taken;
      left -= taken;
      if (left === 0) return { bin, taken, of, count, magnitudes, squares };
    }
    return { bin: SIGNED, taken: 0, of: 0, count, magnitudes, squares };
  }

  /** Values in a bin of magnitudes; zeros do not count. */
  #inBin(bin: number): number {
    const all = (this.#counts[bin] ?? 0) + (this.#counts[bin + SIGNED] ?? 0);
    return bin === 0 ? all - (this.count - this.nonzero) : all;
  }
}
