import { DeltashelfError, type ErrorPlace } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';

/** Something in a delta file is not as it must be. `message` completes "<part> is damaged: ...". */
export class Flaw extends Error {
  override readonly name = 'Flaw';
}

/** Where in a delta file something is wrong. */
export interface FlawPlace {
  /** The delta file, as people know it. */
  readonly file: string;
  /** "head", "record 12", "first index", "second index", "footer". */
  readonly part: string;
  readonly tensor?: string | undefined;
  /** What the part is, for people, where it is no tensor: "scales". */
  readonly what?: string | undefined;
}

const advice =
  'Models and parents are untouched, and nothing decoded from this part was used. ' +
  'Put a sound copy of the delta file in its place, or make it again from the original if that still exists.';

/** The failure to report for a part whose bytes are not as they were written. */
export function damaged(place: FlawPlace, problem: string, cause?: unknown): DeltashelfError {
  const { file, part, tensor, what } = place;
  const holds = tensor === undefined ? what : `tensor ${quote(tensor)}`;
  const name = holds === undefined ? part : `${part} (${holds})`;
  const where: ErrorPlace = tensor === undefined ? { file, part } : { file, part, tensor };
  const sentence = `The delta file ${quote(file)} is damaged at its ${name}: ${problem}. ${advice}`;
  return new DeltashelfError('delta-damaged', sentence, where, cause);
}

/** The failure to report for a delta file that ends too early. */
export function truncated(file: string, bytes: number): DeltashelfError {
  const sentence =
    `The delta file ${quote(file)} is truncated: it has ${bytes} bytes and no end, as after a copy that was ` +
    `interrupted. ${advice}`;
  return new DeltashelfError('delta-damaged', sentence, { file, part: 'footer' });
}

/** The failure to report for a file that never was a delta file. */
export function foreign(file: string): DeltashelfError {
  const sentence =
    `${quote(file)} is not a Deltashelf delta file: it lacks the mark with which each begins. ` +
    'It was only read. Name a file that ends in .dshelf.';
  return new DeltashelfError('delta-foreign', sentence, { file, part: 'head' });
}

/** The failure to report for a delta file from before version 1, of which no promise was made. */
export function older(file: string): DeltashelfError {
  const sentence =
    `The delta file ${quote(file)} has format version 0, which was used while the format was being developed and is no ` +
    'longer read. The file is untouched. Create the delta again from the model; if the model is gone, reconstruct ' +
    'it with the version of Deltashelf that made this file.';
  return new DeltashelfError('delta-older', sentence, { file, part: 'head' });
}

/** The failure to report for a sound delta file that this version cannot read. */
export function newer(file: string, part: string, needs: string): DeltashelfError {
  const sentence =
    `The delta file ${quote(file)} needs ${needs}, which this version of Deltashelf does not know. ` +
    'The file is sound as far as it was read, and untouched. Read it with a newer version of Deltashelf.';
  return new DeltashelfError('delta-newer', sentence, { file, part });
}
