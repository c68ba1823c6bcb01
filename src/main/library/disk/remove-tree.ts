import { dirname, join } from 'node:path';

import { orMissing, writeFailure } from './failures.ts';
import type { FileSystem } from './file-system.ts';
import { syncFolder } from './place-file.ts';

/**
 * Removes a folder of the program's own with all that is in it, or nothing where it is gone; on the medium when this
 * returns. Links are removed, not followed. Only for folders that a step made under a name that nobody else has, never for a person's files.
 * @throws DeltashelfError `not-writable`, `write-failed`; a second call goes on where the first one stopped
 */
export async function removeTree(fs: FileSystem, folder: string): Promise<void> {
  try {
    await remove(fs, folder);
    await flushParent(fs, folder);
  } catch (error) {
    throw writeFailure(error, folder);
  }
}

async function remove(fs: FileSystem, path: string): Promise<void> {
  const status = await orMissing(fs.lstat(path));
  if (status === undefined) return;
  if (status.kind !== 'folder') {
    await fs.unlink(path);
    return;
  }
  // A restored folder may have a mode that does not let its entries go.
  if ((status.mode & 0o700) !== 0o700) await fs.chmod(path, 0o700);
  for (const name of await fs.readdir(path)) await remove(fs, join(path, name));
  await fs.rmdir(path);
}

/**
 * Removes a file of the program's own, or nothing where it is gone; on the medium when this returns.
 * @throws DeltashelfError `not-writable`, `write-failed`
 */
export async function removeFile(fs: FileSystem, path: string): Promise<void> {
  try {
    if ((await orMissing(fs.lstat(path))) !== undefined) await fs.unlink(path);
    await flushParent(fs, path);
  } catch (error) {
    throw writeFailure(error, path);
  }
}

/** Also where the name was gone already: a process that died may have removed it and not flushed that. */
async function flushParent(fs: FileSystem, path: string): Promise<void> {
  await orMissing(syncFolder(fs, dirname(path)));
}
