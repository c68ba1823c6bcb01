import { dirname } from 'node:path';

import { DeltashelfError, formatBytes } from '../../../shared/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { QuarantineEntry } from '../quarantine/index.ts';
import type { Sidecar } from '../vault/index.ts';
import { anchorBases } from './anchor-bases.ts';
import type { StepContext } from './context.ts';
import { newEntry } from './new-entry.ts';
import { heldModels, unheldParents } from './held.ts';
import { lookAtReclaim } from './plan-reclaim.ts';
import { findPlace } from './find-place.ts';
import { setAside } from './set-aside.ts';
import type { ReclaimRequest } from './steps.ts';

/**
 * Moves the originals of stored models into quarantine, one model after the other. Each is looked at once more, its
 * bases are anchored, and only then do its verified files move.
 * @throws DeltashelfError for the first model that cannot be moved; those before it are in quarantine, it is untouched
 */
export async function reclaim(
  context: StepContext,
  request: ReclaimRequest,
  control: JobControl,
): Promise<QuarantineEntry[]> {
  const entries: QuarantineEntry[] = [];
  for (const id of new Set(request.ids)) {
    control.signal?.throwIfAborted();
    entries.push(await reclaimOne(context, id, request, control));
  }
  return entries;
}

async function reclaimOne(
  context: StepContext,
  id: string,
  request: ReclaimRequest,
  control: JobControl,
): Promise<QuarantineEntry> {
  const { stored, seen, places } = await lookAtReclaim(context, id, request);
  await anchorBases(context, stored, control);
  refuseUnheld(context, stored);
  const place = await findPlace(context, places, dirname(seen.files[0]?.path ?? stored.path));
  const entry = await newEntry(context, {
    ...stored,
    why: 'reclaimed',
    stored: stored.id,
    files: seen.files,
    place,
  });
  const taken = {
    kind: 'reclaim' as const,
    name: stored.name,
    undo: `Moves the originals of ${stored.name} back to where they were.`,
    sentence: `Moved ${entry.files.length === 1 ? 'the original' : `${entry.files.length} originals`} of ${stored.name} (${formatBytes(entry.bytes)}) to quarantine.`,
    subject: entry.id,
    closes: [],
  };
  await setAside(context, 'reclaim', { entry, taken }, control);
  return entry;
}

/** The last look before anything moves: what the vault holds must be enough without any original. */
function refuseUnheld({ vault }: StepContext, stored: Sidecar): void {
  const held = heldModels(vault);
  if (held.has(stored.id)) return;
  const names = unheldParents(vault, held, stored).map(({ name }) => name);
  throw new DeltashelfError(
    'refused',
    `${stored.name} is decoded with ${names.join(', ')}, which the vault does not hold, or holds only with ` +
      `${stored.name} itself. Nothing of it moves. Rebase one of them, then try again.`,
    { file: stored.path },
  );
}
