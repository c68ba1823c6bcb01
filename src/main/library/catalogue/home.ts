import { dirname, join, resolve } from 'node:path';
import { errnoOf, isThere, readFailure, writeFailure, type FileSystem } from '../disk/index.ts';

const onlyMe = 0o700;
const readByMe = 0o600;

/**
 * Makes the folder of catalogue and default vault, for its owner alone, with the folders above it. One that is there
 * stays as it is.
 * @throws DeltashelfError `not-writable`, `disk-full`, `write-failed`
 */
export async function makeHome(fs: FileSystem, home: string): Promise<void> {
  const path = resolve(home);
  try {
    await fs.mkdir(path, onlyMe);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && (await isFolder(fs, path))) return;
    // Some folders refuse new ones with the same words as where they are missing.
    const above = dirname(path);
    const missing = errnoOf(error) === 'ENOENT' && above !== path && !(await isThere(fs, above));
    if (!missing) throw writeFailure(error, path);
    await makeHome(fs, dirname(path));
    await makeHome(fs, path);
  }
}

async function isFolder(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).kind === 'folder';
  } catch (error) {
    throw readFailure(error, path);
  }
}

/**
 * Makes an empty file that only its owner may read, unless something has that name. SQLite gives its log the same mode.
 * @throws DeltashelfError `not-writable`, `disk-full`, `write-failed`
 */
export async function makePrivateFile(fs: FileSystem, path: string): Promise<void> {
  try {
    const file = await fs.open(path, 'create');
    try {
      await file.chmod(readByMe);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw writeFailure(error, path);
  }
}

/** Where the catalogue of a home lies. */
export function cataloguePath(home: string): string {
  return join(home, 'catalogue.sqlite');
}
