import { z } from 'zod';
import type { LossyCodec } from './lossy-codec.ts';
import { allocation, patchForm, patchSize } from './patches-options.ts';
import { planPatches } from './patches-plan.ts';
import { keeps, quantisers, transforms } from './patches-setting.ts';

const wavelets = transforms.filter((name) => name !== 'dct');
const levelCounts = [1, 2, 3] as const;

const dwtOptions = z
  .strictObject({
    patch: patchSize,
    bits: allocation,
    wavelet: z.enum(wavelets, { error: `wavelet is ${wavelets.join(', ')}.` }).default('haar'),
    keep: z.enum(keeps, { error: `keep is ${keeps.join(', ')}.` }).default('all'),
    levels: z.coerce
      .number()
      .default(1)
      .pipe(z.literal(levelCounts, { error: 'levels is 1, 2 or 3.' })),
    quantiser: z.enum(quantisers, { error: `quantiser is ${quantisers.join(' or ')}.` }).default('linear'),
    form: patchForm,
  })
  .refine(({ form, levels }) => form === 'repaired' || levels === 1, {
    error: 'The published program knows one level only: with form=faithful levels is 1.',
    path: ['levels'],
  });

/** What may be asked of `dwt`. */
export type DwtOptions = z.output<typeof dwtOptions>;

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
