import type { Layout } from './infer-layout.ts';

// Signs about the mean of elements spread over the tensors of a model, at the same places in every model of a layout:
// of strangers half of them agree, of relatives more.

/** Words of 32 signs. */
const WORDS = 16;
/** Signs that agree from which two models are looked at closely: chance is 256, with a deviation of 11. */
const AGREEING = 290;
/** Elements of a tensor that are looked at. */
export const COMPARED = 1024;
/** Elements below which a tensor tells nothing. */
const FEW = 32;

/** Keys of the matrices, where there are any; else of all that has enough elements. Always in the same order. */
export function tellingKeys(layout: Layout): string[] {
  const large = [...layout].filter(([, part]) => part.tensor.values.length >= FEW);
  const matrices = large.filter(([, part]) => part.matrix);
  const telling = matrices.length > 0 ? matrices : large.length > 0 ? large : [...layout];
  return telling.map(([key]) => key).sort();
}

/** Whether the values of any of these tensors differ among themselves. */
export function isTelling(layout: Layout, keys: readonly string[]): boolean {
  return keys.some((key) => {
    const values = layout.get(key)?.tensor.values;
    return values?.subarray(0, COMPARED).some((value) => value !== values[0]) === true;
  });
}

/** The signs of a model. */
export function signsOf(layout: Layout, keys: readonly string[]): Uint32Array {
  const signs = new Uint32Array(WORDS);
  const bits = WORDS * 32;
  for (const [position, key] of keys.entries()) {
    const values = layout.get(key)?.tensor.values;
    if (!values) continue;
    const count = Math.min(values.length, COMPARED);
    const mean = meanOf(values, count);
    const end = Math.ceil(((position + 1) * bits) / keys.length);
    for (let bit = Math.ceil((position * bits) / keys.length); bit < end; bit += 1) {
      if ((values[(bit * 37) % count] ?? 0) > mean)
        signs[bit >> 5] = (signs[bit >> 5] ?? 0) | (1 << (bit & 31));
    }
  }
  return signs;
}

/** Whether so many signs agree that two models may be relatives. */
export function agree(a: Uint32Array, b: Uint32Array): boolean {
  let differing = 0;
  for (let index = 0; index < WORDS; index += 1) {
    let bits = (a[index] ?? 0) ^ (b[index] ?? 0);
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    differing += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return WORDS * 32 - differing >= AGREEING;
}

/** Mean of the first values that are finite. */
export function meanOf(values: Float32Array, count: number): number {
  let sum = 0;
  let finite = 0;
  for (let index = 0; index < count; index += 1) {
    const value = values[index] ?? 0;
    if (!Number.isFinite(value)) continue;
    sum += value;
    finite += 1;
  }
  return finite > 0 ? sum / finite : 0;
}
