import { join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { identityOf, type BaseOf } from '../deltas/index.ts';
import { shownPath } from '../disk/index.ts';
import type { JobControl, JobProgress } from '../job-meter.ts';
import type { Sidecar, StoredParent } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { spotsOf, type ParentSpot } from './parent-places.ts';

/** What a stored model is decoded with. */
export interface UsedBases {
  readonly bases: readonly string[];
  readonly basesOf: readonly BaseOf[];
  /** Files that must not serve: those of the model itself. */
  readonly own: ReadonlySet<string>;
}

/** How to choose among the places of a parent, from the cheapest that mostly fits to all that could. */
const choices: readonly ((spots: readonly ParentSpot[]) => readonly ParentSpot[])[] = [
  (spots) =>
    firstOr(
      spots,
      spots.filter(({ complete }) => complete),
    ),
  // Another model of the family may have the same names and sizes.
  (spots) =>
    firstOr(
      spots,
      spots.filter(({ complete, by }) => complete && by === 'hashes'),
    ),
  (spots) =>
    firstOr(
      spots,
      spots.filter(({ kind }) => kind === 'files'),
      Infinity,
    ),
  (spots) => spots,
];

/** Failures that other places may not have. */
const mayBeElsewhere: ReadonlySet<string> = new Set([
  'usage',
  'parent-missing',
  'parent-mismatch',
  'not-found',
  'not-readable',
  'changed-while-reading',
  'delta-damaged',
]);

/**
 * Works with a stored model and its bases as they are now. Where the work fails with the places that seem best, it is
 * done again with the others. It must compare what it decodes.
 * @throws DeltashelfError `parent-missing`; or what the first attempt threw, where no place does
 */
export async function withBases<T>(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
  work: (bases: UsedBases, control: JobControl) => Promise<T>,
): Promise<T> {
  const forward = onlyForward(control);
  const own = await ownFiles(context, stored);
  const tried = new Set<string>();
  let first: unknown;
  for (const choose of choices) {
    try {
      const chosen = { ...(await basesFor(context, stored, choose, [])), own };
      const key = JSON.stringify([chosen.bases, chosen.basesOf]);
      if (tried.has(key)) continue;
      tried.add(key);
      return await work(chosen, forward);
    } catch (error) {
      control.signal?.throwIfAborted();
      first ??= error;
      if (!(error instanceof DeltashelfError) || !mayBeElsewhere.has(error.code)) throw error;
    }
  }
  throw first;
}

/** Bases of a stored model, and bases of those among them that are stored models themselves. */
export async function basesFor(
  context: StepContext,
  stored: Sidecar,
  choose: (spots: readonly ParentSpot[]) => readonly ParentSpot[],
  trail: readonly string[],
): Promise<Omit<UsedBases, 'own'>> {
  const bases = new Set<string>();
  const basesOf: BaseOf[] = [];
  for (const parent of stored.parents) {
    const spots = (await spotsOf(context, stored, parent)).filter(
      (spot) => spot.kind === 'files' || !trail.includes(spot.stored.id),
    );
    if (spots.length === 0) throw noSpot(stored, parent);
    for (const spot of choose(spots)) {
      if (spot.kind === 'files') bases.add(spot.path);
      else {
        const nested = await nestedBases(context, spot.stored, choose, [...trail, stored.id]);
        if (nested === undefined && choose(spots).length > 1) continue;
        if (nested === undefined) throw noSpot(stored, parent);
        bases.add(context.vault.deltaPath(spot.stored));
        basesOf.push(...nested);
      }
    }
  }
  return { bases: [...bases], basesOf };
}

/** Bases of a stored model that is a base itself; undefined where some of its own are nowhere. */
export async function nestedBases(
  context: StepContext,
  stored: Sidecar,
  choose = choices[0] ?? ((spots: readonly ParentSpot[]) => spots),
  trail: readonly string[] = [],
): Promise<BaseOf[] | undefined> {
  try {
    const file = context.vault.deltaPath(stored);
    const { bases, basesOf } = await basesFor(context, stored, choose, trail);
    return [...bases.map((base) => ({ file, base })), ...basesOf];
  } catch (error) {
    if (error instanceof DeltashelfError && error.code === 'parent-missing') return undefined;
    throw error;
  }
}

/** The files of a stored model's original, where it lay and in quarantine, by what they are on this machine. */
async function ownFiles({ tools: { fs }, vault }: StepContext, stored: Sidecar): Promise<Set<string>> {
  const entries = [...vault.quarantine.values()].filter((entry) => entry.stored === stored.id);
  const places = [
    ...stored.files.map(({ path }) => (stored.kind === 'file' ? stored.path : join(stored.path, path))),
    ...entries.flatMap(({ files }) => files.map(({ to }) => to)),
  ];
  const own = new Set<string>();
  for (const place of places) {
    const status = await fs.stat(place).catch(() => undefined);
    if (status?.kind === 'file') own.add(identityOf(status));
  }
  return own;
}

function firstOr(
  all: readonly ParentSpot[],
  preferred: readonly ParentSpot[],
  count = 1,
): readonly ParentSpot[] {
  return preferred.length > 0 ? preferred.slice(0, count) : all;
}

/** A second attempt begins at nought; a bar never goes back. */
function onlyForward({ signal, onProgress }: JobControl): JobControl {
  let doneBytes = 0;
  const tell = (progress: JobProgress): void => {
    doneBytes = Math.max(doneBytes, progress.doneBytes);
    onProgress?.({ ...progress, doneBytes });
  };
  return { ...(signal && { signal }), ...(onProgress && { onProgress: tell }) };
}

function noSpot(stored: Sidecar, parent: StoredParent): DeltashelfError {
  const place = parent.path === null ? '' : ` It lay in ${shownPath(parent.path)}.`;
  return new DeltashelfError(
    'parent-missing',
    `${shownPath(stored.name)} needs its base ${shownPath(parent.name)}, which is nowhere to be found.${place} Nothing ` +
      'was written. Connect the disk it is on, or say where it is now.',
    { file: stored.delta.file },
  );
}
