import { z } from 'zod';

import { DeltashelfError, formatBytes } from '../../../shared/index.ts';
import { availableBytes, hashFile, orMissing, shownPath, writeFailure } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { JournalEntry } from '../journal/index.ts';
import {
  isContained,
  quarantineEntrySchema,
  refuseLinkedFolders,
  removeEntryFolder,
  usualAgeDays,
  type QuarantineEntry,
} from '../quarantine/index.ts';
import type { StepContext } from './context.ts';
import { heldModels } from './held.ts';
import { comparedFile, comparedFileSchema, unlinkCompared } from './identity.ts';
import { journaled } from './journaled.ts';
import type { Recovery } from './recovery.ts';
import { refuseWhileNeeded } from './remove.ts';
import type { PurgeOutcome } from './steps.ts';
import { prove } from './verify.ts';

const day = 24 * 60 * 60 * 1000;

const purgeSchema = z
  .strictObject({
    entry: quarantineEntrySchema,
    /** The files that were compared, as they then were: these go, and no others. */
    files: z.array(comparedFileSchema).max(100_000),
    bytes: z.int().min(0),
    /** Steps that can no longer be taken back afterwards. */
    closes: z.array(z.string().max(40)),
  })
  .refine(({ entry, files }) => {
    const places = new Set(entry.files.map(({ to }) => to));
    return isContained(entry) && files.every(({ path }) => places.has(path));
  }, 'names places that are none of a quarantine');
type PurgePlan = z.infer<typeof purgeSchema>;

/**
 * Deletes quarantined originals for good, one entry after the other. Of each, the delta is decoded once more with its
 * parents as they are, and every file compared with it; an entry for which anything is wrong stays as it is.
 * @throws DeltashelfError `cancelled`; entries before that are purged, the others untouched
 */
export async function purge(
  context: StepContext,
  ids: readonly string[],
  options: { readonly now: boolean },
  control: JobControl,
): Promise<PurgeOutcome[]> {
  const outcomes: PurgeOutcome[] = [];
  for (const id of new Set(ids)) {
    control.signal?.throwIfAborted();
    outcomes.push(await purgeOrSay(context, id, options, control));
  }
  return outcomes;
}

async function purgeOrSay(
  context: StepContext,
  id: string,
  options: { readonly now: boolean },
  control: JobControl,
): Promise<PurgeOutcome> {
  const { vault } = context;
  const entry = vault.quarantine.get(id);
  const named = { entry: id, name: entry?.name ?? id };
  try {
    if (entry === undefined) throw noEntry(id);
    if (!options.now) await refuseYoung(context, entry);
    const plan = await compareAll(context, entry, control);
    control.signal?.throwIfAborted();
    const before = await availableBytes(context.tools.fs, entry.folder);
    await journaled(context, 'purge', plan, recoverPurge, (step) => finish(context, plan, step)).catch(
      (error: unknown) => {
        // What was to be done was done at the second attempt.
        if (vault.quarantine.has(id)) throw error;
      },
    );
    const sentence = vault.quarantine.has(id) ? stays(entry) : null;
    const gained = (await availableBytes(context.tools.fs, entry.folder)) - before;
    return { ...named, bytes: plan.bytes, purged: sentence === null, gained, sentence };
  } catch (error) {
    control.signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    return { ...named, bytes: 0, purged: false, gained: null, sentence: error.message };
  }
}

async function refuseYoung(context: StepContext, entry: QuarantineEntry): Promise<void> {
  const wanted = context.settings.minimumAgeDays ?? usualAgeDays;
  const days = Math.ceil(wanted - ageOf(entry, await context.trusted.now()));
  if (days <= 0) return;
  throw new DeltashelfError(
    'refused',
    `The originals of ${entry.name} can be purged in ${days} ${days === 1 ? 'day' : 'days'}, after ${wanted} days in ` +
      'quarantine. They are whole, and moving them there can be undone until then. To purge them at once, ask for it with "now".',
  );
}

/** Ids of the entries that are old enough to be purged. */
export async function ripeEntries({ vault, trusted, settings }: StepContext): Promise<ReadonlySet<string>> {
  const now = await trusted.now();
  const wanted = settings.minimumAgeDays ?? usualAgeDays;
  const ripe = [...vault.quarantine.values()].filter((entry) => ageOf(entry, now) >= wanted);
  return new Set(ripe.map(({ id }) => id));
}

