import { crc32 } from 'node:zlib';
import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import type { RandomAccess } from '../streams.ts';
import { damaged, Flaw } from './flaw.ts';
import {
  checkEnds,
  decodeIndexHeader,
  indexParts,
  readBytes,
  readFooter,
  readHead,
  readIndex,
  throwIfCancelled,
  unpackPayload,
} from './frame.ts';
import type { DeltaIndex } from './index-types.ts';
import { headBytes, minorVersion, recordHeaderBytes, recordKinds, recordMark } from './layout.ts';
import { maxIndexBytes } from './limits.ts';

/** Bytes looked through at once when an index is searched from the end. */
const windowBytes = 1024 * 1024;

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
  const warnings: Warning[] = [];
  const attempt = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof DeltashelfError) || error.code !== 'delta-damaged') throw error;
      warnings.push({ file, sentence: error.message });
      return undefined;
    }
  };
  await attempt(() => checkEnds(bytes, file));
  const head = await attempt(() => readHead(bytes, file));
  const minor = head?.minor ?? minorVersion;
  const footer = await attempt(() => readFooter(bytes, file));
  let found: DeltaIndex | undefined;
  if (footer !== undefined) {
    for (const copy of [0, 1] as const) {
      const index = await attempt(async () => {
        const payload = await readIndex(bytes, file, footer, copy);
        return unpackPayload(payload, file, copy, minor);
      });
      found ??= index;
    }
  }
  found ??= await searchIndex(bytes, file, minor, signal);
  if (found === undefined) throw damaged({ file, part: indexParts[0] }, 'it is lost, and its copy too');
  return { index: found, warnings };
}

/** Looks for an index record from the end of the file backwards; the first that holds is taken. */
async function searchIndex(
  bytes: RandomAccess,
  file: string,
  minor: number,
  signal?: AbortSignal,
): Promise<DeltaIndex | undefined> {
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
      const index = await tryIndex(bytes, file, start + at, minor);
      if (index !== undefined) return index;
    }
  }
  return undefined;
}

/** The index whose record begins at `offset`, if one does and all of it holds. */
async function tryIndex(
  bytes: RandomAccess,
  file: string,
  offset: number,
  minor: number,
): Promise<DeltaIndex | undefined> {
  if (offset + recordHeaderBytes > bytes.size) return undefined;
  try {
    const header = decodeIndexHeader(await readBytes(bytes, offset, recordHeaderBytes));
    const { bytes: length, count: textBytes, payloadChecksum } = header;
    if (length > maxIndexBytes || offset + recordHeaderBytes + length > bytes.size) return undefined;
    const payload = await readBytes(bytes, offset + recordHeaderBytes, length);
    if (crc32(payload) !== payloadChecksum) return undefined;
    return await unpackPayload({ payload, textBytes }, file, header.number === 0 ? 0 : 1, minor);
  } catch (error) {
    const bad = error instanceof Flaw || (error instanceof DeltashelfError && error.code === 'delta-damaged');
    if (bad) return undefined;
    throw error;
  }
}
