import { resolve } from 'node:path';

import { targetExists, writeFailure } from './failures.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import { takeBack } from './temporary.ts';

/** A folder that had to be there for something else. */
export interface MadeFolder {
  /** From now on it stays. */
  keep(): void;
  /** Removes it if it was made here, is empty and is not to be kept. Never fails. */
  remove(): Promise<void>;
}

/**
 * Makes a folder, or takes the one that is there.
 * @throws DeltashelfError `target-exists` where something else has that name, `not-writable`, `write-failed`
 */
export async function makeFolder(fs: FileSystem, path: string): Promise<MadeFolder> {
  const place = resolve(path);
  let made = await makeOrFind(fs, place);
  return {
    keep() {
      made = false;
    },
    async remove() {
      if (made) await takeBack(() => fs.rmdir(place));
      made = false;
    },
  };
}

/** @returns whether it was made */
async function makeOrFind(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.mkdir(path);
    return true;
  } catch (error) {
    const there = await fs.stat(path).catch((): FileStatus | undefined => undefined);
    if (there?.kind === 'folder') return false;
    throw there === undefined ? writeFailure(error, path) : targetExists(path);
  }
}
