import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import {
  hashFile,
  isThere,
  removeFile,
  shownPath,
  syncFolder,
  temporaryBeside,
  writeFailure,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Taken } from '../journal/index.ts';
import { sidecarSchema, type Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { temporaryName } from './plan-paths.ts';
import { journaled } from './journaled.ts';
import type { Recovery } from './recovery.ts';
import { prove } from './verify.ts';

const planSchema = z.strictObject({ id: z.uuid(), next: temporaryName });

/**
 * Gives a stored model another delta: made beside the old one, proven, and only then put in its place, with the
 * sidecar that goes with it.
 * @param make writes the new delta to the path it is given and describes it
 */
export async function replaceDelta(
  context: StepContext,
  kind: 'rebase' | 'repair',
  stored: Sidecar,
  make: (next: string) => Promise<Sidecar>,
  control: JobControl,
): Promise<Sidecar> {
  const { vault, clock } = context;
  const next = temporaryBeside(vault.deltaPath(stored));
  const plan = { id: stored.id, next: basename(next) };
  let proven: Sidecar | undefined;
  try {
    return await journaled(context, kind, plan, recoverReplace, async (entry) => {
      const made = await make(next);
      await prove(context, made, control, next);
      control.signal?.throwIfAborted();
      proven = { ...made, verifiedAt: clock().toISOString() };
      await entry.note(proven);
      await putInPlace(context, proven, next);
      await entry.end(takenOf(kind, proven));
      return proven;
    });
  } catch (error) {
    // The switch may have been done at the second attempt.
    const now = vault.stored.get(stored.id);
    if (proven && now?.delta.sha256 === proven.delta.sha256 && now.verifiedAt === proven.verifiedAt)
      return now;
    throw error;
  }
}

/** Finishes the switch where the new delta was proven; else it goes, and the old one is as it was. */
export const recoverReplace: Recovery = async (context, entry) => {
  const { tools, vault } = context;
  const { id, next: name } = planSchema.parse(entry.plan);
  const next = join(vault.path, basename(name));
  const noted = sidecarSchema.safeParse(entry.notes.at(-1));
  const step = entry.kind === 'repair' ? 'repair' : 'rebase';
  const model = vault.stored.get(id)?.name ?? id;
  if (noted.success && (await isProven(context, noted.data, next))) {
    await putInPlace(context, noted.data, next);
    await entry.end(takenOf(step, noted.data));
    return { step, name: model, outcome: 'finished', sentence: takenOf(step, noted.data).sentence };
  }
  await removeFile(tools.fs, next);
  await entry.end();
  const sentence = `The new delta of ${shownPath(model)} was not finished and is removed; the one before is as it was.`;
  return { step, name: model, outcome: 'rolled-back', sentence };
};

/** Whether the new delta is there whole, under its temporary name or its own. */
async function isProven(
  { tools: { fs }, vault }: StepContext,
  proven: Sidecar,
  next: string,
): Promise<boolean> {
  const place = (await isThere(fs, next)) ? next : vault.deltaPath(proven);
  try {
    return (await hashFile(fs, place)) === proven.delta.sha256;
  } catch (error) {
    // One that cannot be read now may be the new one, already in its place.
    if (error instanceof DeltashelfError && error.code === 'not-found') return false;
    throw error;
  }
}

async function putInPlace(
  { tools: { fs }, vault }: StepContext,
  proven: Sidecar,
  next: string,
): Promise<void> {
  const final = vault.deltaPath(proven);
  try {
    if (await isThere(fs, next)) {
      await fs.rename(next, final);
      await syncFolder(fs, dirname(final));
    }
  } catch (error) {
    throw writeFailure(error, final);
  }
  await vault.putStored(proven);
}

function takenOf(kind: 'rebase' | 'repair', { id, name, parents }: Sidecar): Taken {
  const over =
    parents.length === 0
      ? 'without parent'
      : `over ${parents.map((each) => shownPath(each.name)).join(', ')}`;
  const sentence =
    kind === 'rebase'
      ? `${shownPath(name)} is stored ${over} now, and verified.`
      : `The delta of ${shownPath(name)} was made again and verified.`;
  return { kind, name, undo: null, sentence, subject: id, closes: [] };
}
