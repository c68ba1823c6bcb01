import Sqlite from 'better-sqlite3';
import { catalogueFailure } from './failures.ts';

/** A prepared statement; `P` are its parameters, `R` a row as SQLite gives it. */
export type Statement<P extends unknown[], R = unknown> = Sqlite.Statement<P, R>;

/**
 * The one connection to a catalogue. Write-ahead log: readers never wait. Commits survive the end of the process;
 * those of `writeDurably` survive a power cut as well.
 */
export class Connection {
  readonly path: string;
  readonly #database: Sqlite.Database;
  readonly #statements = new Map<string, Sqlite.Statement>();

  /** @throws DeltashelfError where the file cannot be opened, SqliteError where it is no database */
  constructor(path: string, options: { readonly readonly?: boolean } = {}) {
    this.path = path;
    this.#database = openReadable(path, options);
    try {
      this.#database.pragma('foreign_keys = ON');
      // Our own SQL only: no functions or views that a manipulated file brings along.
      this.#database.pragma('trusted_schema = OFF');
      this.#database.pragma('synchronous = NORMAL');
      this.#database.pragma('cache_size = -16000');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  prepare<P extends unknown[], R = unknown>(sql: string): Statement<P, R> {
    return this.#database.prepare<P, R>(sql);
  }

  /** A statement whose text depends on what is asked: prepared once, kept while it is in use. */
  prepareOnce<P extends unknown[], R = unknown>(sql: string): Statement<P, R> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= mostStatements) this.#statements.clear();
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement as Statement<P, R>;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Turns the write-ahead log on. This changes the file: only after it was found to be ours and sound. */
  useLog(): void {
    this.#database.pragma('journal_mode = WAL');
    // A scan writes much: the log is put back into the database every 16 MB only.
    this.#database.pragma('wal_autocheckpoint = 4000');
  }

  /** The first value that a pragma answers. */
  pragma(text: string): unknown {
    return this.#database.pragma(text, { simple: true });
  }

  /**
   * @throws SqliteError SQLITE_CORRUPT where the pages of the file do not fit together
   */
  assertSound(check: 'quick_check' | 'integrity_check'): void {
    const answer = this.pragma(check);
    if (answer !== 'ok') throw new Sqlite.SqliteError(String(answer), 'SQLITE_CORRUPT');
  }

  /**
   * All of `action` or nothing. Inside another write it is part of that one.
   * @throws DeltashelfError where the disk does not take it
   */
  write<T>(action: () => T): T {
    if (this.#database.inTransaction) return action();
    try {
      return this.#database.transaction(action).immediate();
    } catch (error) {
      throw catalogueFailure(error, this.path);
    }
  }

  /** As `write`, and on the medium when it returns. */
  writeDurably<T>(action: () => T): T {
    if (this.#database.inTransaction) return action();
    this.#database.pragma('synchronous = FULL');
    try {
      return this.write(action);
    } finally {
      this.#database.pragma('synchronous = NORMAL');
    }
  }

  close(): void {
    this.#database.close();
  }
}

const mostStatements = 200;

/**
 * Opens a database that can be read. The log has an index in a file beside it, for which a full disk has no room: it is
 * kept in memory then. No other process can open the catalogue meanwhile; the home's lock sees to it that none wants to.
 */
function openReadable(path: string, options: { readonly readonly?: boolean }): Sqlite.Database {
  const open = (): Sqlite.Database => new Sqlite(path, { ...options, fileMustExist: true, timeout: 5000 });
  const database = open();
  try {
    database.pragma('schema_version');
    return database;
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !/^SQLITE_(?:IOERR|FULL|CANTOPEN)/u.test(error.code)) {
      // What is wrong with it shows where it is used.
      return database;
    }
    database.close();
    const alone = open();
    alone.pragma('locking_mode = EXCLUSIVE');
    return alone;
  }
}
