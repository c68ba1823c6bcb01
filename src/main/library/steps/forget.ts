import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { orMissing, removeFile, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar } from '../vault/index.ts';
import { join } from 'node:path';
import type { StepContext } from './context.ts';
import { deltaName } from './plan-paths.ts';
import { journaled } from './journaled.ts';
import { isWhole, originalPath } from './originals.ts';
import type { Recovery } from './recovery.ts';
import { storedModel } from './stored-model.ts';

const text = z.string().max(4096);
const planSchema = z.strictObject({
  id: z.uuid(),
  name: text,
  file: deltaName,
  closes: z.array(text).max(1000),
});

/**
 * Removes the delta of a model that is whole on disk and that no model without an original is decoded with.
 * @throws DeltashelfError `refused` where that is not so
 */
export async function forget(context: StepContext, id: string, control: JobControl): Promise<void> {
  const stored = storedModel(context, id);
  const { vault, journal } = context;
  const entry = [...vault.quarantine.values()].find((each) => each.stored === id);
  if (entry) throw refused(stored, 'its original is in quarantine', 'Undo the reclaim first.');
  for (const child of needing(context, stored)) {
    if (await seemsWhole(context, child)) continue;
    throw refused(stored, `${shownPath(child.name)} is decoded with it`, 'Reconstruct or rebase that first.');
  }
  if (!(await isWhole(context, stored, control))) {
    throw refused(stored, `its original in ${shownPath(stored.path)} is not whole`, 'Reconstruct it first.');
  }
  const plan = { id, name: stored.name, file: stored.delta.file, closes: await journal.stepsAbout(id) };
  await journaled(context, 'forget', plan, recoverForget, async (step) => {
    await recoverForget(context, { ...step, damaged: false });
  });
}

/** What was begun is finished: the original was whole when it was. */
export const recoverForget: Recovery = async ({ tools, vault }, entry) => {
  const { id, name, file, closes } = planSchema.parse(entry.plan);
  await removeFile(tools.fs, join(vault.path, file));
  await vault.removeStored(id);
  const sentence = `The delta of ${shownPath(name)} is removed from the vault; the original is where it was.`;
  await entry.end({ kind: 'forget', name, undo: null, sentence, subject: id, closes });
  return { step: 'forget', name, outcome: 'finished', sentence };
};

/** Stored models that are decoded with files that nothing else in the vault gives. */
function needing({ vault }: StepContext, stored: Sidecar): Sidecar[] {
  const others = [...vault.stored.values()].filter(({ id }) => id !== stored.id);
  const elsewhere = new Set(
    [...vault.anchors.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  );
  const only = new Set(stored.files.map(({ sha256 }) => sha256).filter((sha256) => !elsewhere.has(sha256)));
  return others.filter(({ parents }) =>
    parents.some(({ files }) => files.some(({ sha256 }) => only.has(sha256))),
  );
}

async function seemsWhole({ tools: { fs } }: StepContext, stored: Sidecar): Promise<boolean> {
  for (const file of stored.files) {
    const status = await orMissing(fs.stat(originalPath(stored, file))).catch(() => undefined);
    if (status?.size !== file.size) return false;
  }
  return true;
}

function refused({ name }: Sidecar, reason: string, advice: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `The delta of ${shownPath(name)} stays in the vault: ${reason}. Nothing was changed. ${advice}`,
    { file: name },
  );
}
