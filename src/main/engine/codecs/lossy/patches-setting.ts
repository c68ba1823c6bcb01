// How patches are coded: what the writer chose and the reader must know. docs/format-patches.md, "Setting".

/** Edges of a patch. */
export const patchSizes = [8, 16, 32, 64] as const;
export const transforms = ['dct', 'haar', 'db2', 'db4', 'bior4.4'] as const;
export const keeps = ['all', 'll_lh_hl', 'll_only'] as const;
export const quantisers = ['linear', 'jpeg'] as const;
export const forms = ['repaired', 'faithful'] as const;
/** Most bits of a coefficient: more levels than an alphabet has room for are not coded. */
export const MOST_BITS = 6;

/** What a payload says of the way it was made. */
export interface PatchSetting {
  readonly form: (typeof forms)[number];
  readonly transform: (typeof transforms)[number];
  readonly quantiser: (typeof quantisers)[number];
  readonly keep: (typeof keeps)[number];
  readonly patch: (typeof patchSizes)[number];
  /** How often the wavelet splits the low band. */
  readonly levels: 1 | 2 | 3;
}

/** Bytes of a setting. */
export const SETTING_BYTES = 2;

/** Two bytes: form, transform, quantiser, keep; then patch and levels. */
export function writeSetting(setting: PatchSetting): Uint8Array {
  const { form, transform, quantiser, keep, patch, levels } = setting;
  const first = forms.indexOf(form) | (quantisers.indexOf(quantiser) << 1) | (keeps.indexOf(keep) << 2);
  return Uint8Array.of(
    first | (transforms.indexOf(transform) << 4),
    patchSizes.indexOf(patch) | ((levels - 1) << 2),
  );
}

/** Reads a setting; undefined where none was written, or one that no writer makes. */
export function readSetting(bytes: Uint8Array): PatchSetting | undefined {
  const [first = 0, second = 0] = bytes;
  const form = forms[first & 1];
  const quantiser = quantisers[(first >> 1) & 1];
  const keep = keeps[(first >> 2) & 3];
  const transform = transforms[first >> 4];
  const patch = patchSizes[second & 3];
  const levels = ([1, 2, 3] as const)[second >> 2];
  if (bytes.length < SETTING_BYTES || !form || !quantiser || !keep || !transform || !patch || !levels) {
    return undefined;
  }
  const single = levels === 1 || (form === 'repaired' && transform !== 'dct');
  if (!single || (transform === 'dct' && keep !== 'all')) return undefined;
  return { form, transform, quantiser, keep, patch, levels };
}
