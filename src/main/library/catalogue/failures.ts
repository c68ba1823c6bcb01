import Sqlite from 'better-sqlite3';
import { DeltashelfError, type ErrorCode } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';

const full = 'so nothing was changed; free space there, then try again';
const codes: readonly (readonly [prefix: string, code: ErrorCode, sentence: (path: string) => string])[] = [
  ['SQLITE_FULL', 'disk-full', (path) => `The disk of the catalogue ${path} is full, ${full}.`],
  [
    'SQLITE_READONLY',
    'not-writable',
    (path) => `The catalogue ${path} may not be written; give yourself permission to write there.`,
  ],
  [
    'SQLITE_CANTOPEN',
    'not-writable',
    (path) => `The catalogue ${path} cannot be opened; check the permissions of its folder.`,
  ],
  [
    'SQLITE_BUSY',
    'in-use',
    (path) => `The catalogue ${path} is in use by another program; close it, then try again.`,
  ],
  [
    'SQLITE_IOERR',
    'write-failed',
    (path) =>
      `The disk failed under the catalogue ${path}; no model is affected. Check the disk and its cable, then try again.`,
  ],
];

/** What a person is told when SQLite could not do its work. Anything else comes back as it is. */
export function catalogueFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error;
  const found = codes.find(([prefix]) => error.code.startsWith(prefix));
  if (found === undefined) return error;
  const [, code, sentence] = found;
  return new DeltashelfError(code, sentence(shownPath(path)), { file: path }, error);
}

/** Whether a file is no sound database: to be set aside, not to be written to. */
export function isDamage(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/u.test(error.code);
}

/** What a person is told when a newer Deltashelf wrote the catalogue. */
export function catalogueNewer(path: string, found: number, known: number): DeltashelfError {
  return new DeltashelfError(
    'catalogue-newer',
    `The catalogue ${shownPath(path)} was written by a newer Deltashelf (its schema is ${found}, this one knows ${known}), so it was not touched; install the newer version, or choose another folder with --home.`,
    { file: path },
  );
}
