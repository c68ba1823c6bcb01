import { DeltashelfError, type ErrorCode } from '../../../shared/index.ts';
import { shownPath } from './shown-path.ts';

/** The errno name of a failed call (`ENOENT`), where it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** Answers a failed call instead of throwing: `undefined` where the name does not exist. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

type Wording = readonly [code: ErrorCode, sentence: (path: string) => string];

const missing: Wording = [
  'not-found',
  (path) => `${path} was not found; check its name, or connect the disk it is on, and try again.`,
];
const lockedForReading: Wording = [
  'not-readable',
  (path) =>
    `${path} may not be read; give yourself permission to read it, or close the program that holds it.`,
];
const unreadable: Wording = [
  'not-readable',
  (path) => `The disk failed while reading ${path}; check the disk and its cable, then try again.`,
];
const readWordings: Readonly<Record<string, Wording>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  EACCES: lockedForReading,
  EPERM: lockedForReading,
  EBUSY: lockedForReading,
  ELOOP: [
    'not-readable',
    (path) => `${path} is a link, and links are not followed here; choose the file it points to.`,
  ],
  EMFILE: [
    'not-readable',
    (path) => `Too many files are open to read ${path}; close other programs and try again.`,
  ],
};

const full: Wording = [
  'disk-full',
  (path) =>
    `The disk is full, so ${path} could not be written; free space or choose another disk, then try again.`,
];
const lockedForWriting: Wording = [
  'not-writable',
  (path) => `${path} may not be written; choose another folder, or give yourself permission to write there.`,
];
const unwritable: Wording = [
  'write-failed',
  (path) => `Writing ${path} failed; check the disk it is on, then try again.`,
];
const writeWordings: Readonly<Record<string, Wording>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: lockedForWriting,
  EPERM: lockedForWriting,
  EROFS: ['not-writable', (path) => `The disk of ${path} is read-only; choose a folder on another disk.`],
  EEXIST: ['target-exists', (path) => `${path} already exists and is kept as it is; choose another name.`],
  ENOTEMPTY: ['target-exists', (path) => `${path} already exists and is kept as it is; choose another name.`],
  ENOENT: [
    'write-failed',
    (path) => `The folder of ${path} is gone; make it, or connect its disk, and try again.`,
  ],
  ENOTDIR: [
    'write-failed',
    (path) => `${path} lies below something that is no folder; choose another place.`,
  ],
  EFBIG: [
    'write-failed',
    (path) => `The disk of ${path} cannot hold a file this large; choose another disk.`,
  ],
  ENAMETOOLONG: [
    'write-failed',
    (path) => `The name ${path} is too long for its disk; choose a shorter one.`,
  ],
};

/** What a person is told when `path` could not be read. `file` is its name inside the model, where it has one. */
export function readFailure(error: unknown, path: string, file = path): DeltashelfError {
  return worded(error, path, file, readWordings, unreadable);
}

/** What a person is told when `path` could not be written. `file` is its name inside the model, where it has one. */
export function writeFailure(error: unknown, path: string, file = path): DeltashelfError {
  return worded(error, path, file, writeWordings, unwritable);
}

/** What a person is told when a file was replaced, cut or written to while it was being read. */
export function changedWhileReading(path: string, file = path): DeltashelfError {
  return new DeltashelfError(
    'changed-while-reading',
    `${shownPath(path)} changed while it was being read; wait until no program writes to it, then try again.`,
    { file },
  );
}

function worded(
  error: unknown,
  path: string,
  file: string,
  wordings: Readonly<Record<string, Wording>>,
  otherwise: Wording,
): DeltashelfError {
  if (error instanceof DeltashelfError) return error;
  const [code, sentence] = wordings[errnoOf(error) ?? ''] ?? otherwise;
  return new DeltashelfError(code, sentence(shownPath(path)), { file }, error);
}
