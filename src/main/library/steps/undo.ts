import { z } from 'zod';

import { DeltashelfError } from '../../../shared/index.ts';
import { errnoOf, orMissing, readFailure, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { JournalEntry, TakenStep } from '../journal/index.ts';
import { isContained, quarantineEntrySchema, type QuarantineEntry } from '../quarantine/index.ts';
import type { StepContext } from './context.ts';
import { forget } from './forget.ts';
import { journaled } from './journaled.ts';
import type { Recovery } from './recovery.ts';
import { giveBack, takenSentence } from './set-aside.ts';
import { undoReconstruct } from './undo-reconstruct.ts';

const undoSchema = z
  .strictObject({
    entry: quarantineEntrySchema,
    /** The steps that are taken back. */
    closes: z.array(z.string().max(40)),
  })
  .refine(({ entry }) => isContained(entry), 'names places that are none of a quarantine');

/**
 * Takes back a step, from the journal alone.
 * @param id default: the last step that can be taken back
 * @returns the step that was taken back
 * @throws DeltashelfError `not-found` where there is none; `refused` where it cannot be taken back any more. Nothing
 * is then changed.
 */
export async function undo(
  context: StepContext,
  id: string | undefined,
  control: JobControl,
): Promise<TakenStep> {
  const { journal } = context;
  const step =
    id === undefined
      ? await journal.lastUndoable()
      : (await journal.activity()).find((each) => each.id === id);
  if (step === undefined) throw nothingToUndo(id);
  if (step.undo === null) throw final(step);
  await takeBackStep(context, step, control);
  return step;
}

async function takeBackStep(context: StepContext, step: TakenStep, control: JobControl): Promise<void> {
  const { taken } = await context.journal.finished(step.id);
  switch (taken.kind) {
    case 'reclaim':
    case 'delete':
      await undoMove(context, step, context.vault.quarantine.get(taken.subject ?? ''));
      break;
    case 'compress':
      await forget(context, taken.subject ?? '', control);
      break;
    case 'reconstruct':
      await undoReconstruct(context, step, control);
      break;
    default:
      throw final(step);
  }
}

async function undoMove(
  context: StepContext,
  step: TakenStep,
  entry: QuarantineEntry | undefined,
): Promise<void> {
  if (entry === undefined) throw final(step);
  await refuseTaken(context, entry);
  const plan = { entry, closes: await context.journal.stepsAbout(entry.id) };
  await journaled(context, 'undo', plan, recoverUndo, (begun) => finish(context, plan, begun)).catch(
    (error: unknown) => {
      // What was to be done was done at the second attempt.
      if (context.vault.quarantine.has(entry.id)) throw error;
    },
  );
  const left = context.vault.quarantine.get(entry.id)?.files ?? [];
  if (left.length > 0) throw new DeltashelfError('refused', takenSentence(entry.name, left));
}

/** Looks beforehand, so that files move all or not at all. */
async function refuseTaken({ tools: { fs } }: StepContext, entry: QuarantineEntry): Promise<void> {
  const left = [];
  try {
    for (const file of entry.files) {
      if ((await orMissing(fs.lstat(file.to))) === undefined) throw lost(entry, file.to);
      if (await exists(fs, file.from)) left.push(file);
    }
  } catch (error) {
    throw readFailure(error, entry.folder);
  }
  if (left.length > 0) throw new DeltashelfError('refused', takenSentence(entry.name, left));
}

async function exists(fs: StepContext['tools']['fs'], path: string): Promise<boolean> {
  try {
    return (await orMissing(fs.lstat(path))) !== undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return true;
    throw error;
  }
}

/** What was begun is finished: every file that can have its name back gets it. */
export const recoverUndo: Recovery = async (context, step) => {
  const plan = undoSchema.parse(step.plan);
  const sentence = await finish(context, plan, step);
  return { step: 'undo', name: plan.entry.name, outcome: 'finished', sentence };
};

/** @returns what became of it, for a person */
async function finish(
  context: StepContext,
  { entry, closes }: z.infer<typeof undoSchema>,
  step: JournalEntry,
): Promise<string> {
  const { id, name, files } = entry;
  const left = await giveBack(context, entry);
  const whole = left.length === 0;
  const sentence = whole
    ? `${files.length} files of ${name} are back where they were.`
    : takenSentence(name, left);
  await step.end({ kind: 'undo', name, undo: null, sentence, subject: id, closes: whole ? closes : [] });
  return sentence;
}

function nothingToUndo(id: string | undefined): DeltashelfError {
  const what =
    id === undefined ? 'There is no step that can be taken back' : `There is no step ${shownPath(id)}`;
  return new DeltashelfError(
    'not-found',
    `${what}. Nothing was changed. Look at the activity for what was done.`,
  );
}

function final({ id, kind, name }: TakenStep): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `Step ${id} (${kind} ${name}) cannot be taken back any more. Nothing was changed. A stored model can be reconstructed.`,
  );
}

function lost({ name }: QuarantineEntry, path: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(path)} is not in quarantine any more: another program removed it. Nothing was changed. Reconstruct ${name}, ` +
      'if it is stored.',
    { file: path },
  );
}
