import type { z } from 'zod';
import { codecOptions, fitOption, wordOption } from './codec-options.ts';
import { halfBits } from './half-floats.ts';
import { powerAbove } from './magnitudes.ts';
import type { LossyCodec, LossyJob, TensorCoder } from './lossy-codec.ts';
import { encodeScalars } from './scalars-encode.ts';
import { signScales, type SignScales } from './sign-scales.ts';

const options = codecOptions('sign', {
  scale: wordOption(['tensor', 'row', 'column', 'rank1']).default('tensor'),
  fit: fitOption,
});

type SignOptions = z.infer<typeof options>;

/** Signs and scales, without calibration (BitDelta, arXiv 2402.10193; per axis arXiv 2512.19720). */
export const sign: LossyCodec<SignOptions> = {
  name: 'sign',
  method: 'scalars',
  options,
  plan: async (job) => ({
    coder: async (index) => {
      const tensor = job.tensors[index];
      const { scale, fit } = job.options;
      const scales = tensor && (await signScales(tensor, { scope: scale, fit }, job.signal));
      return scales && signCoder(job, tensor.columns, stored(scales));
    },
  }),
};

interface StoredScales {
  readonly factor: number;
  readonly rows?: Uint32Array;
  readonly columns?: Uint32Array;
}

/** Scales as halves relative to a power of two, so that none is too small for a half. */
function stored({ factor, rows, columns }: SignScales): StoredScales {
  let power = 1;
  const halves = (scales: Float64Array): Uint32Array => {
    const unit = powerAbove(scales.reduce((most, scale) => Math.max(most, scale), 0));
    power *= unit;
    return Uint32Array.from(scales, (scale) => halfBits(scale / unit));
  };
  const rowWords = rows && halves(rows);
  const columnWords = columns && halves(columns);
  return {
    factor: Math.fround(factor * power),
    ...(rowWords && { rows: rowWords }),
    ...(columnWords && { columns: columnWords }),
  };
}

function signCoder({ pool }: LossyJob<SignOptions>, columns: number, scales: StoredScales): TensorCoder {
  return {
    rowMultiple: 1,
    encode: async (first, count, read) =>
      await encodeScalars(pool, {
        ...{ first, count, columns },
        factor: scales.factor,
        levels: Float32Array.of(-1, 1),
        symbols: Uint8Array.from(read.delta.f32(0, count * columns), (value) => (value < 0 ? 0 : 1)),
        ...(scales.rows && { rowScales: scales.rows.subarray(first, first + count) }),
        ...(scales.columns && { columnScales: scales.columns }),
      }),
  };
}
