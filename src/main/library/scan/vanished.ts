import { isInside } from '../disk/safe-path.ts';
import type { SkippedPlace, SkipReason } from './found-model.ts';

/** Above this share of a folder's models that vanish at once, something else than a person deleting is likely. */
const suspiciousShare = 0.2;
/** So few models may go at once without a word: two of five is an evening's tidying. */
const unsuspicious = 3;

/** Places of which a scan cannot say what is in them. What was known there is still taken to be there. */
const undecided: ReadonlySet<SkipReason> = new Set<SkipReason>([
  ...(['unreadable', 'unsettled', 'too-many-names', 'too-deep', 'link-loop'] as const),
]);

/** What became of models that were known and not found again. */
export interface Vanished {
  /** Paths of models that are gone from their places. */
  readonly missing: readonly string[];
  /** Paths of models in places that could not be read: nothing is known of them. */
  readonly undecided: readonly string[];
  /** Set where so many vanished at once that a person is asked before anything is made of it. */
  readonly alarm: string | undefined;
}

/**
 * Compares the models that were known in a watched folder with those that a whole scan came upon.
 * @param known paths of models, none of them missing before
 * @param seen paths of models that the scan found, unchanged ones included
 * @param skipped all places that it skipped
 */
export function findVanished(
  known: readonly string[],
  seen: ReadonlySet<string>,
  skipped: readonly SkippedPlace[],
): Vanished {
  const places = skipped.flatMap(({ why, path }) => (undecided.has(why) ? path : []));
  const unseen = known.filter((path) => !seen.has(path));
  const isUndecided = (path: string): boolean =>
    places.some((place) => isInside(place, path) || isInside(path, place));
  const missing = unseen.filter((path) => !isUndecided(path));
  const isSuspicious = missing.length >= unsuspicious && missing.length > known.length * suspiciousShare;
  return {
    missing,
    undecided: unseen.filter(isUndecided),
    alarm: isSuspicious ? alarmOf(missing.length, known.length) : undefined,
  };
}

function alarmOf(missing: number, known: number): string {
  return `${missing} of ${known} models are gone at once. They are kept in the list as missing. Were they moved or deleted, or is a disk not connected?`;
}
