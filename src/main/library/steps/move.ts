import { basename, dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { checkSpace } from '../deltas/check-space.ts';
import {
  copyFile,
  hashFile,
  isInside,
  isTemporaryName,
  isThere,
  makeFolder,
  orMissing,
  readFailure,
  removeFile,
  shownPath,
  syncFolder,
  takeBack,
  targetExists,
  writeFailure,
  type FileSystem,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { stagedControl } from '../staged-control.ts';
import {
  deltaEnding,
  readMarker,
  sidecarEnding,
  vaultLayout,
  writeMarker,
  type VaultMarker,
} from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { holdFile } from './hold-file.ts';
import { journaled } from './journaled.ts';
import { makeParents } from './make-parents.ts';
import type { Recovery } from './recovery.ts';

const planSchema = z.strictObject({ from: z.string().max(4096), to: z.string().max(4096) });
type Plan = z.infer<typeof planSchema>;

/** What is made anew at the other place, or stays as a note of where the vault went. */
const never: ReadonlySet<string> = new Set([
  vaultLayout.marker,
  vaultLayout.lock,
  `${vaultLayout.lock}-journal`,
]);

/** Thrown by recovery when the vault that was opened is elsewhere by now: it is to be opened there. */
export class VaultMoved extends Error {
  override readonly name = 'VaultMoved';
  readonly to: string;

  constructor(to: string) {
    super('The vault was moved.');
    this.to = to;
  }
}

/**
 * Copies the vault to an empty or new folder, compares the copy, and makes that the vault. The old folder keeps only a
 * note of where it went. After that the vault is to be opened anew, which ends the step.
 * @returns its new folder
 * @throws DeltashelfError `target-exists`, `disk-full`, `usage` where one folder lies in the other
 */
export async function move(context: StepContext, target: string, control: JobControl): Promise<string> {
  const { vault, tools } = context;
  const plan: Plan = { from: vault.path, to: resolve(target) };
  await refuseTarget(tools.fs, plan);
  try {
    await journaled(context, 'move-vault', plan, recoverMove, async () => {
      await copyAll(tools.fs, plan, control);
      await flushFolders(tools.fs, plan.to);
      control.signal?.throwIfAborted();
      await writeMarker(tools.fs, plan.to, { format: 1, id: vault.id });
      await leave(tools.fs, plan, vault.id);
    });
  } catch (error) {
    // Once the other place is a vault it stays one: what is left here goes when it is opened.
    if ((await markerOf(tools.fs, plan.to))?.id !== vault.id) throw error;
  }
  return plan.to;
}

/** The place that has the whole vault keeps it; what is of it in the other one goes. */
export const recoverMove: Recovery = async ({ vault, tools }, entry) => {
  const plan = planSchema.parse(entry.plan);
  const name = plan.to;
  if (vault.path === plan.to) {
    await leave(tools.fs, plan, vault.id);
    const sentence = `The vault is in ${shownPath(plan.to)} now.`;
    await entry.end({ kind: 'move-vault', name, undo: null, sentence, subject: vault.id, closes: [] });
    return { step: 'move-vault', name, outcome: 'finished', sentence };
  }
  if ((await markerOf(tools.fs, plan.to))?.id === vault.id) {
    await leave(tools.fs, plan, vault.id);
    throw new VaultMoved(plan.to);
  }
  await removeCopy(tools.fs, plan);
  await entry.end();
  const sentence = `Moving the vault to ${shownPath(plan.to)} was interrupted; it is where it was, and the copy is removed.`;
  return { step: 'move-vault', name, outcome: 'rolled-back', sentence };
};

async function refuseTarget(fs: FileSystem, { from, to }: Plan): Promise<void> {
  try {
    if (isInside(from, to) || isInside(to, from)) throw nested(to);
    const status = await orMissing(fs.lstat(to));
    if (status !== undefined && (status.kind !== 'folder' || (await fs.readdir(to)).length > 0))
      throw targetExists(to);
  } catch (error) {
    throw readFailure(error, to);
  }
}

async function copyAll(fs: FileSystem, plan: Plan, control: JobControl): Promise<void> {
  const files = await filesOf(fs, plan.from);
  (await makeFolder(fs, plan.to)).keep();
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (!(await isOneDisk(fs, plan))) await checkSpace(fs, plan.to, bytes);
  const controls = stagedControl(
    control,
    files.map(({ size }) => size),
  );
  for (const [place, { path, size }] of files.entries()) {
    const own = controls[place] ?? control;
    await makeParents(fs, dirname(join(plan.to, path)));
    await copyOne(fs, plan, path, own);
    own.onProgress?.({ phase: 'publish', doneBytes: size, totalBytes: size });
  }
}

async function isOneDisk(fs: FileSystem, { from, to }: Plan): Promise<boolean> {
  try {
    return (await fs.stat(from)).dev === (await fs.stat(to)).dev;
  } catch (error) {
    throw readFailure(error, to);
  }
}

/** Names of folders as well are on the medium when this returns, that of `folder` included. */
async function flushFolders(fs: FileSystem, folder: string): Promise<void> {
  try {
    for (const name of await fs.readdir(folder)) {
      const path = join(folder, name);
      if ((await fs.lstat(path)).kind === 'folder') await flushFolders(fs, path);
    }
    await syncFolder(fs, dirname(folder));
  } catch (error) {
    throw writeFailure(error, folder);
  }
}

/** Deltas and bases never change in place, so on one disk a second name for them is as good as a copy. */
async function copyOne(
  fs: FileSystem,
  { from, to }: Plan,
  path: string,
  { signal }: JobControl,
): Promise<void> {
  const [source, target] = [join(from, path), join(to, path)];
  signal?.throwIfAborted();
  const fixed = path.endsWith(deltaEnding) || path.startsWith(`${vaultLayout.bases}${sep}`);
  if (fixed && !path.endsWith(sidecarEnding) && (await holdFile(fs, source, target, true)) !== undefined)
    return;
  const options = signal ? { signal } : {};
  const sha256 = await copyFile(fs, source, target, options);
  if ((await hashFile(fs, target, options)) === sha256) return;
  throw new DeltashelfError(
    'write-failed',
    `${shownPath(target)} is not what was written to it; check the disk it is on. The vault is where it was.`,
    { file: target },
  );
}

/** Makes the old folder a note of where the vault went, then removes from it what the new one has. */
async function leave(fs: FileSystem, { from, to }: Plan, id: string): Promise<void> {
  const marker = await markerOf(fs, from);
  // Somebody made another vault of it, or took the folder away.
  if (marker?.id !== id) return;
  if (marker.movedTo === undefined) await writeMarker(fs, from, { format: 1, id, movedTo: to });
  for (const { path } of await filesOf(fs, from)) {
    const goes = isTemporaryName(basename(path)) || (await isThere(fs, join(to, path)));
    if (goes) await removeFile(fs, join(from, path));
  }
  await removeEmptyFolders(fs, from, false);
  for (const name of [vaultLayout.lock, `${vaultLayout.lock}-journal`])
    await takeBack(() => fs.unlink(join(from, name)));
}

/** Removes from the other place what was copied there, and nothing else. */
async function removeCopy(fs: FileSystem, { from, to }: Plan): Promise<void> {
  if (!(await isThere(fs, to))) return;
  const known = new Set((await filesOf(fs, from)).map(({ path }) => path));
  for (const { path } of await filesOf(fs, to)) {
    if (known.has(path) || isTemporaryName(basename(path))) await removeFile(fs, join(to, path));
  }
  await removeEmptyFolders(fs, to, true);
}

async function removeEmptyFolders(fs: FileSystem, folder: string, itself: boolean): Promise<void> {
  try {
    for (const name of await fs.readdir(folder)) {
      const path = join(folder, name);
      if ((await fs.lstat(path)).kind === 'folder') await removeEmptyFolders(fs, path, true);
    }
    if (itself && (await fs.readdir(folder)).length === 0) await fs.rmdir(folder);
  } catch (error) {
    throw writeFailure(error, folder);
  }
}

/** Regular files of a vault, by relative path. Links are no part of it. */
async function filesOf(fs: FileSystem, root: string, folder = ''): Promise<{ path: string; size: number }[]> {
  const files: { path: string; size: number }[] = [];
  try {
    for (const name of (await fs.readdir(join(root, folder))).sort()) {
      const path = join(folder, name);
      const { kind, size } = await fs.lstat(join(root, path));
      if (kind === 'folder') files.push(...(await filesOf(fs, root, path)));
      else if (kind === 'file' && !never.has(path)) files.push({ path, size });
    }
  } catch (error) {
    throw readFailure(error, join(root, folder));
  }
  return files;
}

/** A marker that cannot be read says nothing. */
async function markerOf(fs: FileSystem, folder: string): Promise<VaultMarker | undefined> {
  try {
    return await readMarker(fs, folder);
  } catch (error) {
    if (error instanceof DeltashelfError && error.code === 'vault-damaged') return undefined;
    throw error;
  }
}

function nested(to: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `${shownPath(to)} and the vault lie one in the other. Nothing was moved. Choose a folder outside.`,
    { file: to },
  );
}
