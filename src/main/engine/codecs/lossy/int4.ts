import type { z } from 'zod';
import { codecOptions, fitOption, numberOption } from './codec-options.ts';
import { halfValues } from './free-values.ts';
import { powerAbove } from './magnitudes.ts';
import { evenLevels, type LevelSet } from './even-levels.ts';
import { selectorsOf } from './largest-selector.ts';
import type { LossyCodec, LossyJob, LossyTensor, TensorCoder } from './lossy-codec.ts';
import { encodeScalars } from './scalars-encode.ts';
import { fitFactor } from './slope.ts';
import { histogramOf } from './tensor-histogram.ts';
import { magnitudeBin, type Largest, type ValueHistogram } from './value-histogram.ts';

const LEVELS = 16;

const options = codecOptions('int4', {
  outliers: numberOption({ least: 0, below: 1 }).default(0.01),
  fit: fitOption,
});

type Int4Options = z.infer<typeof options>;

/** 16 even levels, and the largest changes as halves (deltatensors 0.2.0, strategy "int4", with a level at zero). */
export const int4: LossyCodec<Int4Options> = {
  name: 'int4',
  method: 'scalars',
  options,
  plan: async (job) => ({
    coder: async (index) => {
      const tensor = job.tensors[index];
      const histogram = tensor && (await histogramOf(tensor, job.signal));
      return histogram && (await int4Coder(job, tensor, histogram));
    },
  }),
};

async function int4Coder(
  { pool, signal, options: { outliers, fit } }: LossyJob<Int4Options>,
  tensor: LossyTensor,
  histogram: ValueHistogram,
): Promise<TensorCoder> {
  const { columns } = tensor;
  const largest = histogram.largestOf(Math.floor(histogram.count * outliers));
  const selectors = await selectorsOf(tensor, largest, signal);
  const set = levelsBelow(histogram, largest);
  const unit = powerAbove(histogram.largest);
  const sums = {
    exact: histogram.squares,
    decoded: set.decoded + largest.squares,
    product: set.product + largest.squares,
  };
  const factor = Math.fround(unit * fitFactor(fit, sums));
  const levels = set.values.map((value) => value / unit);
  return {
    rowMultiple: 1,
    encode: async (first, count, read) => {
      const selector = selectors(first);
      const apart: number[] = [];
      const symbols = Uint8Array.from(read.delta.f32(0, count * columns), (value) => {
        if (!selector.takes(value)) return set.levelOf(value);
        apart.push(value);
        return LEVELS;
      });
      const free = halfValues(apart, unit);
      return await encodeScalars(pool, { first, count, columns, factor, levels, symbols, free });
    },
  };
}

/** Levels for everything but the outliers. Of the bin that the outliers end in, a share is among the others. */
function levelsBelow(histogram: ValueHistogram, { bin, taken, of }: Largest): LevelSet {
  const rest: { mean: number; count: number }[] = [];
  for (const { mean, count } of histogram.bins()) {
    const own = magnitudeBin(mean);
    const left = own < bin || mean === 0 ? count : own > bin ? 0 : (count * (of - taken)) / of;
    if (left > 0) rest.push({ mean, count: left });
  }
  return evenLevels(rest, LEVELS);
}
