import type { ModelSummary, PurgeResult, QuarantineResult } from '../../shared/index.ts';
import { plural } from '../words/index.ts';

type Entry = QuarantineResult['entries'][number];
type Going = PurgeResult['models'][number];

/** What a plan of a purge would delete. */
export function purgeSums(plan: PurgeResult | undefined): {
  readonly going: readonly Going[];
  readonly count: number;
  readonly bytes: number;
} {
  const going = plan?.models.filter(({ outcome }) => outcome === 'done') ?? [];
  return { going, count: going.length, bytes: going.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/**
 * Whether what goes can be rebuilt. Only what was reclaimed has a delta; what was deleted without one is gone for good,
 * and is named.
 */
export function rebuiltWords(
  going: readonly { readonly name: string; readonly path: string; readonly entry?: Entry | undefined }[],
  models: readonly Pick<ModelSummary, 'path' | 'storedBytes'>[],
): string {
  const stored = new Set(models.filter(({ storedBytes }) => storedBytes !== null).map(({ path }) => path));
  const lost = going.filter(({ entry, path }) => entry?.why !== 'reclaimed' && !stored.has(path));
  const [first] = lost;
  if (!first) {
    return going.length === 1
      ? 'It can still be rebuilt, byte for byte, from its delta and its base.'
      : 'All can still be rebuilt, byte for byte, from their deltas and bases.';
  }
  const others = lost.length > 1 ? ` and ${plural(lost.length - 1, 'other')}` : '';
  return `${first.name}${others} cannot be rebuilt afterwards: no delta is stored.`;
}
