import { z } from 'zod';

const bytes = z.int().min(0);

/** A codec, and what it came to. */
export const sweepPointSchema = z.strictObject({
  /** Codec and options. */
  codec: z.string(),
  /** The whole delta file. */
  bytes,
  /** Bits of the approximated tensors by their elements. */
  bitsPerWeight: z.number().min(0),
  /** Bytes of the model by those of the delta file. */
  ratio: z.number().min(0),
  /** The same with all floating-point tensors in float32. */
  floatRatio: z.number().min(0),
  relativeError: z.number().min(0),
  cosine: z.number().nullable(),
  slope: z.number(),
});
export type SweepPoint = z.infer<typeof sweepPointSchema>;

/** What became of `sweep`. */
export const sweepResultSchema = z.strictObject({
  /** Name of the model. */
  child: z.string(),
  originalBytes: bytes,
  /** Bytes of the model with all floating-point tensors in float32. */
  floatBytes: bytes,
  /** Bytes of the exact delta file. */
  exactBytes: bytes,
  /** In the order in which codecs were asked for. */
  points: z.array(sweepPointSchema),
  seconds: z.number().min(0),
  warnings: z.array(z.strictObject({ file: z.string(), sentence: z.string() })),
});
export type SweepResult = z.infer<typeof sweepResultSchema>;
