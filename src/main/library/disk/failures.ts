import { DeltashelfError, type ErrorCode } from '../../../shared/index.ts';
import type { PathProblem } from './safe-path.ts';
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
const otherDisk: Wording = [
  'not-writable',
  (path) => `${path} is in use or on another disk, and cannot be replaced; choose a new folder.`,
];
const exists = (path: string): string => `${path} already exists and is kept as it is; choose another name.`;
const writeWordings: Readonly<Record<string, Wording>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: lockedForWriting,
  EPERM: lockedForWriting,
  EROFS: ['not-writable', (path) => `The disk of ${path} is read-only; choose a folder on another disk.`],
  EEXIST: ['target-exists', exists],
  ENOTEMPTY: ['target-exists', exists],
  ENOENT: [
    'write-failed',
    (path) => `The folder of ${path} is gone; make it, or connect its disk, and try again.`,
  ],
  ENOTDIR: [
    'write-failed',
    (path) => `${path} lies below something that is no folder; choose another place.`,
  ],
  EXDEV: otherDisk,
  EBUSY: otherDisk,
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

/** What a person is told when something already has the name that was to be given. */
export function targetExists(path: string): DeltashelfError {
  return new DeltashelfError('target-exists', exists(shownPath(path)), { file: path });
}

/** What a person is told when a delta gives a name that cannot be used here. */
export function refusedName(problem: PathProblem): DeltashelfError {
  const [code, advice] =
    problem.severity === 'unsafe'
      ? ([
          'delta-damaged',
          'the delta is damaged or meant to harm: get it again from someone you trust',
        ] as const)
      : (['not-writable', 'restore it on another system'] as const);
  return new DeltashelfError(code, `${problem.sentence}, so nothing was restored; ${advice}.`, {
    file: problem.path,
  });
}

/** What a person is told when a mode or time in a delta is none. */
export function damagedEntry(path: string): DeltashelfError {
  return new DeltashelfError(
    'delta-damaged',
    `The mode or time of ${shownPath(path)} is none that a disk can hold, so nothing was restored; the delta is damaged, get it again.`,
    { file: path },
  );
}

/** What a person is told when two names of one model are the same name on the disk it is restored to. */
export function sameNameHere(path: string): DeltashelfError {
  return new DeltashelfError(
    'not-writable',
    `This disk takes ${shownPath(path)} for another name of the same model, as it does not tell them apart; restore the model to another disk.`,
    { file: path },
  );
}

/** A mistake of the calling code; no person can do anything about it. */
export function misuse(sentence: string, path: string): DeltashelfError {
  return new DeltashelfError('internal', sentence, { file: path });
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
