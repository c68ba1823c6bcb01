import { dirname } from 'node:path';

import { DeltashelfError } from '../../../shared/index.ts';
import { orMissing, targetExists } from './failures.ts';
import { isUnchanged, type FileStatus, type FileSystem } from './file-system.ts';
import { syncFolder } from './place-file.ts';
import { shownPath } from './shown-path.ts';
import { takeBack } from './temporary.ts';

/**
 * Looks whether a folder can be put at `target`: nothing is there, or an empty folder on the same volume.
 * @throws DeltashelfError `target-exists`, `not-writable`; or what the disk threw.
 */
export async function lookAtTarget(fs: FileSystem, target: string): Promise<'missing' | 'empty'> {
  const status = await orMissing(fs.lstat(target));
  if (status === undefined) return 'missing';
  if (status.kind !== 'folder' || (await fs.readdir(target)).length > 0) throw targetExists(target);
  if (status.dev !== (await fs.lstat(dirname(target))).dev) throw topOfDisk(target);
  return 'empty';
}

/**
 * Puts a complete and flushed temporary folder at `target`, never over anything but an empty folder. A crash
 * leaves the whole folder at `target`, or an empty one, or nothing.
 * @throws what the disk threw, ENOTEMPTY or EEXIST where something came to be there; then `target` is as it was,
 * unless the disk also refused to take it back.
 */
export async function placeFolder(fs: FileSystem, temporary: string, target: string): Promise<void> {
  const own = await fs.lstat(temporary);
  const before = await lookAtTarget(fs, target);
  const restore = await makeWay(fs, target, before);
  try {
    await fs.rename(temporary, target);
  } catch (error) {
    await takeBack(restore);
    throw error;
  }
  try {
    await syncFolder(fs, dirname(target));
  } catch (error) {
    await takeBack(() => renameOwn(fs, target, temporary, own));
    if (before === 'empty') await takeBack(() => fs.mkdir(target));
    throw error;
  }
}

/**
 * Leaves `target` so that `rename` can neither fail nor replace anything that another program put there: an empty
 * folder where `rename` replaces one, nothing where it never replaces a folder.
 * @returns the step back
 */
async function makeWay(
  fs: FileSystem,
  target: string,
  before: 'missing' | 'empty',
): Promise<() => Promise<void>> {
  if (fs.renameReplacesEmptyFolder && before === 'missing') {
    await fs.mkdir(target);
    return () => fs.rmdir(target);
  }
  if (!fs.renameReplacesEmptyFolder && before === 'empty') {
    await fs.rmdir(target);
    return () => fs.mkdir(target);
  }
  return () => Promise.resolve();
}

async function renameOwn(fs: FileSystem, from: string, to: string, own: FileStatus): Promise<void> {
  const now = await orMissing(fs.lstat(from));
  if (now !== undefined && isUnchanged(now, own)) await fs.rename(from, to);
}

function topOfDisk(path: string): DeltashelfError {
  return new DeltashelfError(
    'not-writable',
    `${shownPath(path)} is the top of a disk and cannot be replaced; choose a new folder inside it.`,
    { file: path },
  );
}
