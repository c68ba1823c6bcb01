import Database from 'better-sqlite3';
import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';

/** A lock that the system frees when the process dies. */
export interface Lock {
  /** Never fails. */
  release(): void;
}

/**
 * Takes a lock that one process at a time may hold: an exclusive transaction in a database that stays empty.
 * @param path of the database, made where it is missing
 * @param what is locked, for people
 * @throws DeltashelfError `in-use`, `not-writable`
 */
export function takeLock(path: string, what: string): Lock {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    // In memory: on a full disk what is stored can still be read.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw failure(error, path, what);
  }
  const held = database;
  return {
    release() {
      held.close();
    },
  };
}

function failure(error: unknown, path: string, what: string): DeltashelfError {
  const code = error instanceof Database.SqliteError ? error.code : '';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new DeltashelfError(
      'in-use',
      `${what} is in use by another Deltashelf. Nothing was changed. Close that one, or do it there.`,
      { file: path },
      error,
    );
  }
  return new DeltashelfError(
    'not-writable',
    `${what} cannot be written: ${shownPath(path)} could not be locked. Nothing was changed. Give yourself permission ` +
      'to write there, or choose another folder.',
    { file: path },
    error,
  );
}
