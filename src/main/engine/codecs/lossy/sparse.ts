import type { z } from 'zod';
import { codecOptions, fitOption, numberOption, type Fit } from './codec-options.ts';
import { halfValues } from './free-values.ts';
import { powerAbove } from './magnitudes.ts';
import { selectorsOf } from './largest-selector.ts';
import type { LossyCodec, LossyJob, LossyTensor, TensorCoder } from './lossy-codec.ts';
import { encodeScalars } from './scalars-encode.ts';
import { fitFactor } from './slope.ts';
import { histogramOf } from './tensor-histogram.ts';
import type { ValueHistogram } from './value-histogram.ts';

const options = codecOptions('sparse', {
  keep: numberOption({ above: 0, most: 1 }).default(0.1),
  fit: fitOption,
});

type SparseOptions = z.infer<typeof options>;

/** The largest changes of each tensor, as halves; the others are dropped (deltatensors 0.2.0, strategy "sparse"). */
export const sparse: LossyCodec<SparseOptions> = {
  name: 'sparse',
  method: 'scalars',
  options,
  plan: async (job) => ({
    coder: async (index) => {
      const tensor = job.tensors[index];
      const histogram = tensor && (await histogramOf(tensor, job.signal));
      return histogram && (await sparseCoder(job, tensor, histogram));
    },
  }),
};

async function sparseCoder(
  { pool, signal, options: { keep, fit } }: LossyJob<SparseOptions>,
  tensor: LossyTensor,
  histogram: ValueHistogram,
): Promise<TensorCoder> {
  const { columns } = tensor;
  const largest = histogram.largestOf(Math.max(1, Math.floor(histogram.count * keep)));
  const selectors = await selectorsOf(tensor, largest, signal);
  const unit = powerAbove(histogram.largest);
  const factor = Math.fround(unit * keptFactor(fit, histogram.squares, largest.squares));
  return {
    rowMultiple: 1,
    encode: async (first, count, read) => {
      const selector = selectors(first);
      const kept: number[] = [];
      const symbols = Uint8Array.from(read.delta.f32(0, count * columns), (value) => {
        if (!selector.takes(value)) return 0;
        kept.push(value);
        return 1;
      });
      const levels = new Float32Array(1);
      const free = halfValues(kept, unit);
      return await encodeScalars(pool, { first, count, columns, factor, levels, symbols, free });
    },
  };
}

/** What is kept is exact: its product with the change is its own square. */
function keptFactor(fit: Fit, exact: number, kept: number): number {
  return fitFactor(fit, { exact, decoded: kept, product: kept });
}
