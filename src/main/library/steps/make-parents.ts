import { dirname } from 'node:path';
import { makeFolder, orMissing, readFailure, type FileSystem } from '../disk/index.ts';

/**
 * Makes a folder with all above it that are missing.
 * @returns a step back: removes those that were made here and are still empty. Never fails.
 * @throws DeltashelfError `target-exists` where something else has the name, `not-writable`, `write-failed`
 */
export async function makeParents(fs: FileSystem, folder: string): Promise<() => Promise<void>> {
  if (await isFolder(fs, folder)) return () => Promise.resolve();
  const removeAbove = await makeParents(fs, dirname(folder));
  try {
    const made = await makeFolder(fs, folder);
    return async () => {
      await made.remove();
      await removeAbove();
    };
  } catch (error) {
    await removeAbove();
    throw error;
  }
}

async function isFolder(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return path === dirname(path) || (await orMissing(fs.stat(path)))?.kind === 'folder';
  } catch (error) {
    throw readFailure(error, path);
  }
}
