import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath, type FileSystem } from '../disk/index.ts';
import { catalogueFailure } from './failures.ts';
import { makeHome, makePrivateFile } from './home.ts';

/** Says that this process is the one service of a home, as long as it lives. */
export interface HomeLock {
  /** Lets another process become the service. */
  release(): void;
}

/**
 * Makes this process the one service of a home. SQLite's exclusive lock is one of the operating system: it is gone
 * when the process is, however it ended.
 * @throws DeltashelfError `in-use` where another service holds it
 */
export async function lockHome(fs: FileSystem, home: string): Promise<HomeLock> {
  await makeHome(fs, home);
  const path = join(home, 'service.lock.sqlite');
  await makePrivateFile(fs, path);
  const database = new Sqlite(path, { timeout: 0 });
  try {
    // In memory: on a full disk the library can still be looked at.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw inUse(home, error);
    throw catalogueFailure(error, path);
  }
  return { release: () => database.close() };
}

function inUse(home: string, cause: unknown): DeltashelfError {
  return new DeltashelfError(
    'in-use',
    `Another Deltashelf is already at work in ${shownPath(home)}; use that one, or close it and try again.`,
    { file: home },
    cause,
  );
}
