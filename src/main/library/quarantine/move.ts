import { dirname } from 'node:path';

import { DeltashelfError } from '../../../shared/index.ts';
import {
  errnoOf,
  isSameFile,
  isUnchanged,
  makeFolder,
  openFile,
  orMissing,
  shownPath,
  syncFolder,
  takeBack,
  targetExists,
  type FileStatus,
  type FileSystem,
} from '../disk/index.ts';
import type { QuarantinedFile } from './manifest.ts';

/** Answers of volumes without hard links: FAT, exFAT, some network shares; EISDIR is what Windows makes of it. */
const linkUnsupported = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EINVAL', 'EISDIR']);

/**
 * Moves one original into its place in quarantine, if it still is the file that was looked at: a regular file with
 * one name, and the same number, size and time. The place must be free; its folder is ours and nobody else's.
 * @throws DeltashelfError `changed-while-reading`; or what the disk threw, EXDEV on another volume. Where the wrong
 * file was moved after all, because another program put it there in that very moment, `moveBack` returns it.
 */
export async function moveAside(fs: FileSystem, file: QuarantinedFile): Promise<void> {
  const opened = await openFile(fs, file.from, { followLinks: false });
  try {
    const seen = await fs.lstat(file.from);
    if (!isUnchanged(seen, opened.status) || !isExpected(seen, file)) throw changed(file.from);
    if ((await orMissing(fs.lstat(file.to))) !== undefined) throw targetExists(file.to);
    await fs.rename(file.from, file.to);
    if (!isSameFile(await fs.lstat(file.to), opened.status)) throw changed(file.from);
  } finally {
    await opened.close().catch(() => undefined);
  }
  // The new name first: between the two a file may have both names, never none.
  await syncFolder(fs, dirname(file.to));
  await syncFolder(fs, dirname(file.from));
}

/**
 * Moves a file out of quarantine to the name it had, never over anything. May be repeated after a crash at any
 * point of it.
 * @returns `back` where it has its name now, `taken` where something else has it and the file stays in quarantine,
 * `gone` where it is not in quarantine
 */
export async function moveBack(
  fs: FileSystem,
  file: Pick<QuarantinedFile, 'from' | 'to'>,
): Promise<'back' | 'taken' | 'gone'> {
  const own = await orMissing(fs.lstat(file.to));
  if (own === undefined) {
    await orMissing(syncFolder(fs, dirname(file.to)));
    return 'gone';
  }
  await makeFolders(fs, dirname(file.from));
  try {
    await fs.link(file.to, file.from);
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (code === 'EEXIST') {
      if (!isSameFile(await fs.lstat(file.from), own)) return 'taken';
    } else if (linkUnsupported.has(code)) {
      return (await reserveAndRename(fs, file)) ? 'back' : 'taken';
    } else throw error;
  }
  await syncFolder(fs, dirname(file.from));
  await fs.unlink(file.to);
  await syncFolder(fs, dirname(file.to));
  return 'back';
}

/** The folders that a file lay in may be gone by now. */
async function makeFolders(fs: FileSystem, folder: string): Promise<void> {
  if ((await orMissing(fs.lstat(folder))) !== undefined) return;
  await makeFolders(fs, dirname(folder));
  (await makeFolder(fs, folder)).keep();
  await syncFolder(fs, dirname(folder));
}

/** Where the volume has no hard links. A crash in between leaves an empty file under the name, and ours in quarantine. */
async function reserveAndRename(
  fs: FileSystem,
  { from, to }: Pick<QuarantinedFile, 'from' | 'to'>,
): Promise<boolean> {
  let reserved: FileStatus | undefined;
  try {
    const handle = await fs.open(from, 'create');
    reserved = await handle.stat().finally(() => handle.close().catch(() => undefined));
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await fs.rename(to, from);
  } catch (error) {
    await takeBack(() => unlinkEmpty(fs, from, reserved));
    throw error;
  }
  await syncFolder(fs, dirname(from));
  await syncFolder(fs, dirname(to));
  return true;
}

async function unlinkEmpty(fs: FileSystem, path: string, own: FileStatus): Promise<void> {
  const now = await orMissing(fs.lstat(path));
  if (now !== undefined && isUnchanged(now, own) && now.size === 0) await fs.unlink(path);
}

function isExpected(status: FileStatus, { size, mtimeNs, ino, dev }: QuarantinedFile): boolean {
  return (
    status.kind === 'file' &&
    status.names === 1 &&
    status.size === size &&
    status.mtimeNs.toString() === mtimeNs &&
    status.ino.toString() === ino &&
    status.dev.toString() === dev
  );
}

function changed(path: string): DeltashelfError {
  return new DeltashelfError(
    'changed-while-reading',
    `${shownPath(path)} is no longer the file that was looked at. Nothing of the model was moved. Verify the model ` +
      'again, then reclaim it.',
    { file: path },
  );
}
