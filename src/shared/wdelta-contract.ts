import { z } from 'zod';
import { createResultSchema } from './contract.ts';

// What the calls about .wdelta files give back, and the command line prints with --json. docs/cli.md describes these.

const count = z.int().min(0);
const strategy = z.enum(['sparse', 'quantized', 'int4']);
const bitsPerWeight = z.number().min(0);
const warnings = z.array(z.strictObject({ file: z.string(), sentence: z.string() }));

/** What became of `importWdelta`: a delta file as `createDelta` makes it, of the reconstructed model. */
export const importResultSchema = createResultSchema.omit({ lossy: true, residual: true }).extend({
  /** Name of the file that the reconstructed model is. */
  model: z.string(),
  /** How the parent was recognised, in words; of a chain, that of the last delta. */
  parentRule: z.string(),
});
export type ImportWdeltaResult = z.infer<typeof importResultSchema>;

/** What became of `exportWdelta`. */
export const exportResultSchema = z.strictObject({
  /** Path of the .wdelta file. */
  output: z.string(),
  strategy,
  parentHash: z.string(),
  tensors: count,
  /** Bytes of the tensors of the model. */
  originalBytes: count,
  /** The whole .wdelta file. */
  storedBytes: count,
  ratio: z.number().min(0),
  bitsPerWeight,
  /** Squared error of the change over its squared norm: 0 is exact, 1 as bad as the base alone. Measured. */
  relativeError: z.number().min(0),
  seconds: z.number().min(0),
  warnings,
});
export type ExportWdeltaResult = z.infer<typeof exportResultSchema>;

/** What a .wdelta file holds. All its bytes were checked. */
export const inspectWdeltaResultSchema = z.strictObject({
  format: z.literal('wdelta'),
  /** Path of the file. */
  file: z.string(),
  strategy,
  parentHash: z.string(),
  storedBytes: count,
  elements: count,
  bitsPerWeight,
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      strategy,
      shape: z.array(count),
      /** Bytes of its arrays. */
      storedBytes: count,
      bitsPerWeight,
      /** Elements that are kept one by one; null where the strategy keeps none. */
      kept: count.nullable(),
    }),
  ),
  warnings,
});
export type InspectWdeltaResult = z.infer<typeof inspectWdeltaResultSchema>;
