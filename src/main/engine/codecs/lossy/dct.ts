import type { z } from 'zod';
import { codecOptions, wordOption } from './codec-options.ts';
import type { LossyCodec } from './lossy-codec.ts';
import { allocation, patchForm, patchSize } from './patches-options.ts';
import { planPatches } from './patches-plan.ts';
import { quantisers } from './patches-setting.ts';

const importances = ['norm', 'low-frequency'] as const;

const dctOptions = codecOptions('dct', {
  patch: patchSize,
  bits: allocation,
  importance: wordOption(importances).default('norm'),
  quantiser: wordOption(quantisers).default('linear'),
  form: patchForm,
});

/** What may be asked of `dct`. */
type DctOptions = z.output<typeof dctOptions>;

/** Delta-DCT (arXiv 2503.06676): square patches by their cosine transform, bits by rank. */
export const dct: LossyCodec<DctOptions> = {
  name: 'dct',
  method: 'patches',
  options: dctOptions,
  async plan(job) {
    const { patch, bits, importance, quantiser, form } = job.options;
    const setting = { form, transform: 'dct', quantiser, keep: 'all', patch, levels: 1 } as const;
    return planPatches(job, { setting, shares: bits, importance });
  },
};
