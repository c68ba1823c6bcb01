import { z } from 'zod';
import { wordOption } from './codec-options.ts';
import type { BitShare } from './patches-allocation.ts';
import { forms, MOST_BITS, patchSizes } from './patches-setting.ts';

// Options of both codecs, as texts behind the codec's name.

/** Allocations of the published experiments, by their names. */
const allocations: Readonly<Record<string, readonly BitShare[]>> = {
  '2-0': [
    { bits: 2, share: 0.5 },
    { bits: 0, share: 0.5 },
  ],
  '4-0': [
    { bits: 4, share: 0.5 },
    { bits: 0, share: 0.5 },
  ],
  '2-1-0': [
    { bits: 2, share: 0.34 },
    { bits: 1, share: 0.33 },
    { bits: 0, share: 0.33 },
  ],
  '4-2-0': [
    { bits: 4, share: 0.34 },
    { bits: 2, share: 0.33 },
    { bits: 0, share: 0.33 },
  ],
};
/** How far shares may be from 1 together. */
const SHARE_ERROR = 1e-4;
const MOST_SHARES = MOST_BITS + 1;

const ALLOCATION_MESSAGE = `must be 2-0, 2-1-0, 4-0, 4-2-0, or a list such as 2@0.5/0@0.5: bits of a coefficient (0 to ${MOST_BITS}), and the share of the patches that get them, the most important first; shares add up to 1`;

/** Reads `bits@share/bits@share`; undefined when it is no such list. */
function parseShares(text: string): readonly BitShare[] | undefined {
  const parts = text.split('/').map((part) => /^(\d)@(0?\.\d{1,9}|[01](?:\.\d{1,9})?)$/.exec(part));
  const shares = parts.flatMap((match) =>
    match ? [{ bits: Number(match[1]), share: Number(match[2]) }] : [],
  );
  const sum = shares.reduce((total, { share }) => total + share, 0);
  const sound = shares.length === parts.length && shares.length <= MOST_SHARES;
  const inRange = shares.every(({ bits, share }) => bits <= MOST_BITS && share <= 1);
  return sound && inRange && Math.abs(sum - 1) <= SHARE_ERROR ? shares : undefined;
}

/** `bits=`. */
export const allocation = z
  .string()
  .default('2-0')
  .transform((text, context): readonly BitShare[] => {
    const shares = Object.hasOwn(allocations, text) ? allocations[text] : parseShares(text);
    if (shares) return shares;
    context.addIssue({ code: 'custom', message: ALLOCATION_MESSAGE });
    return z.NEVER;
  });

/** `patch=`. */
export const patchSize = z.coerce
  .number()
  .default(16)
  .pipe(z.literal(patchSizes, { error: `must be one of ${patchSizes.join(', ')}` }));

/** `form=`. */
export const patchForm = wordOption(forms).default('repaired');
