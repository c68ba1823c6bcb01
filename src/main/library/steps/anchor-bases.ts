import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { createDeltaFile, inspectDeltaFile, verifyDeltaFile } from '../deltas/index.ts';
import {
  hashFile,
  orMissing,
  readFailure,
  removeFile,
  removeTree,
  shownPath,
  syncFolder,
  writeFailure,
  type FileStatus,
  type FileSystem,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { deltaEnding, vaultLayout, type Anchor, type Sidecar, type StoredParent } from '../vault/index.ts';
import { checkAnchor } from './check-anchor.ts';
import type { StepContext } from './context.ts';
import { holdFile } from './hold-file.ts';
import { journaled } from './journaled.ts';
import { findOnDisk } from './parent-places.ts';
import { plainName } from './plan-paths.ts';
import type { Recovery } from './recovery.ts';
import { isStored, rootsOf } from './roots.ts';
import { verifyStored } from './verify.ts';

/** An anchor that was compared so lately is not read again, as where a family is reclaimed model by model. */
const freshMs = 10 * 60 * 1000;

const planSchema = z.strictObject({ id: z.uuid(), name: plainName });
type Plan = z.infer<typeof planSchema>;

/**
 * Makes sure that all a stored model is decoded with is held by the vault: deltas on the way are verified, files of
 * bases are cloned or linked into it, or stored there. Before the first original of a family may go.
 * @throws DeltashelfError `refused` where a base cannot be held, with the reason; or what verifying throws
 */
export async function anchorBases(context: StepContext, stored: Sidecar, control: JobControl): Promise<void> {
  const { files, through } = rootsOf(context.vault, stored);
  for (const each of through) {
    if (each.verifiedAt === null) await verifyStored(context, each.id, control);
  }
  const held = await heldHashes(context, new Set(files.map(({ file }) => file.sha256)), control);
  const missing = Map.groupBy(
    files.filter(({ file }) => !held.has(file.sha256)),
    ({ parent }) => parent,
  );
  for (const [parent, of] of missing) {
    // With all that is needed of it, side files that other anchors have included: those may be let go one day.
    const whole = (await findOnDisk(context, stored, parent)) !== undefined;
    const files = whole ? parent.files : of.map(({ file }) => file);
    await anchor(context, stored, { ...parent, files }, control);
  }
}

/** Takes back an anchor that was not finished. Its names go; the base itself is only read. */
export const recoverAnchor: Recovery = async ({ tools: { fs }, vault }, entry) => {
  const { id, name } = planSchema.parse(entry.plan);
  const done = vault.anchors.has(id);
  if (!done) {
    const place = join(vault.path, vaultLayout.bases, name);
    await removeTree(fs, place);
    await removeFile(fs, `${place}${deltaEnding}`);
  }
  await entry.end();
  const sentence = done
    ? `The base ${shownPath(name)} is held by the vault.`
    : `Holding the base ${shownPath(name)} in the vault was interrupted and taken back. The base was only read.`;
  return { step: 'reclaim', name, outcome: done ? 'finished' : 'rolled-back', sentence };
};

/** Of the hashes given, those that anchors hold, compared just now or lately. */
async function heldHashes(
  context: StepContext,
  needed: ReadonlySet<string>,
  control: JobControl,
): Promise<Set<string>> {
  const held = new Set<string>();
  for (const each of context.vault.anchors.values()) {
    if (!each.files.some(({ sha256 }) => needed.has(sha256))) continue;
    // A person wants more than a link now: the base is held once more.
    if (each.how === 'link' && context.settings.anchors === 'copy') continue;
    const age = context.clock().getTime() - Date.parse(each.checkedAt);
    const fresh = age >= 0 && age < freshMs;
    if (!fresh && (await checkAnchor(context, each, control)) !== null) continue;
    for (const { sha256 } of each.files) held.add(sha256);
  }
  return held;
}

async function anchor(
  context: StepContext,
  child: Sidecar,
  parent: StoredParent,
  control: JobControl,
): Promise<void> {
  const { vault } = context;
  const from = await findOnDisk(context, child, parent);
  if (from === undefined) {
    // Whether what is stored is enough, the last look before anything moves tells.
    if (parent.files.every(({ sha256 }) => isStored(vault, sha256))) return;
    throw gone(child, parent);
  }
  const plan: Plan = {
    id: crypto.randomUUID(),
    name: await vault.freeName(parent.name === '' ? basename(from) : parent.name, vaultLayout.bases),
  };
  await journaled(context, 'anchor', plan, recoverAnchor, async (entry) => {
    const made =
      (await holdFiles(context, plan, parent, from, control)) ??
      (await storeBase(context, plan, child, from, control));
    const missing = parent.files.find((file) => !made.files.some(({ sha256 }) => sha256 === file.sha256));
    if (missing) throw changed(child, parent, missing.path);
    await vault.putAnchor(made, plan.name);
    await entry.end();
  });
}

/** Clones or links the files of a base; undefined where the volume can do neither. */
async function holdFiles(
  context: StepContext,
  { id, name }: Plan,
  parent: StoredParent,
  from: string,
  { signal }: JobControl,
): Promise<Anchor | undefined> {
  const { fs } = context.tools;
  const folder = join(context.vault.path, vaultLayout.bases, name);
  const single = (await statusOf(fs, from)).kind === 'file';
  const ways = new Set<'clone' | 'link'>();
  const files: Anchor['files'] = [];
  for (const file of parent.files) {
    signal?.throwIfAborted();
    const to = join(folder, ...file.path.split('/'));
    await makeFolders(fs, folder, dirname(to));
    const place = single ? from : join(from, ...file.path.split('/'));
    const way = await holdFile(fs, place, to, context.settings.anchors !== 'copy');
    if (way === undefined) {
      await removeTree(fs, folder);
      return undefined;
    }
    ways.add(way);
    const sha256 = await hashFile(fs, to, signal ? { signal } : {});
    files.push({ path: file.path, size: (await statusOf(fs, to)).size, sha256, weights: true });
  }
  const how = ways.has('link') ? 'link' : 'clone';
  return { ...describe(context, id, parent, from), kind: single ? 'file' : 'folder', how, files };
}

async function statusOf(fs: FileSystem, path: string): Promise<FileStatus> {
  try {
    return await fs.stat(path);
  } catch (error) {
    throw readFailure(error, path);
  }
}

/** Stores a base as a delta without parent, and proves it. */
async function storeBase(
  context: StepContext,
  { id, name }: Plan,
  child: Sidecar,
  from: string,
  control: JobControl,
): Promise<Anchor> {
  const { tools, vault, settings } = context;
  if (!settings.copyBases && settings.anchors !== 'copy') throw notHeld(child, from);
  const output = join(vault.path, vaultLayout.bases, `${name}${deltaEnding}`);
  await createDeltaFile(tools, { child: from, bases: [], output }, control);
  await verifyDeltaFile(tools, { file: output, bases: [] }, control);
  const { kind, files } = await inspectDeltaFile(tools, { file: output }, control.signal);
  return {
    ...describe(context, id, { name: basename(from) }, from),
    kind,
    how: 'stored',
    files: files.map(({ path, bytes, sha256, format }) => ({
      path,
      size: bytes,
      sha256,
      weights: format !== 'opaque',
    })),
  };
}

function describe({ clock }: StepContext, id: string, { name }: { name: string }, path: string) {
  const now = clock().toISOString();
  return { format: 1 as const, id, name, path, createdAt: now, checkedAt: now };
}

/** Makes a folder inside `root`, with all between. */
async function makeFolders(fs: FileSystem, root: string, folder: string): Promise<void> {
  if (folder !== root) await makeFolders(fs, root, dirname(folder));
  try {
    if ((await orMissing(fs.stat(folder))) === undefined) await fs.mkdir(folder);
    await syncFolder(fs, dirname(folder));
  } catch (error) {
    throw writeFailure(error, folder);
  }
}

function gone(child: Sidecar, parent: StoredParent): DeltashelfError {
  const place = parent.path === null ? '' : ` It lay in ${shownPath(parent.path)}.`;
  return refused(
    `${shownPath(child.name)} is decoded with its base ${shownPath(parent.name)}, which is not there to be held.${place} ` +
      'Nothing was moved. Connect its disk, or say where it is now, then try again.',
    child,
  );
}

function changed(child: Sidecar, parent: StoredParent, path: string): DeltashelfError {
  return refused(
    `${shownPath(path)} of ${shownPath(parent.name)}, the base of ${shownPath(child.name)}, is not what it was when the ` +
      'delta was made. Nothing was moved. Restore the base, or rebase the model on what is there.',
    child,
  );
}

function notHeld(child: Sidecar, from: string): DeltashelfError {
  return refused(
    `The base ${shownPath(from)} of ${shownPath(child.name)} can be neither cloned nor linked into the vault, which is on ` +
      'another disk or one without links, and storing bases there is switched off. Nothing was moved. Switch it on, or ' +
      'move the vault to the disk of the base.',
    child,
  );
}

function refused(sentence: string, { path }: Sidecar): DeltashelfError {
  return new DeltashelfError('refused', sentence, { file: path });
}
