import type { z } from 'zod';
import { visitBands } from './bands.ts';
import { codecOptions, numberOption } from './codec-options.ts';
import { halfValues } from './free-values.ts';
import { isCodable, powerAbove } from './magnitudes.ts';
import type { LossyCodec, LossyJob, LossyTensor, TensorCoder } from './lossy-codec.ts';
import { encodeScalars } from './scalars-encode.ts';
import { placesOf } from './scalars-places.ts';
import { maskThreshold, tensorSeed } from './seeded-mask.ts';

const options = codecOptions('dare', {
  drop: numberOption({ least: 0, most: 0.9999 }).default(0.9),
  seed: numberOption({ least: 0, most: 2 ** 32 - 1, whole: true }).default(1),
});

type DareOptions = z.infer<typeof options>;

/** Changes dropped at random, the others as halves times 1/(1 - drop) (DARE, arXiv 2311.03099), with a stored seed. */
export const dare: LossyCodec<DareOptions> = {
  name: 'dare',
  method: 'scalars',
  options,
  plan: async (job) => ({
    coder: async (index) => {
      const tensor = job.tensors[index];
      if (!tensor) return undefined;
      let largest = 0;
      await visitBands(tensor, job.signal, ({ delta }) => {
        for (const value of delta) largest = Math.max(largest, Math.abs(value));
      });
      return isCodable(largest) ? dareCoder(job, tensor, powerAbove(largest)) : undefined;
    },
  }),
};

function dareCoder(
  { pool, options: { drop, seed } }: LossyJob<DareOptions>,
  { columns, name }: LossyTensor,
  unit: number,
): TensorCoder {
  const mask = { seed: tensorSeed(seed, name), threshold: maskThreshold(1 - drop) };
  const rescale = 2 ** 32 / mask.threshold;
  return {
    rowMultiple: 1,
    encode: async (first, count, read) => {
      const delta = read.delta.f32(0, count * columns);
      const kept: number[] = [];
      placesOf({ first, count, columns, mask })((row, column) => {
        kept.push(delta[row * columns + column] ?? 0);
      });
      return await encodeScalars(pool, {
        ...{ first, count, columns, mask },
        factor: Math.fround(unit * rescale),
        levels: new Float32Array(),
        symbols: new Uint8Array(kept.length),
        free: halfValues(kept, unit),
      });
    },
  };
}
