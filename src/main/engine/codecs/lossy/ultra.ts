import type { z } from 'zod';
import { visitBands } from './bands.ts';
import { codecOptions, numberOption, wordOption } from './codec-options.ts';
import { isCodable } from './magnitudes.ts';
import type { LossyCodec, LossyJob, LossyTensor } from './lossy-codec.ts';
import { traceNorm } from './trace-norm.ts';
import { publishedCoder, repairedCoder } from './ultra-drop.ts';
import { publishedLevels } from './ultra-published.ts';
import { assignRates, type Layer } from './ultra-rates.ts';
import { ValueHistogram } from './value-histogram.ts';

const options = codecOptions('ultra', {
  sparsity: numberOption({ least: 0, most: 0.9999 }).default(0.97),
  bits: numberOption({ least: 2, most: 5, whole: true }).default(4),
  step: numberOption({ least: 0, below: 1 }).default(0.01),
  seed: numberOption({ least: 0, most: 2 ** 32 - 1, whole: true }).default(1),
  form: wordOption(['repaired', 'faithful']).default('repaired'),
}).refine(({ sparsity, step }) => sparsity + step < 1, { error: 'sparsity and step add up to less than 1' });

type UltraOptions = z.infer<typeof options>;

/** Few levels, most elements dropped at random (UltraDelta, arXiv 2505.13563): as published, or repaired. */
export const ultra: LossyCodec<UltraOptions> = {
  name: 'ultra',
  method: 'scalars',
  options,
  plan: async (job) => {
    const { tensors, options, signal, pool } = job;
    const { sparsity, bits, step, seed, form } = options;
    const layers: Measured[] = [];
    for (const tensor of tensors) layers.push(await measure(tensor, job));
    const rates = assignRates(layers, sparsity, step);
    let trace: Promise<number> | undefined;
    return {
      coder: async (index) => {
        const tensor = tensors[index];
        const layer = layers[index];
        if (!tensor || !layer || !isCodable(Math.max(-layer.least, layer.most))) return undefined;
        // The original divides by zero here.
        if (form === 'faithful' && layer.least === layer.most) return undefined;
        trace ??= traceFactor(job);
        const { least, most } = layer;
        const rate = rates[index] ?? sparsity;
        const told = { pool, tensor, least, most, bits, rate, seed, signal };
        return form === 'faithful'
          ? await publishedCoder({ ...told, factor: (await trace) / (1 - sparsity) })
          : await repairedCoder({ ...told, factor: await trace });
      },
    };
  },
};

interface Measured extends Layer {
  readonly least: number;
  readonly most: number;
}

/** One look at a tensor. As published the deviation is that of the quantised values, here of the means of fine bins. */
async function measure(
  tensor: LossyTensor,
  { options: { form, bits }, signal }: LossyJob<UltraOptions>,
): Promise<Measured> {
  const histogram = new ValueHistogram();
  await visitBands(tensor, signal, ({ delta }) => histogram.add(delta));
  const { least, most, count } = histogram;
  const levels = form === 'faithful' && most > least ? publishedLevels(least, most, bits) : undefined;
  let [sum, squares] = [0, 0];
  for (const { mean, count } of histogram.bins()) {
    const value = levels ? (levels.values[levels.levelOf(mean)] ?? 0) : mean;
    sum += value * count;
    squares += value * value * count;
  }
  return { least, most, size: count, sigma: Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) };
}

/**
 * The smallest trace norm among the model and its siblings over its own, so that the tamest of them keeps its size: 1
 * for a model alone. Taken of the changes themselves; the original takes it of what one draw has left of them.
 */
async function traceFactor({ tensors, siblings = [], signal }: LossyJob<UltraOptions>): Promise<number> {
  if (siblings.length === 0) return 1;
  const norms: number[] = [];
  for (const model of [tensors, ...siblings]) {
    let sum = 0;
    for (const tensor of model) {
      if (tensor.rows > 1 && tensor.columns > 1) sum += (await traceNorm(tensor, signal)).value;
    }
    norms.push(sum);
  }
  const [own = 0] = norms;
  const least = Math.min(...norms.filter((norm) => norm > 0));
  return own > 0 ? least / own : 1;
}
