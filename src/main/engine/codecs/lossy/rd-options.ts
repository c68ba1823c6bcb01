import type { z } from 'zod';
import { codecOptions, numberOption, wordOption } from './codec-options.ts';

/** What may stand behind `rd:`. */
export const rdOptions = codecOptions('rd', {
  /** `sigma`: each tensor's step is in proportion to the size of its own change; `global`: one step for all. */
  step: wordOption(['sigma', 'global']).default('sigma'),
  /** Bits per weight over all that it codes. */
  bits: numberOption({ above: 0, most: 16 }).optional(),
  /** Bytes of all that it codes. */
  bytes: numberOption({ above: 0, most: 2 ** 50 }).optional(),
  /** Squared error relative to the squared change, over all that it codes. */
  error: numberOption({ above: 0, most: 1 }).optional(),
  /** `one`: scaled so that the change keeps its size along itself; `free`: least error; `auto`: one below 2 bits. */
  slope: wordOption(['auto', 'one', 'free']).default('auto'),
}).refine(
  ({ bits, bytes, error }) => [bits, bytes, error].filter((value) => value !== undefined).length <= 1,
  'takes one of bits, bytes and error',
);

export type RdOptions = z.infer<typeof rdOptions>;

/** Bits per weight where nothing is said. */
export const USUAL_BITS = 2;
