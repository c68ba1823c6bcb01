/**
 * Every failure a person can meet, as one value: a code for programs, a sentence for people, the place it
 * happened and the cause. The sentence says what happened, to which file and tensor, what is safe, and what to do.
 */
export const exitCodes = {
  internal: 1,
  usage: 2,
  'delta-damaged': 3,
  'delta-foreign': 3,
  'delta-newer': 4,
  'delta-older': 4,
  'parent-missing': 5,
  'parent-mismatch': 5,
  'target-exists': 6,
  'disk-full': 7,
  'not-writable': 7,
  'write-failed': 7,
  'not-found': 8,
  'not-readable': 8,
  'changed-while-reading': 8,
  /** Some of the models that a call was about could not be done; the result says which, and why. */
  incomplete: 9,
  'in-use': 10,
  'vault-damaged': 3,
  'catalogue-newer': 4,
  /** Doing it would put a byte at risk. */
  refused: 11,
  cancelled: 130,
} as const;

/** Machine-readable name of a failure; its exit code is `exitCodes[code]`. */
export type ErrorCode = keyof typeof exitCodes;

/** Where a failure happened, as far as it is known. Names are as people know them, never used as paths. */
export interface ErrorPlace {
  readonly file?: string;
  readonly tensor?: string;
  /** Part of a delta file: "first index", "footer", "record 12". */
  readonly part?: string;
}

/** A failure with a code, a sentence and a place. */
export class DeltashelfError extends Error {
  override readonly name = 'DeltashelfError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, sentence: string, place: ErrorPlace = {}, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.code = code;
    this.place = place;
  }
}
