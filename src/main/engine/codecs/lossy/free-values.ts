import { halfBits } from './half-floats.ts';
import type { FreeValues } from './scalars-form.ts';

/** Values as halves relative to `unit`, a power of two above them all. */
export function halfValues(values: readonly number[] | Float32Array, unit: number): FreeValues {
  return { type: 'F16', words: Uint32Array.from(values, (value) => halfBits(value / unit)) };
}
