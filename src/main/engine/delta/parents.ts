import { DeltashelfError } from '../../../shared/index.ts';
import { inWindow } from '../pool/index.ts';
import type { PredictorInput } from '../predictors/index.ts';
import type { Source, SourceFile, SourceSegment } from '../sources/index.ts';
import type { Control } from '../streams.ts';
import type { InputResolver } from './decode.ts';
import type { DeltaIndex, DeltaParent, ParentSegment } from './index-types.ts';

// Parents are named by content. What a delta says of their files and names only tells where to look first; a
// segment is taken when its digest is the one that the delta recorded, wherever it now lies.

/** Segments of a parent that are read at once: the hash of one waits for the disk while others have their bytes. */
const SEGMENTS_AT_ONCE = 4;

/** Every input of a delta, found and checked. */
export class FoundParents {
  readonly #inputs: readonly (readonly PredictorInput[])[];

  constructor(inputs: readonly (readonly PredictorInput[])[]) {
    this.#inputs = inputs;
  }

  /** Resolves what an index calls an input. */
  readonly resolve: InputResolver = ({ parent, segment }) => {
    const input = this.#inputs[parent]?.[segment];
    if (!input) throw new Error('an index is checked before its inputs are looked for');
    return input;
  };
}

/**
 * Finds all inputs of a delta among sources. Reads every input once to check its digest.
 * @param file the delta, as people know it
 * @throws DeltashelfError `parent-missing` when no source is the parent at all, `parent-mismatch` when something of
 * it is missing or changed
 */
export async function findParents(
  index: DeltaIndex,
  sources: readonly Source[],
  file: string,
  control: Control = {},
): Promise<FoundParents> {
  const totalBytes = index.parents
    .flatMap(({ segments }) => segments)
    .reduce((sum, segment) => sum + segment.length, 0);
  let doneBytes = 0;
  const found: (readonly PredictorInput[])[] = [];
  for (const parent of index.parents) {
    let missing = false;
    const inputs = await inWindow(parent.segments, SEGMENTS_AT_ONCE, async (wanted) => {
      control.signal?.throwIfAborted();
      if (missing) return undefined;
      const input = await findSegment(parent, wanted, sources, control.signal);
      missing ||= input === undefined;
      doneBytes += wanted.length;
      control.onProgress?.({ phase: 'identify', doneBytes, totalBytes });
      return input;
    });
    // They are begun in order: before the first that is missing none was passed over.
    const wanted = parent.segments[inputs.indexOf(undefined)];
    if (wanted) {
      const known = inputs.some((input) => input) || (await anyOf(parent, sources, control.signal));
      throw notFound(parent, wanted, sources, file, known);
    }
    found.push(inputs.filter((input) => input !== undefined));
  }
  return new FoundParents(found);
}

/** Whether sources have anything of a parent. */
async function anyOf(
  parent: DeltaParent,
  sources: readonly Source[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const wanted of parent.segments) {
    signal?.throwIfAborted();
    if (await findSegment(parent, wanted, sources, signal)) return true;
  }
  return false;
}

async function findSegment(
  parent: DeltaParent,
  wanted: ParentSegment,
  sources: readonly Source[],
  signal: AbortSignal | undefined,
): Promise<PredictorInput | undefined> {
  for (const [source, segment] of candidates(parent, wanted, sources)) {
    if ((await source.digest(segment, signal)).startsWith(wanted.digest)) return { source, segment };
  }
  return undefined;
}

/** Segments of the right length: first where the delta saw it, then of that name, then the others. */
function* candidates(
  parent: DeltaParent,
  wanted: ParentSegment,
  sources: readonly Source[],
): Generator<[Source, SourceSegment]> {
  const seen = new Set<SourceSegment>();
  const path = parent.files[wanted.file]?.path;
  for (const source of sources) {
    for (const file of source.files) {
      if (file.path !== path && source.files.length > 1) continue;
      for (const segment of segmentsAt(source, file, wanted.offset)) {
        if (!fits(segment, wanted)) continue;
        seen.add(segment);
        yield [source, segment];
      }
    }
  }
  for (const byName of [true, false]) {
    for (const source of sources) {
      for (const segment of source.segments) {
        if (seen.has(segment) || !fits(segment, wanted)) continue;
        if (byName && segment.tensor?.name !== wanted.tensor?.name) continue;
        seen.add(segment);
        yield [source, segment];
      }
    }
  }
}

/** Segments of a file that begin at an offset: those without bytes lie where others do. */
function segmentsAt({ segments }: Source, file: SourceFile, offset: number): SourceSegment[] {
  let low = file.firstSegment;
  let high = file.endSegment;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < file.endSegment && segments[end]?.offset === offset) end += 1;
  return segments.slice(low, end);
}

function fits(segment: SourceSegment, wanted: ParentSegment): boolean {
  return segment.length === wanted.length && segment.tensor?.dtype === wanted.tensor?.dtype;
}

function notFound(
  parent: DeltaParent,
  wanted: ParentSegment,
  sources: readonly Source[],
  file: string,
  known: boolean,
): DeltashelfError {
  const path = parent.files[wanted.file]?.path ?? '';
  const what = wanted.tensor ? `tensor ${wanted.tensor.name} of ${path}` : `a part of ${path}`;
  const given = sources.map(({ name }) => name).join(', ');
  const place = { file: path, ...(wanted.tensor && { tensor: wanted.tensor.name }) };
  if (sources.length === 0 || (!known && parent.segments.length > 1)) {
    return new DeltashelfError(
      'parent-missing',
      `${file} needs its base ${parent.name}, which ${given === '' ? 'was not given' : `is not what was given (${given})`}: ` +
        `${what} was not found. Nothing was written. Give the base as it was when the delta was made.`,
      place,
    );
  }
  return new DeltashelfError(
    'parent-mismatch',
    `${file} needs ${parent.name} as it was: ${what} is missing or has changed. Nothing was written. ` +
      'Restore the base from where it came, or give the folder that still has it.',
    place,
  );
}
