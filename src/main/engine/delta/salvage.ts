import { crc32 } from 'node:zlib';
import { DeltashelfError, type ErrorCode, type Warning } from '../../../shared/index.ts';
import type { RandomAccess } from '../streams.ts';
import { damaged, Flaw, foreign } from './flaw.ts';
import {
  checkEnds,
  decodeIndexHeader,
  indexParts,
  readBytes,
  readFooter,
  readHead,
  readIndex,
  readIndexByHash,
  throwIfCancelled,
  unpackPayload,
} from './frame.ts';
import type { DeltaIndex } from './index-types.ts';
import {
  headBytes,
  minorVersion,
  recordHeaderBytes,
  recordKinds,
  recordMark,
  type Footer,
  type RecordHeader,
} from './layout.ts';
import { maxIndexBytes } from './limits.ts';

/** Bytes looked through at once when an index is searched from the end. */
const windowBytes = 1024 * 1024;

/** Headers of index records after which a search gives up: a sound file has two. */
const mostTries = 64;

/** An index that could be saved, and what could not. */
export interface Salvaged {
  readonly index: DeltaIndex;
  readonly warnings: readonly Warning[];
}

/**
 * Finds an index in a file of which head, footer or one index may be damaged or missing.
 * @throws DeltashelfError when no index holds, or the file is newer or no delta file
 */
export async function salvage(bytes: RandomAccess, file: string, signal?: AbortSignal): Promise<Salvaged> {
  const sentences = new Set<string>();
  const codes = new Set<ErrorCode>();
  const attempt: Attempt = async (step) => {
    try {
      return await step();
    } catch (error) {
      if (!isBad(error)) throw error;
      codes.add(error.code);
      sentences.add(error.message);
      return undefined;
    }
  };
  await attempt(() => checkEnds(bytes, file));
  const head = await attempt(() => readHead(bytes, file));
  const minor = head?.minor ?? minorVersion;
  const footer = await attempt(() => readFooter(bytes, file));
  const index =
    (footer && (await indexByFooter(bytes, file, minor, footer, attempt))) ??
    (await searchIndex(bytes, file, minor, signal));
  if (index === undefined) {
    throw codes.has('delta-foreign')
      ? foreign(file)
      : damaged({ file, part: indexParts[0] }, 'it is lost, and its copy too');
  }
  return { index, warnings: Array.from(sentences, (sentence) => ({ file, sentence })) };
}

/** Runs a step whose failure by damage becomes a warning. */
type Attempt = <Result>(step: () => Promise<Result>) => Promise<Result | undefined>;

function isBad(error: unknown): error is DeltashelfError {
  return (
    error instanceof DeltashelfError && (error.code === 'delta-damaged' || error.code === 'delta-foreign')
  );
}

async function indexByFooter(
  bytes: RandomAccess,
  file: string,
  minor: number,
  footer: Footer,
  attempt: Attempt,
): Promise<DeltaIndex | undefined> {
  const { firstIndex } = footer;
  let found: DeltaIndex | undefined;
  for (const copy of [0, 1] as const) {
    const place = { file, copy, minor, firstIndex };
    // Both are read, so that a warning tells of either.
    const index = await attempt(async () => unpackPayload(await readIndex(bytes, file, footer, copy), place));
    found ??= index;
  }
  if (found !== undefined) return found;
  const copy = 0;
  const payload = (await readIndexByHash(bytes, footer, 0)) ?? (await readIndexByHash(bytes, footer, 1));
  return payload && (await attempt(() => unpackPayload(payload, { file, copy, minor, firstIndex })));
}

/** Looks for an index record from the end of the file backwards; the first that holds is taken. */
async function searchIndex(
  bytes: RandomAccess,
  file: string,
  minor: number,
  signal?: AbortSignal,
): Promise<DeltaIndex | undefined> {
  let tries = 0;
  const window = new Uint8Array(Math.min(windowBytes + recordHeaderBytes, bytes.size));
  for (let end = bytes.size; end > headBytes; end -= windowBytes) {
    throwIfCancelled(file, signal);
    const start = Math.max(headBytes, end - windowBytes);
    // Headers that begin in this window may end in the one after it.
    const length = Math.min(end - start + recordHeaderBytes, bytes.size - start);
    const part = window.subarray(0, length);
    await bytes.read(start, part);
    for (let at = Math.min(end - start, length) - 1; at >= 0; at -= 1) {
      if (part[at] !== recordMark || part[at + 1] !== recordKinds.index) continue;
      const header = indexHeader(part.subarray(at, at + recordHeaderBytes));
      if (header === undefined) continue;
      const index = await tryIndex(bytes, file, start + at, header, minor);
      if (index !== undefined) return index;
      tries += 1;
      if (tries === mostTries) return undefined;
    }
  }
  return undefined;
}

/** The header of an index record, if these bytes are one. */
function indexHeader(bytes: Uint8Array): RecordHeader | undefined {
  try {
    return bytes.length === recordHeaderBytes ? decodeIndexHeader(bytes) : undefined;
  } catch (error) {
    if (error instanceof Flaw) return undefined;
    throw error;
  }
}

/** The index whose record begins at `offset`, if all of it holds. */
async function tryIndex(
  bytes: RandomAccess,
  file: string,
  offset: number,
  header: RecordHeader,
  minor: number,
): Promise<DeltaIndex | undefined> {
  const { bytes: length, count: textBytes, payloadChecksum } = header;
  if (length > maxIndexBytes || offset + recordHeaderBytes + length > bytes.size) return undefined;
  const payload = await readBytes(bytes, offset + recordHeaderBytes, length);
  if (crc32(payload) !== payloadChecksum) return undefined;
  // A record of another delta file, stored in this one, speaks of other places.
  const copy = header.number === 0 ? 0 : 1;
  const firstIndex = copy === 0 ? offset : offset - recordHeaderBytes - length;
  try {
    return await unpackPayload({ payload, textBytes }, { file, copy, minor, firstIndex });
  } catch (error) {
    if (isBad(error)) return undefined;
    throw error;
  }
}
