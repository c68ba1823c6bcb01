import { z } from 'zod';
import { codecOptions, wordOption } from './codec-options.ts';
import type { LossyCodec } from './lossy-codec.ts';
import { allocation, patchForm, patchSize } from './patches-options.ts';
import { planPatches } from './patches-plan.ts';
import { keeps, quantisers } from './patches-setting.ts';

const wavelets = ['haar', 'db2', 'db4', 'bior4.4'] as const;
const levelCounts = [1, 2, 3] as const;

const dwtOptions = codecOptions('dwt', {
  patch: patchSize,
  bits: allocation,
  wavelet: wordOption(wavelets).default('haar'),
  keep: wordOption(keeps).default('all'),
  levels: z.coerce
    .number()
    .default(1)
    .pipe(z.literal(levelCounts, { error: 'must be 1, 2 or 3' })),
  quantiser: wordOption(quantisers).default('linear'),
  form: patchForm,
}).refine(({ form, levels }) => form === 'repaired' || levels === 1, {
  error: 'must be 1 with form=faithful: the published program knows one level only',
  path: ['levels'],
});

/** What may be asked of `dwt`. */
type DwtOptions = z.output<typeof dwtOptions>;

/** The wavelet extension of Delta-DCT: the low band as `dct` codes patches, the details at one bit. */
export const dwt: LossyCodec<DwtOptions> = {
  name: 'dwt',
  method: 'patches',
  options: dwtOptions,
  async plan(job) {
    const { patch, bits, wavelet, keep, levels, quantiser, form } = job.options;
    const setting = { form, transform: wavelet, quantiser, keep, patch, levels } as const;
    return planPatches(job, { setting, shares: bits, importance: 'norm' });
  },
};
