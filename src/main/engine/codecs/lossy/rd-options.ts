import { z } from 'zod';

/** A positive number as people write it behind a key. */
const positive = (most: number): z.ZodType<number> =>
  z.coerce.number().refine((value) => value > 0 && value <= most, `must be above 0 and at most ${most}`);

/** What may stand behind `rd:`. */
export const rdOptions = z
  .strictObject({
    /** `sigma`: each tensor's step is in proportion to the size of its own change; `global`: one step for all. */
    step: z.enum(['sigma', 'global']).default('sigma'),
    /** Bits per weight over all that it codes. */
    bits: positive(16).optional(),
    /** Bytes of all that it codes. */
    bytes: positive(2 ** 50).optional(),
    /** Squared error relative to the squared change, over all that it codes. */
    error: positive(1).optional(),
    /** `one`: scaled so that the change keeps its size along itself; `free`: least error; `auto`: one below 2 bits. */
    slope: z.enum(['auto', 'one', 'free']).default('auto'),
  })
  .refine(
    ({ bits, bytes, error }) => [bits, bytes, error].filter((value) => value !== undefined).length <= 1,
    'takes one of bits, bytes and error',
  );

export type RdOptions = z.infer<typeof rdOptions>;

/** Bits per weight where nothing is said. */
export const USUAL_BITS = 2;
