import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DeltashelfError } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';
import type { RandomAccess } from '../streams.ts';
import { damaged, Flaw, foreign, newer, older, truncated } from './flaw.ts';
import { decodeIndex } from './index-text.ts';
import type { DeltaIndex } from './index-types.ts';
import { unpackIndex } from './index-unpack.ts';
import {
  decodeFooter,
  decodeHead,
  decodeRecordHeader,
  endsLikeDelta,
  footerBytes,
  headBytes,
  majorVersion,
  noTables,
  recordHeaderBytes,
  recordKinds,
  startsLikeDelta,
  type Footer,
  type RecordHeader,
} from './layout.ts';
import { maxIndexBytes, maxIndexTextBytes } from './limits.ts';

/** Names of the two copies of the index. */
export const indexParts = ['first index', 'second index'] as const;

/** The payload of an index that holds, and the bytes of its text if they are known. */
export interface IndexPayload {
  readonly payload: Uint8Array;
  readonly textBytes?: number;
}

/** `length` bytes from `offset` on. */
export async function readBytes(bytes: RandomAccess, offset: number, length: number): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await bytes.read(offset, target);
  return target;
}

/**
 * Tells a delta file from others by its two ends, and a whole one from one that was cut.
 * @throws DeltashelfError `delta-foreign`, `delta-newer`, or `delta-damaged` for a head that is or a file cut short
 */
export async function checkEnds(bytes: RandomAccess, file: string): Promise<void> {
  const start = await readBytes(bytes, 0, Math.min(headBytes, bytes.size));
  const end = await readBytes(
    bytes,
    Math.max(0, bytes.size - footerBytes),
    Math.min(footerBytes, bytes.size),
  );
  if (!startsLikeDelta(start) && !endsLikeDelta(end)) throw foreign(file);
  // A newer version may end differently.
  if (start.length === headBytes) await readHead(bytes, file);
  if (bytes.size < headBytes + footerBytes || !endsLikeDelta(end)) throw truncated(file, bytes.size);
}

/**
 * Reads the head.
 * @throws DeltashelfError `delta-damaged`, or `delta-newer` or `delta-older` for a major version that is not read
 */
export async function readHead(bytes: RandomAccess, file: string): Promise<{ minor: number }> {
  const head = await inPart(file, 'head', async () => {
    if (bytes.size < headBytes) throw new Flaw('the file is too short for it');
    return decodeHead(await readBytes(bytes, 0, headBytes));
  });
  if (head.major < majorVersion) throw older(file);
  if (head.major > majorVersion) throw newer(file, 'head', `format version ${head.major}`);
  return head;
}

/**
 * Reads the footer.
 * @throws DeltashelfError `delta-damaged`
 */
export async function readFooter(bytes: RandomAccess, file: string): Promise<Footer> {
  return inPart(file, 'footer', async () => {
    if (bytes.size < footerBytes) throw new Flaw('the file is too short for it');
    return decodeFooter(await readBytes(bytes, bytes.size - footerBytes, footerBytes), bytes.size);
  });
}

/**
 * Reads one copy of the index through the footer.
 * @throws DeltashelfError `delta-damaged`
 */
export async function readIndex(
  bytes: RandomAccess,
  file: string,
  footer: Footer,
  copy: 0 | 1,
): Promise<IndexPayload> {
  return inPart(file, indexParts[copy], async () => {
    const length = footer.secondIndex - footer.firstIndex - recordHeaderBytes;
    if (length > maxIndexBytes)
      throw new Flaw(`it has ${length} bytes, more than the ${maxIndexBytes} allowed`);
    const offset = copy === 0 ? footer.firstIndex : footer.secondIndex;
    const record = await readBytes(bytes, offset, recordHeaderBytes + length);
    const header = decodeIndexHeader(record.subarray(0, recordHeaderBytes), copy);
    const payload = record.subarray(recordHeaderBytes);
    if (header.bytes !== length || header.payloadChecksum !== crc32(payload)) {
      throw new Flaw('its bytes do not match their checksum');
    }
    if (!createHash('sha256').update(payload).digest().equals(footer.indexHash)) {
      throw new Flaw('its bytes are not those that the footer names');
    }
    return { payload, textBytes: header.count };
  });
}

/**
 * Reads one copy of the index of which only the header is damaged: the footer names its place and its hash.
 * @returns undefined when its bytes are not those that the footer names
 */
export async function readIndexByHash(
  bytes: RandomAccess,
  footer: Footer,
  copy: 0 | 1,
): Promise<IndexPayload | undefined> {
  const length = footer.secondIndex - footer.firstIndex - recordHeaderBytes;
  if (length > maxIndexBytes) return undefined;
  const offset = copy === 0 ? footer.firstIndex : footer.secondIndex;
  const payload = await readBytes(bytes, offset + recordHeaderBytes, length);
  return createHash('sha256').update(payload).digest().equals(footer.indexHash) ? { payload } : undefined;
}

/**
 * Reads the header of an index record.
 * @param copy which of the two, if that is known
 * @throws Flaw
 */
export function decodeIndexHeader(bytes: Uint8Array, copy?: 0 | 1): RecordHeader {
  const header = decodeRecordHeader(bytes);
  const { kind, codec, number, first, tables, count } = header;
  const rightNumber = copy === undefined ? number <= 1 : number === copy;
  if (kind !== recordKinds.index || codec !== 0 || !rightNumber || first !== 0 || tables !== noTables) {
    throw new Flaw('its header is not that of an index');
  }
  if (count > maxIndexTextBytes) {
    throw new Flaw(`its text would take ${count} bytes, more than the ${maxIndexTextBytes} allowed`);
  }
  return header;
}

/** Runs a step in which a flaw means that a part is damaged. */
export async function inPart<T>(file: string, part: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof Flaw ? damaged({ file, part }, error.message, error) : error;
  }
}

/**
 * The index in a payload.
 * @param firstIndex where the records end, as far as the place of the payload shows
 * @throws DeltashelfError `delta-damaged` or `delta-newer`
 */
export async function unpackPayload(
  { payload, textBytes }: IndexPayload,
  place: { readonly file: string; readonly copy: 0 | 1; readonly minor: number; readonly firstIndex: number },
): Promise<DeltaIndex> {
  const { file, copy, minor, firstIndex } = place;
  const part = indexParts[copy];
  return inPart(file, part, async () => {
    const index = unpackIndex(decodeIndex(payload, textBytes), { file, part, minor });
    const last = index.records.at(-1);
    const end = last === undefined ? headBytes : last.offset + recordHeaderBytes + last.bytes;
    if (end !== firstIndex) throw new Flaw('its records do not end where it begins');
    return index;
  });
}

/** @throws DeltashelfError `cancelled` */
export function throwIfCancelled(file: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const sentence = `Reading ${quote(file)} was cancelled. Nothing was changed; it can be read again at any time.`;
  throw new DeltashelfError('cancelled', sentence, { file }, signal.reason);
}
