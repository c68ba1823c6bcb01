import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import { applyDeltaFile } from '../deltas/index.ts';
import {
  checkPath,
  isThere,
  isUsable,
  orMissing,
  placeFile,
  readFailure,
  removeTree,
  shownPath,
  targetExists,
  temporaryBeside,
  writeFailure,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { JournalEntry, Taken } from '../journal/index.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { journaled } from './journaled.ts';
import { makeParents } from './make-parents.ts';
import { hasBytes, isWhole, originalPath } from './originals.ts';
import { foldersOf, placeMissing, restoreFolders } from './place-missing.ts';
import { temporaryPath, wholePath } from './plan-paths.ts';
import type { Recovery } from './recovery.ts';
import { removeNotes } from './remove-notes.ts';
import { requireSameModel } from './same-model.ts';
import type { ReconstructRequest } from './steps.ts';
import { storedModel } from './stored-model.ts';
import { withBases } from './with-bases.ts';

const text = z.string().max(4096);
/** What the journal keeps of a reconstruction. */
export const reconstructPlanSchema = z.strictObject({
  id: z.uuid(),
  output: wholePath,
  /** What is made first, under a temporary name. */
  temporary: temporaryPath,
  /** `whole`: a folder that becomes the model; `parts`: a folder from which files go to their places. */
  way: z.enum(['whole', 'parts']),
  /** Whether it is the place where the original lay. */
  original: z.boolean(),
  /** Files that are to be written: what was there before is not among them. */
  written: z.array(text).max(100_000),
});
type Plan = z.infer<typeof reconstructPlanSchema>;

/** Noted when all is decoded and compared: from now on it can be finished without the delta. */
const decodedSchema = z.strictObject({
  folders: z.array(z.strictObject({ path: text, mode: z.int(), mtimeNs: z.string().max(20) })).max(100_000),
});

/**
 * Writes a model back, every byte compared, without overwriting anything. At the original place only what is missing
 * is written: files that stayed there stay, and one that differs is named.
 * @throws DeltashelfError `target-exists`, `disk-full`, `not-writable`, `parent-missing` and the like
 */
export async function reconstruct(
  context: StepContext,
  { id, to }: ReconstructRequest,
  control: JobControl,
): Promise<{ output: string; warnings: Warning[] }> {
  const stored = storedModel(context, id);
  const output = outputOf(stored, to);
  const { way, done } = await lookAt(context, stored, output, to === undefined);
  if (done) return { output, warnings: [] };
  const inside = way === 'parts' && stored.kind === 'folder';
  const plan: Plan = {
    id,
    output,
    temporary: temporaryBeside(inside ? join(output, 'x') : output),
    way,
    original: to === undefined,
    written: await missingFiles(context, stored, output),
  };
  const takeParentsBack = await makeParents(context.tools.fs, dirname(output));
  try {
    const warnings = await journaled(context, 'reconstruct', plan, recoverReconstruct, (entry) =>
      write(context, stored, plan, entry, control),
    );
    return { output, warnings };
  } catch (error) {
    // What was decoded may have found its places at the second attempt.
    if (!control.signal?.aborted && (await isWhole(context, { ...stored, path: output }, {})))
      return { output, warnings: [] };
    await takeParentsBack();
    throw error;
  }
}

/** Finishes what was decoded, removes what was not. What has its place by then keeps it. */
export const recoverReconstruct: Recovery = async (context, entry) => {
  const plan = reconstructPlanSchema.parse(entry.plan);
  const stored = context.vault.stored.get(plan.id);
  const name = stored?.name ?? basename(plan.output);
  if (stored && (await isFinished(context, stored, plan, entry))) {
    await entry.end(takenOf(stored, plan));
    const sentence = `${shownPath(name)} is back in ${shownPath(plan.output)}.`;
    return { step: 'reconstruct', name, outcome: 'finished', sentence };
  }
  await removeTree(context.tools.fs, plan.temporary);
  await entry.end();
  const sentence = `Reconstructing ${shownPath(name)} was interrupted; what was unfinished is removed. Reconstruct it again.`;
  return { step: 'reconstruct', name, outcome: 'rolled-back', sentence };
};

async function write(
  context: StepContext,
  stored: Sidecar,
  plan: Plan,
  entry: JournalEntry,
  control: JobControl,
): Promise<Warning[]> {
  const { tools, vault } = context;
  const file = vault.deltaPath(stored);
  const { output, temporary, way } = plan;
  await requireSameModel(context, stored, file, control);
  const apply = (target: string, named?: string): Promise<{ warnings: Warning[] }> =>
    withBases(context, stored, control, (bases, forward) =>
      applyDeltaFile(
        tools,
        { file, ...bases, output: target, ...(named !== undefined && { temporary: named }) },
        forward,
      ),
    );
  if (way === 'whole') {
    const { warnings } = await apply(output, temporary);
    await entry.end(takenOf(stored, plan));
    return warnings;
  }
  await makeStaging(context, temporary);
  const { warnings } = await apply(stored.kind === 'folder' ? decodedIn(plan) : temporary);
  await entry.note({ folders: stored.kind === 'folder' ? await foldersOf(tools.fs, decodedIn(plan)) : [] });
  warnings.push(...(await finish(context, stored, plan, entry, control)));
  await entry.end(takenOf(stored, plan));
  return warnings;
}

/** Puts decoded files in their places and clears up. May be repeated. */
async function finish(
  context: StepContext,
  stored: Sidecar,
  plan: Plan,
  { notes }: JournalEntry,
  control: JobControl,
): Promise<Warning[]> {
  const { fs } = context.tools;
  const { output, temporary } = plan;
  const { folders } = decodedSchema.parse(notes.at(-1));
  const warnings: Warning[] = [];
  if (stored.kind === 'file') await placeSingle(context, stored, plan);
  else if (await isThere(context.tools.fs, decodedIn(plan))) {
    warnings.push(...(await placeMissing(context, stored, { decoded: decodedIn(plan), output }, control)));
  }
  if (plan.original) await removeNotes(fs, stored);
  await removeTree(fs, temporary);
  warnings.push(...(await restoreFolders(fs, output, folders)));
  return warnings;
}

async function placeSingle(
  context: StepContext,
  stored: Sidecar,
  { temporary, output }: Plan,
): Promise<void> {
  const { fs } = context.tools;
  const [file] = stored.files;
  const from = join(temporary, file?.path ?? '');
  if (!(await isThere(fs, from))) return;
  // Killed between the two names of one file.
  if (file && (await hasBytes(context, output, file, {}))) return;
  try {
    await placeFile(fs, from, output);
  } catch (error) {
    throw writeFailure(error, output);
  }
}

async function isFinished(
  context: StepContext,
  stored: Sidecar,
  plan: Plan,
  entry: JournalEntry,
): Promise<boolean> {
  if (plan.way === 'whole') {
    // The folder gets its name when it is complete, in one step.
    return (
      !(await isThere(context.tools.fs, plan.temporary)) &&
      (await isWhole(context, { ...stored, path: plan.output }, {}))
    );
  }
  if (!decodedSchema.safeParse(entry.notes.at(-1)).success) return false;
  for (const file of stored.files) {
    const decoded = join(
      stored.kind === 'folder' ? decodedIn(plan) : plan.temporary,
      ...file.path.split('/'),
    );
    const place = originalPath({ ...stored, path: plan.output }, file);
    const whole = (await isThere(context.tools.fs, decoded))
      ? await hasBytes(context, decoded, file, {})
      : await isThere(context.tools.fs, place);
    if (!whole) return false;
  }
  try {
    await finish(context, stored, plan, entry, {});
  } catch (error) {
    // Something else has the name by now; it stays.
    if (error instanceof DeltashelfError && error.code === 'target-exists') return false;
    throw error;
  }
  return true;
}

/** What is there decides how the model is written; nothing that is there is replaced. */
async function lookAt(
  context: StepContext,
  stored: Sidecar,
  output: string,
  original: boolean,
): Promise<{ way: Plan['way']; done: boolean }> {
  const { fs } = context.tools;
  try {
    const status = await orMissing(fs.lstat(output));
    const empty = status?.kind === 'folder' && (await fs.readdir(output)).length === 0;
    if (stored.kind === 'file') {
      if (status === undefined) return { way: 'parts', done: false };
      if (original && (await isWhole(context, stored, {}))) return { way: 'parts', done: true };
      throw targetExists(output);
    }
    if (status === undefined || empty) return { way: 'whole', done: false };
    if (!original || status.kind !== 'folder') throw targetExists(output);
    return { way: 'parts', done: await isWhole(context, stored, {}) };
  } catch (error) {
    throw readFailure(error, output);
  }
}

/** Files of a model that are not where they would be written. */
async function missingFiles(context: StepContext, stored: Sidecar, output: string): Promise<string[]> {
  const missing: string[] = [];
  for (const file of stored.files) {
    if (!(await isThere(context.tools.fs, originalPath({ ...stored, path: output }, file))))
      missing.push(file.path);
  }
  return missing;
}

function outputOf(stored: Sidecar, to: string | undefined): string {
  const own = stored.kind === 'file' ? (stored.files[0]?.path ?? '') : basename(stored.path) || stored.name;
  const problem = checkPath(own);
  if (to !== undefined) {
    const named = own.includes('/') || (problem !== undefined && !isUsable(problem)) ? 'model' : own;
    return join(resolve(to), named);
  }
  if (isAbsolute(stored.path)) return stored.path;
  throw new DeltashelfError(
    'usage',
    `Where ${shownPath(stored.name)} lay is not known. Nothing was written. Name a folder to write it into.`,
    { file: stored.delta.file },
  );
}

function decodedIn({ temporary }: Plan): string {
  return join(temporary, 'model');
}

async function makeStaging({ tools: { fs } }: StepContext, folder: string): Promise<void> {
  try {
    await fs.mkdir(folder, 0o700);
  } catch (error) {
    throw writeFailure(error, dirname(folder));
  }
}

function takenOf({ id, name }: Sidecar, { output }: Plan): Taken {
  const sentence = `Reconstructed ${shownPath(name)} in ${shownPath(output)}.`;
  const undo = `Removes what was written to ${shownPath(output)}, if it is unchanged. The delta stays.`;
  return { kind: 'reconstruct', name, undo, sentence, subject: id, closes: [] };
}