/** Days in quarantine on the trusted clock. */
function ageOf({ trustedAt }: QuarantineEntry, now: Date): number {
  return (now.getTime() - Date.parse(trustedAt)) / day;
}

/** Proves that the entry may go, as it is at this moment; writes nothing. */
async function compareAll(
  context: StepContext,
  entry: QuarantineEntry,
  control: JobControl,
): Promise<PurgePlan> {
  const { fs } = context.tools;
  await refuseLinkedFolders(fs, entry);
  if (entry.why === 'reclaimed') await proveStored(context, entry, control);
  else
    await refuseWhileNeeded(
      context,
      entry.name,
      entry.files.map(({ to, sha256 }) => ({ path: to, sha256 })),
    );
  const files: PurgePlan['files'] = [];
  for (const file of entry.files) {
    const status = await orMissing(fs.lstat(file.to)).catch((error: unknown) => {
      throw writeFailure(error, file.to);
    });
    // Somebody else removed it.
    if (status === undefined) continue;
    const { signal } = control;
    const sha256 = await hashFile(fs, file.to, { expected: status, ...(signal && { signal }) });
    if (sha256 !== file.sha256) throw changedInQuarantine(entry, file.to);
    files.push(comparedFile(file.to, status));
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { entry, files, bytes, closes: await context.journal.stepsAbout(entry.id) };
}

/** Decodes the model once more; what comes out must be what is in quarantine, and need nothing that may go. */
async function proveStored(context: StepContext, entry: QuarantineEntry, control: JobControl): Promise<void> {
  const stored = context.vault.stored.get(entry.stored ?? '');
  if (stored === undefined) throw notProven(entry, 'its delta is not in the vault any more');
  const hashes = new Set(stored.files.map(({ sha256 }) => sha256));
  if (entry.files.some(({ sha256 }) => !hashes.has(sha256)))
    throw notProven(entry, 'its delta holds other files');
  if (!heldModels(context.vault).has(stored.id))
    throw notProven(entry, 'a base it needs is not held by the vault');
  await prove(context, stored, control);
}

async function finish(context: StepContext, plan: PurgePlan, step: JournalEntry): Promise<void> {
  const { fs } = context.tools;
  const { vault } = context;
  const { entry, bytes, closes } = plan;
  try {
    await refuseLinkedFolders(fs, entry);
    for (const file of plan.files) await unlinkCompared(fs, file);
    const left = [];
    for (const file of entry.files) if ((await orMissing(fs.lstat(file.to))) !== undefined) left.push(file);
    if (left.length > 0) {
      // Something else lies there now: it was never compared, so it stays.
      await vault.putQuarantine({
        ...entry,
        files: left,
        bytes: left.reduce((sum, { size }) => sum + size, 0),
      });
    } else {
      await removeEntryFolder(fs, entry);
      await vault.removeQuarantine(entry.id);
    }
  } catch (error) {
    throw writeFailure(error, entry.folder);
  }
  await step.end({
    kind: 'purge',
    name: entry.name,
    undo: null,
    sentence: `Deleted ${plan.files.length === 1 ? 'the original' : `${plan.files.length} originals`} of ${entry.name} (${formatBytes(bytes)}) for good.`,
    subject: entry.id,
    closes,
  });
}

/** All was compared before it began, so it is finished. */
export const recoverPurge: Recovery = async (context, step) => {
  const plan = purgeSchema.parse(step.plan);
  await finish(context, plan, step);
  const { name } = plan.entry;
  return {
    step: 'purge',
    name,
    outcome: 'finished',
    sentence: `Purging the originals of ${name} was interrupted after they had been compared; it is finished now.`,
  };
};

function noEntry(id: string): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    `There is nothing in quarantine under ${shownPath(id)}. Nothing was deleted.`,
  );
}

function stays({ name, folder }: QuarantineEntry): string {
  return `Some files in the quarantine of ${name} are not those that were compared. They stay in ${shownPath(folder)}.`;
}

function changedInQuarantine({ name }: QuarantineEntry, path: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(path)} in quarantine is not what ${name} was when it was moved there. Nothing was deleted. Undo, and ` +
      'compress the model again to keep the change.',
    { file: path },
  );
}

function notProven({ name }: QuarantineEntry, why: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${name} could not be proven to come back: ${why}. Nothing was deleted. Undo to have its originals back.`,
  );
}
