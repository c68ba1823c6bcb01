import { DeltashelfError, type ErrorPlace } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';

/** A .wdelta file does not follow its format. `message` completes "<file> is not a proper .wdelta file: ...". */
export class WdeltaFlaw extends Error {
  override readonly name = 'WdeltaFlaw';
  readonly tensor: string | undefined;
  /** The file ends before what it states does. */
  readonly endsEarly: boolean;

  constructor(message: string, tensor?: string, endsEarly = false) {
    super(message);
    this.tensor = tensor;
    this.endsEarly = endsEarly;
  }
}

const advice =
  'Base and file are untouched, and nothing was written. Get the file again from where it came, or make it again.';

/** The failure for a file that never was a .wdelta. */
export function foreign(file: string): DeltashelfError {
  return new DeltashelfError(
    'delta-foreign',
    `${quote(file)} is not a .wdelta file: it lacks the mark with which each begins. It was only read. ` +
      'Name a file that deltatensors or Deltashelf wrote as .wdelta.',
    { file, part: 'head' },
  );
}

/** The failure for a file of another version of the format. */
export function otherVersion(file: string, found: number): DeltashelfError {
  return new DeltashelfError(
    'delta-newer',
    `${quote(file)} is a .wdelta file of format version ${found}; this version of Deltashelf reads version 1 only. ` +
      'The file is untouched. Write it again in version 1, or have its own program reconstruct the model.',
    { file, part: 'head' },
  );
}

/** The failure for a file with a sound checksum that says what no such file can. */
export function improper(file: string, flaw: WdeltaFlaw): DeltashelfError {
  return new DeltashelfError(
    'delta-damaged',
    `${quote(file)} is not a proper .wdelta file: ${flaw.message}. ${advice}`,
    placeOf(file, flaw),
    flaw,
  );
}

/** The failure for a file whose bytes are not those that were written. */
export function wrongChecksum(file: string, flaw?: WdeltaFlaw): DeltashelfError {
  if (flaw?.endsEarly === true) {
    return new DeltashelfError(
      'delta-damaged',
      `The .wdelta file ${quote(file)} is truncated, as after a copy that was interrupted: ${flaw.message}. ${advice}`,
      placeOf(file, flaw),
      flaw,
    );
  }
  const first = flaw ? `; the first thing that is wrong: ${flaw.message}` : '';
  return new DeltashelfError(
    'delta-damaged',
    `The .wdelta file ${quote(file)} is damaged: its bytes do not match its checksum${first}. ${advice}`,
    placeOf(file, flaw),
    flaw,
  );
}

function placeOf(file: string, flaw: WdeltaFlaw | undefined): ErrorPlace {
  return { file, ...(flaw?.tensor !== undefined && { tensor: flaw.tensor }) };
}
