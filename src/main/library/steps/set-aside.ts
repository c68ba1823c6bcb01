import { dirname } from 'node:path';
import { z } from 'zod';

import { DeltashelfError } from '../../../shared/index.ts';
import {
  errnoOf,
  hashFile,
  isThere,
  orMissing,
  removeTree,
  shownPath,
  temporaryBeside,
  writeFailure,
  type FileSystem,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Taken } from '../journal/index.ts';
import {
  isContained,
  isTemporaryNote,
  makeEntryFolder,
  moveAside,
  moveBack,
  quarantineEntrySchema,
  refuseLinkedFolders,
  removeEntryFolder,
  removeNote,
  writeNote,
  type QuarantineEntry,
  type QuarantinedFile,
} from '../quarantine/index.ts';
import type { StepContext } from './context.ts';
import { journaled } from './journaled.ts';
import type { Recovery } from './recovery.ts';

/** What is said of a plan that no step wrote. */
const outside = 'names places that are none of a quarantine';

/** What the journal keeps of a step that moves files into quarantine. */
export const setAsideSchema = z
  .strictObject({
    entry: quarantineEntrySchema,
    /** Name of the note until it is complete; null where none is left. */
    temporary: z.string().max(4096).nullable(),
  })
  .refine(
    ({ entry, temporary }) =>
      isContained(entry) && (temporary === null || isTemporaryNote(temporary, entry.note)),
    outside,
  );

/**
 * Moves the files of an entry into quarantine, hashes each of them there, and leaves a note. All of them or none: on
 * any failure or difference every file gets its name back.
 * @param kind of the step, for the journal
 * @throws DeltashelfError `changed-while-reading` where a file is not the one that was verified
 */
export async function setAside(
  context: StepContext,
  kind: 'reclaim' | 'delete',
  { entry, taken }: { readonly entry: QuarantineEntry; readonly taken: Taken },
  control: JobControl,
): Promise<void> {
  const { fs } = context.tools;
  const temporary = entry.note === null ? null : temporaryBeside(entry.note);
  await journaled(context, kind, { entry, temporary }, rollBack, async (step) => {
    try {
      await makeEntryFolder(fs, entry);
      await context.vault.putQuarantine(entry);
      for (const file of entry.files) {
        control.signal?.throwIfAborted();
        await moveAside(fs, file);
      }
      for (const file of entry.files) await compare(context, file, control);
      if (temporary !== null) await writeNote(fs, entry, { vault: context.vault.path, temporary });
    } catch (error) {
      throw failure(error, entry);
    }
    await step.end(taken);
  });
}

/** A file may have been written to through a handle that was open before it was moved. */
async function compare(context: StepContext, file: QuarantinedFile, { signal }: JobControl): Promise<void> {
  const sha256 = await hashFile(context.tools.fs, file.to, signal ? { signal } : {});
  if (sha256 === file.sha256) return;
  throw new DeltashelfError(
    'changed-while-reading',
    `${shownPath(file.from)} is not what was verified: its bytes changed since. It and the other files of the model ` +
      'have their places back. Compress the model again to include the change.',
    { file: file.from },
  );
}

/** Gives every file its name back. What finds its name taken stays in quarantine, and its entry with it. */
export const rollBack: Recovery = async (context, step) => {
  const { entry, temporary } = setAsideSchema.parse(step.plan);
  if (temporary !== null) await removeTree(context.tools.fs, temporary);
  const left = await giveBack(context, entry);
  if (left.length === 0) {
    await step.end();
    const sentence = `Moving ${entry.name} into quarantine was interrupted; every file has its place back.`;
    return { step: step.kind, name: entry.name, outcome: 'rolled-back', sentence };
  }
  const sentence = takenSentence(entry.name, left);
  await step.end({
    kind: entry.why === 'deleted' ? 'delete' : 'reclaim',
    name: entry.name,
    undo: `Moves ${left.length} files of ${entry.name} back.`,
    sentence,
    subject: entry.id,
    closes: [],
  });
  return { step: step.kind, name: entry.name, outcome: 'finished', sentence };
};

/**
 * Moves all files of an entry back to where they were and forgets the entry. May be repeated after an interruption.
 * @returns the files whose names were taken: they are in quarantine still, and so is the entry with only them
 */
export async function giveBack(context: StepContext, entry: QuarantineEntry): Promise<QuarantinedFile[]> {
  const { fs } = context.tools;
  const { vault } = context;
  await refuseLinkedFolders(fs, entry);
  const left: QuarantinedFile[] = [];
  try {
    await removeNote(fs, entry);
  } catch (error) {
    throw writeFailure(error, entry.note ?? entry.path);
  }
  for (const file of entry.files.toReversed()) {
    try {
      const moved = await moveBack(fs, file);
      if (moved === 'taken') left.unshift(file);
      if (moved === 'gone') await refuseAway(fs, entry, file);
    } catch (error) {
      throw writeFailure(error, file.from);
    }
  }
  if (left.length > 0) {
    const bytes = left.reduce((sum, { size }) => sum + size, 0);
    await vault.putQuarantine({ ...entry, files: left, bytes });
    return left;
  }
  try {
    await removeEntryFolder(fs, entry);
  } catch (error) {
    throw writeFailure(error, entry.folder);
  }
  await vault.removeQuarantine(entry.id);
  return [];
}

/**
 * A file that is in neither place was taken away by somebody, or its disk is not connected; of that, nothing is given up.
 * @throws DeltashelfError `not-found`
 */
async function refuseAway(
  fs: FileSystem,
  { name }: QuarantineEntry,
  { from, dev }: QuarantinedFile,
): Promise<void> {
  if (await isThere(fs, from)) return;
  const above = await orMissing(fs.stat(dirname(from)));
  if (above?.dev.toString() === dev) return;
  throw new DeltashelfError(
    'not-found',
    `${shownPath(from)} of ${name} is neither in its place nor in quarantine: the disk of both is not connected. Nothing ` +
      'is given up; connect it and try again.',
    { file: from },
  );
}

/** What a person is told of files that could not get their names back. */
export function takenSentence(name: string, left: readonly QuarantinedFile[]): string {
  const [first] = left;
  return (
    `Something else has the name ${shownPath(first?.from ?? '')} now, so ${left.length} of the files of ${name} stay in ` +
    'quarantine, whole. Rename what is there, then undo again.'
  );
}

function failure(error: unknown, entry: QuarantineEntry): unknown {
  if (error instanceof DeltashelfError || errnoOf(error) === undefined) return error;
  if (errnoOf(error) !== 'EXDEV') return writeFailure(error, entry.path);
  return new DeltashelfError(
    'refused',
    `The files of ${entry.name} lie on another disk than the place where they were to wait, and originals are never ` +
      'copied and deleted. All of them are where they were.',
    { file: entry.path },
    error,
  );
}
