import { dirname } from 'node:path';

import { errnoOf, orMissing } from './failures.ts';
import { isUnchanged, type FileStatus, type FileSystem } from './file-system.ts';
import { takeBack } from './temporary.ts';

/** Answers of volumes without hard links: FAT, exFAT, some network shares; EISDIR is what Windows makes of it. */
const linkUnsupported = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EINVAL', 'EISDIR']);

/**
 * Gives a complete and flushed temporary file its final name, never overwriting. A crash leaves the whole file
 * under its final name or nothing; where the volume has no hard links, possibly an empty file.
 * @throws what the disk threw, EEXIST where the name is taken; then the file has its temporary name and no other,
 * unless the disk also refused to take it back.
 */
export async function placeFile(fs: FileSystem, temporary: string, final: string): Promise<void> {
  const own = await fs.lstat(temporary);
  try {
    await fs.link(temporary, final);
    // The file is in place: a second name that stays behind harms nothing.
    await takeBack(() => fs.unlink(temporary));
  } catch (error) {
    if (!linkUnsupported.has(errnoOf(error) ?? '')) throw error;
    await reserveAndRename(fs, temporary, final);
  }
  try {
    await syncFolder(fs, dirname(final));
  } catch (error) {
    await takeBack(() => renameOwn(fs, final, temporary, own));
    throw error;
  }
}

/** Flushes the names in a folder to the medium. */
export async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  const handle = await fs.open(folder, 'folder');
  try {
    await handle.sync();
  } finally {
    // What was to be flushed is flushed, or has failed: closing changes neither.
    await handle.close().catch(() => undefined);
  }
}

async function reserveAndRename(fs: FileSystem, temporary: string, final: string): Promise<void> {
  const handle = await fs.open(final, 'create');
  let reserved: FileStatus | undefined;
  try {
    reserved = await handle.stat();
    await handle.close();
    await fs.rename(temporary, final);
  } catch (error) {
    const own = reserved ?? (await handle.stat().catch(() => undefined));
    await handle.close().catch(() => undefined);
    if (own !== undefined) await takeBack(() => unlinkOwn(fs, final, own));
    throw error;
  }
}

/** Takes a name back while it stands for our file, which may have no other one. */
async function renameOwn(fs: FileSystem, path: string, temporary: string, own: FileStatus): Promise<void> {
  const now = await orMissing(fs.lstat(path));
  if (now === undefined || !isUnchanged(now, own)) return;
  // Between two names of one file a rename does nothing.
  if ((await orMissing(fs.lstat(temporary))) === undefined) await fs.rename(path, temporary);
  else await fs.unlink(path);
}

/** Removes a name only while it stands for our file: a number of a removed file is soon given to another one. */
async function unlinkOwn(fs: FileSystem, path: string, own: FileStatus): Promise<void> {
  const now = await orMissing(fs.lstat(path));
  if (now !== undefined && isUnchanged(now, own)) await fs.unlink(path);
}
