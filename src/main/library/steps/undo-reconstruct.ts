import { dirname, join } from 'node:path';
import { z } from 'zod';

import { DeltashelfError } from '../../../shared/index.ts';
import { inspectDeltaFile } from '../deltas/index.ts';
import {
  hashFile,
  isInside,
  isThere,
  openModel,
  orMissing,
  shownPath,
  syncFolder,
  writeFailure,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { JournalEntry, TakenStep } from '../journal/index.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { heldModels } from './held.ts';
import { comparedFile, comparedFileSchema, unlinkCompared, type ComparedFile } from './identity.ts';
import { journaled } from './journaled.ts';
import { isWhole, originalPath } from './originals.ts';
import { wholePath } from './plan-paths.ts';
import { reconstructPlanSchema } from './reconstruct.ts';
import type { Recovery } from './recovery.ts';
import { storedModel } from './stored-model.ts';
import { prove } from './verify.ts';

const text = z.string().max(4096);
const unwriteSchema = z
  .strictObject({
    id: z.uuid(),
    name: text,
    output: wholePath,
    files: z.array(comparedFileSchema).max(100_000),
    links: z.array(z.strictObject({ path: text, target: text })).max(100_000),
    /** Folders that go where they are empty, each after the one it lies in. */
    folders: z.array(text).max(100_000),
    closes: z.array(z.string().max(40)),
  })
  .refine(
    ({ output, files, links, folders }) =>
      [...files.map(({ path }) => path), ...links.map(({ path }) => path), ...folders].every((path) =>
        isInside(output, path),
      ),
    "names places that are not the model's",
  );
type Plan = z.infer<typeof unwriteSchema>;

/**
 * Removes what a reconstruction wrote: every file must still be what was written, and the stored model is decoded
 * once more before.
 * @throws DeltashelfError `refused` where that is not so; nothing is then removed
 */
export async function undoReconstruct(
  context: StepContext,
  step: TakenStep,
  control: JobControl,
): Promise<void> {
  const { plan: begun } = await context.journal.finished(step.id);
  const { id, output, way, written } = reconstructPlanSchema.parse(begun);
  const stored = storedModel(context, id);
  const files = await compareWritten(context, { ...stored, path: output }, written, control);
  // Where somebody removed it already, nothing is left to be the last copy.
  if (files.length > 0) {
    await refuseLast(context, stored, output, control);
    await prove(context, stored, control);
  }
  const made = way === 'whole' ? await madeBeside(context, stored, output) : { links: [], folders: [] };
  const plan: Plan = { id, name: stored.name, output, files, ...made, closes: [step.id] };
  await journaled(context, 'unwrite', plan, recoverUnwrite, (entry) => finish(context, plan, entry));
}

/** All was compared before it began, so it is finished. */
export const recoverUnwrite: Recovery = async (context, entry) => {
  const plan = unwriteSchema.parse(entry.plan);
  const sentence = await finish(context, plan, entry);
  return { step: 'undo', name: plan.name, outcome: 'finished', sentence };
};

async function finish({ tools: { fs } }: StepContext, plan: Plan, entry: JournalEntry): Promise<string> {
  const { id, name, output, closes } = plan;
  const sentence = `What was written of ${shownPath(name)} to ${shownPath(output)} is removed; the model is stored.`;
  try {
    for (const file of plan.files) await unlinkCompared(fs, file);
    for (const { path, target } of plan.links) {
      const isOurs = (await orMissing(fs.readlink(path)).catch(() => undefined)) === target;
      if (isOurs) await fs.unlink(path);
    }
    // What somebody put there keeps its folder.
    for (const folder of plan.folders.toReversed()) await fs.rmdir(folder).catch(() => undefined);
    await orMissing(syncFolder(fs, dirname(output)));
  } catch (error) {
    throw writeFailure(error, output);
  }
  await entry.end({ kind: 'undo', name, undo: null, sentence, subject: id, closes });
  return sentence;
}

async function compareWritten(
  { tools: { fs } }: StepContext,
  written: Sidecar,
  paths: readonly string[],
  { signal }: JobControl,
): Promise<ComparedFile[]> {
  const wanted = new Set(paths);
  const files: ComparedFile[] = [];
  for (const file of written.files.filter(({ path }) => wanted.has(path))) {
    const place = originalPath(written, file);
    const status = await orMissing(fs.lstat(place)).catch((error: unknown) => {
      throw writeFailure(error, place);
    });
    if (status === undefined) continue;
    const whole = status.kind === 'file' && status.size === file.size;
    const sha256 = whole ? await hashFile(fs, place, { expected: status, ...(signal && { signal }) }) : '';
    if (sha256 !== file.sha256) throw changed(written, place);
    files.push(comparedFile(place, status));
  }
  return files;
}

/** What is removed must not be the last copy: the vault holds all that it needs, or the original is in its own place. */
async function refuseLast(
  context: StepContext,
  stored: Sidecar,
  output: string,
  control: JobControl,
): Promise<void> {
  if (heldModels(context.vault).has(stored.id)) return;
  if (output !== stored.path && (await isWhole(context, stored, control))) return;
  throw new DeltashelfError(
    'refused',
    `${shownPath(output)} may be the last copy of ${stored.name}: the vault does not hold all that its delta needs. ` +
      'Nothing was removed. Verify and reclaim the model instead.',
    { file: output },
  );
}

/** Links and folders of a model that was written whole. */
async function madeBeside(
  context: StepContext,
  stored: Sidecar,
  output: string,
): Promise<Pick<Plan, 'links' | 'folders'>> {
  const { tools, vault } = context;
  if (!(await isThere(tools.fs, output))) return { links: [], folders: [] };
  const { links } = await inspectDeltaFile(tools, { file: vault.deltaPath(stored) });
  const model = await openModel(tools.fs, output);
  await model.close();
  return {
    links: links.map(({ path, target }) => ({ path: join(output, ...path.split('/')), target })),
    folders: [output, ...model.entries.folders.map(({ path }) => join(output, ...path.split('/')))],
  };
}

function changed({ name }: Sidecar, path: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(path)} changed since ${name} was reconstructed. Nothing was removed. Keep it, or delete it yourself.`,
    { file: path },
  );
}
