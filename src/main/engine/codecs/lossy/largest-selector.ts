import { visitBands } from './bands.ts';
import type { LossyTensor } from './lossy-codec.ts';
import { magnitudeBin, type Largest } from './value-histogram.ts';

/** Tells of value after value whether it is among the largest; those of the last bin are taken evenly spread. */
export class LargestSelector {
  readonly #largest: Largest;
  #seen: number;

  /** @param seen values of the last bin before the first that is asked for */
  constructor(largest: Largest, seen = 0) {
    this.#largest = largest;
    this.#seen = seen;
  }

  takes(value: number): boolean {
    if (value === 0) return false;
    const { bin, taken, of } = this.#largest;
    const own = magnitudeBin(value);
    if (own !== bin) return own > bin;
    const before = Math.floor((this.#seen * taken) / of);
    this.#seen += 1;
    return Math.floor((this.#seen * taken) / of) > before;
  }
}

/**
 * Selectors that begin at any row of a tensor, so that chunks may be coded in any order and still be the same bytes.
 * Reads the tensor once.
 */
export async function selectorsOf(
  tensor: LossyTensor,
  largest: Largest,
  signal: AbortSignal | undefined,
): Promise<(row: number) => LargestSelector> {
  const { rows, columns } = tensor;
  const before = new Float64Array(rows);
  let seen = 0;
  await visitBands(tensor, signal, ({ first, count, delta }) => {
    for (let row = 0; row < count; row += 1) {
      before[first + row] = seen;
      for (const value of delta.subarray(row * columns, (row + 1) * columns)) {
        if (value !== 0 && magnitudeBin(value) === largest.bin) seen += 1;
      }
    }
  });
  return (row) => new LargestSelector(largest, before[row]);
}
