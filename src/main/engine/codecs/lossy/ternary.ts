import type { z } from 'zod';
import { visitBands } from './bands.ts';
import { codecOptions, fitOption, numberOption, wordOption } from './codec-options.ts';
import { isCodable } from './magnitudes.ts';
import { LargestSelector, selectorsOf } from './largest-selector.ts';
import type { LossyCodec, LossyJob, LossyTensor, TensorCoder } from './lossy-codec.ts';
import { encodeScalars } from './scalars-encode.ts';
import { fitFactor } from './slope.ts';
import { ValueHistogram, type Largest } from './value-histogram.ts';

const options = codecOptions('ternary', {
  keep: numberOption({ above: 0, most: 1 }).default(0.2),
  scope: wordOption(['tensor', 'model']).default('tensor'),
  alpha: numberOption({ above: 0 }).optional(),
  fit: fitOption,
});

type TernaryOptions = z.infer<typeof options>;

/** The largest changes as a sign each (ComPEFT, arXiv 2311.13171; the trim of TIES, arXiv 2306.01708). */
export const ternary: LossyCodec<TernaryOptions> = {
  name: 'ternary',
  method: 'scalars',
  options,
  plan: async (job) => {
    const model = job.options.scope === 'model' ? await trimOf(job, job.tensors) : undefined;
    return {
      coder: async (index) => {
        const tensor = job.tensors[index];
        if (!tensor) return undefined;
        const trim = model ?? (await trimOf(job, [tensor]));
        const sums = model ? await keptSums(job, tensor, model.largest) : trim.sums;
        return isCodable(sums.most)
          ? await ternaryCoder(job, tensor, trim, levelOf(job.options, trim, sums))
          : undefined;
      },
    };
  },
};

/** Sums over what is kept of a tensor, and over all of it. */
interface KeptSums {
  readonly kept: number;
  readonly magnitudes: number;
  readonly exact: number;
  readonly most: number;
}

/** What is kept of a tensor or of all of them. */
interface Trim {
  readonly largest: Largest;
  /** Standard deviation. */
  readonly sigma: number;
  readonly sums: KeptSums;
}

async function trimOf(
  { options, signal }: LossyJob<TernaryOptions>,
  tensors: readonly LossyTensor[],
): Promise<Trim> {
  const histogram = new ValueHistogram();
  for (const tensor of tensors) await visitBands(tensor, signal, ({ delta }) => histogram.add(delta));
  const { count, sum, squares } = histogram;
  const largest = histogram.largestOf(Math.max(1, Math.floor(count * options.keep)));
  const sigma = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  return {
    largest,
    sigma,
    sums: { kept: largest.count, magnitudes: largest.magnitudes, exact: squares, most: histogram.largest },
  };
}

async function keptSums(
  { signal }: LossyJob<TernaryOptions>,
  tensor: LossyTensor,
  largest: Largest,
): Promise<KeptSums> {
  const selector = new LargestSelector(largest);
  let [kept, magnitudes, exact, most] = [0, 0, 0, 0];
  await visitBands(tensor, signal, ({ delta }) => {
    for (const value of delta) {
      exact += value * value;
      most = Math.max(most, Math.abs(value));
      if (!selector.takes(value)) continue;
      kept += 1;
      magnitudes += Math.abs(value);
    }
  });
  return { kept, magnitudes, exact, most };
}

/** The size of what is kept: as asked for in standard deviations, else the mean of its magnitudes, then the slope. */
function levelOf(
  { alpha, fit }: TernaryOptions,
  { sigma }: Trim,
  { kept, magnitudes, exact }: KeptSums,
): number {
  if (kept === 0) return 0;
  if (alpha !== undefined) return alpha * sigma;
  const mean = magnitudes / kept;
  return mean * fitFactor(fit, { exact, decoded: mean * magnitudes, product: mean * magnitudes });
}

async function ternaryCoder(
  { pool, signal }: LossyJob<TernaryOptions>,
  tensor: LossyTensor,
  { largest }: Trim,
  level: number,
): Promise<TensorCoder> {
  const { columns } = tensor;
  const selectors = await selectorsOf(tensor, largest, signal);
  return {
    rowMultiple: 1,
    encode: async (first, count, read) => {
      const selector = selectors(first);
      return await encodeScalars(pool, {
        ...{ first, count, columns },
        factor: Math.fround(level),
        levels: Float32Array.of(-1, 0, 1),
        symbols: Uint8Array.from(read.delta.f32(0, count * columns), (value) =>
          selector.takes(value) ? (value < 0 ? 0 : 2) : 1,
        ),
      });
    },
  };
}
