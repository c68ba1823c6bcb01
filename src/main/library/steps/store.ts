import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import { createDeltaFile } from '../deltas/index.ts';
import { isThere, removeFile, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { JournalEntry } from '../journal/index.ts';
import { deltaEnding, type Sidecar } from '../vault/index.ts';
import { refuseCircle, refuseUnfounded } from './circle.ts';
import type { StepContext } from './context.ts';
import { describeStored, type Described } from './describe-stored.ts';
import { journaled } from './journaled.ts';
import { isWhole } from './originals.ts';
import { requestedParents } from './parent-requests.ts';
import { deltaName } from './plan-paths.ts';
import type { Recovery } from './recovery.ts';
import type { StoreRequest } from './steps.ts';

/** Noted where the model was not stored after all, though its delta was complete. */
const abandoned = 'abandoned';

const text = z.string().max(4096);
const planSchema = z.strictObject({
  id: z.uuid(),
  name: text,
  path: text,
  file: deltaName,
  lineage: z.array(z.strictObject({ name: text, weight: z.number().optional(), evidence: text })).max(64),
  weights: z.array(text).nullable(),
  parents: z.array(z.strictObject({ name: text, path: text.nullable(), stored: z.uuid().nullable() })),
});

/**
 * Encodes a model into the vault: delta first, then its sidecar. Where the vault holds the same path with the same
 * content, that is given back, unless it is to be made again.
 */
export async function store(
  context: StepContext,
  request: StoreRequest,
  control: JobControl,
): Promise<{ stored: Sidecar; warnings: Warning[] }> {
  const { tools, vault } = context;
  const known = await alreadyStored(context, request, control);
  if (known) return { stored: known, warnings: [] };
  refuseCircle(context, request, request.parents);
  const { bases, basesOf, known: parents } = await requestedParents(context, request.parents);
  const described: Described = {
    id: crypto.randomUUID(),
    name: request.name,
    path: resolve(request.path),
    file: `${await vault.freeName(request.name)}${deltaEnding}`,
    lineage: request.lineage,
    weights: weightsOf(request),
    parents,
  };
  const output = join(vault.path, described.file);
  return journaled(context, 'store', described, recoverStore, async (entry) => {
    const { path: child, level, leaveOut = [] } = request;
    const create = { child, bases, basesOf, output, level, leaveOut };
    const { warnings } = await createDeltaFile(tools, create, control);
    try {
      const stored = await describeStored(context, described, output, control);
      await refuseUnfounded(context, stored);
      await vault.putStored(stored);
      await finish(entry, stored);
      return { stored, warnings };
    } catch (error) {
      await entry.note(abandoned);
      throw error;
    }
  });
}

/** Completes the sidecar of a delta that is whole; one that was given up goes. */
export const recoverStore: Recovery = async (context, entry) => {
  const { vault } = context;
  const described = planSchema.parse(entry.plan);
  const { name } = described;
  const stored =
    entry.notes.includes(abandoned) && !vault.stored.has(described.id)
      ? undefined
      : await complete(context, described);
  if (stored) {
    await finish(entry, stored);
    const sentence = `${shownPath(name)} had been stored; its sidecar is complete now. Verify it before anything is reclaimed.`;
    return { step: 'compress', name, outcome: 'finished', sentence };
  }
  if (entry.notes.includes(abandoned)) await removeFile(context.tools.fs, join(vault.path, described.file));
  await entry.end();
  const sentence = `Storing ${shownPath(name)} was interrupted; nothing of it is left. The original was only read. Store it again.`;
  return { step: 'compress', name, outcome: 'rolled-back', sentence };
};

/** The sidecar of a delta that was published; undefined where there is none, or none that may stay. */
async function complete(context: StepContext, described: Described): Promise<Sidecar | undefined> {
  const { tools, vault } = context;
  const known = vault.stored.get(described.id);
  const output = join(vault.path, described.file);
  if (known || !(await isThere(tools.fs, output))) return known;
  let stored: Sidecar;
  try {
    stored = await describeStored(context, described, output, {});
  } catch (error) {
    // Not ours: what was published is whole.
    if (error instanceof DeltashelfError && error.code.startsWith('delta-')) return undefined;
    throw error;
  }
  try {
    await refuseUnfounded(context, stored);
  } catch (error) {
    if (!(error instanceof DeltashelfError) || error.code !== 'refused') throw error;
    await removeFile(tools.fs, output);
    return undefined;
  }
  await vault.putStored(stored);
  return stored;
}

async function finish(entry: JournalEntry, { id, name, delta }: Sidecar): Promise<void> {
  await entry.end({
    kind: 'compress',
    name,
    subject: id,
    undo: `Remove the delta ${delta.file} from the vault. The original stays where it is.`,
    sentence: `Stored ${shownPath(name)} as ${delta.file}.`,
    closes: [],
  });
}

/** The stored model of that path, where the files there are still the ones that were stored. */
async function alreadyStored(
  context: StepContext,
  { path, again }: StoreRequest,
  control: JobControl,
): Promise<Sidecar | undefined> {
  if (again) return undefined;
  for (const stored of context.vault.stored.values()) {
    if (stored.path === resolve(path) && (await isWhole(context, stored, control))) return stored;
  }
  return undefined;
}

function weightsOf({ roles }: StoreRequest): string[] | null {
  if (roles.size === 0) return null;
  return [...roles].flatMap(([path, role]) => (role === 'weights' || role === 'optimizer' ? [path] : []));
}
