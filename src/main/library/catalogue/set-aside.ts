import { join } from 'node:path';
import { orMissing, writeFailure, type FileSystem } from '../disk/index.ts';
import { fileTime } from './backup.ts';
import { cataloguePath } from './home.ts';

/**
 * Gives a catalogue another name, with its log, so that a fresh one can take its place. Nothing is deleted.
 * @param why part of the new name: `damaged`, `replaced`
 * @returns the new path
 * @throws DeltashelfError `not-writable`, `write-failed`
 */
export async function setAside(
  fs: FileSystem,
  home: string,
  why: 'damaged' | 'replaced',
  now: Date,
): Promise<string> {
  const path = cataloguePath(home);
  const aside = join(home, `catalogue.${why}-${fileTime(now)}.sqlite`);
  try {
    // The log first: a database without it is older, one with another's log would be spoilt.
    await orMissing(fs.rename(`${path}-wal`, `${aside}-wal`));
    await orMissing(fs.unlink(`${path}-shm`));
    await fs.rename(path, aside);
  } catch (error) {
    throw writeFailure(error, path);
  }
  return aside;
}
