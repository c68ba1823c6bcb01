// The bytes of a delta file, version 1. All numbers are unsigned and little-endian; all checksums are CRC-32 as in zlib.
//
//   head | records, one directly after the other | index | the same index again | footer
//
// Head, 16 bytes                                    Footer, 80 bytes, the last of the file
//   0  8  magic D7 "DSHELF" 0A                         0  8  place of the first index record
//   8  2  major version: 1                             8  8  place of the second index record
//  10  2  minor version: 0, 1                            16  8  length of the whole file
//  12  4  checksum of the 12 bytes before             24  4  number of records before the index
//                                                     28  4  zero
// Record header, 36 bytes, then the payload           32 32  SHA-256 of the index payload
//   0  1  D5                                          64  4  zero
//   1  1  kind: 1 chunk, 2 side object,               68  4  checksum of the 68 bytes before
//         3 parity (reserved), 4 index                72  8  magic D7 "DSHEND" 0A
//   2  1  chunk: its codec; side object: 0 scales, 1 tables; index: 0
//   3  1  zero
//   4  4  chunk: number of its segment; side object: its own number; index: 0 the first copy, 1 the second
//   8  8  chunk: first unit of the segment that it holds (see unitBytes); else 0
//  16  4  chunk: number of units, in a bundle of segments; side object: 0; index: bytes of its JSON text
//  20  4  chunk: number of the side object with its tables, FFFFFFFF for none; else FFFFFFFF
//  24  4  bytes of the payload
//  28  4  checksum of the payload
//  32  4  checksum of the 32 bytes before
import { crc32 } from 'node:zlib';
import { lossyMethods, type LossyMethod } from '../codecs/lossy/index.ts';
import { dtypeBits } from '../dtypes.ts';
import type { Segment } from '../formats/segments.ts';
import { Flaw } from './flaw.ts';

export const majorVersion = 1;
/** The highest that this program knows. 1 has lossy deltas; all others are written as 0. */
export const minorVersion = 1;
export type MinorVersion = 0 | 1;

export const headBytes = 16;
export const recordHeaderBytes = 36;
export const footerBytes = 80;

const headMagic = Uint8Array.of(0xd7, 0x44, 0x53, 0x48, 0x45, 0x4c, 0x46, 0x0a);
const footerMagic = Uint8Array.of(0xd7, 0x44, 0x53, 0x48, 0x45, 0x4e, 0x44, 0x0a);
const magicBytes = 8;

/** First byte of every record. */
export const recordMark = 0xd5;

export const recordKinds = { chunk: 1, side: 2, parity: 3, index: 4 } as const;

/** How the payload of a chunk gives its elements back. */
export const chunkCodecs = {
  /** The bytes as they are. */
  stored: 0,
  /** Equal to the prediction; no payload. */
  unchanged: 1,
  sparse: 2,
  residual: 3,
  /** Coded without a prediction. */
  alone: 4,
  planes: 5,
  zstd: 6,
  brotli: 7,
  /** Several small floating-point tensors, whole: the record counts tensors, beginning with its segment. */
  bundle: 8,
  /** The bytes of several small segments of other kinds, whole: the record counts segments. */
  pack: 9,
  /** The header of a safetensors file, made from the index. */
  safetensors: 10,
  /** The change of a tensor, approximately; the methods of codecs/lossy. */
  levels: 11,
  patches: 12,
  scalars: 13,
  factors: 14,
} as const;
export type ChunkCodec = keyof typeof chunkCodecs;

/** Codecs whose payload is the bytes themselves, whatever predicts them. */
export const plainCodecs: ReadonlySet<ChunkCodec> = new Set(['stored', 'zstd', 'brotli']);

const methods: ReadonlySet<string> = new Set(lossyMethods);

/** Whether a codec gives an approximation. */
export function isLossy(codec: ChunkCodec): codec is LossyMethod {
  return methods.has(codec);
}

/** Codecs of records that hold several segments. */
export const bundleCodecs: ReadonlySet<ChunkCodec> = new Set(['bundle', 'pack']);

/** Segments from this length on have digests of 16 bytes in the index; shorter ones a part of it, or none. */
const longSegment = 65_536;

/** Bytes of the digest by which a segment of a parent is known. The SHA-256 of the whole file stands behind it. */
export function inputDigestBytes(length: number): 4 | 16 {
  return length < longSegment ? 4 : 16;
}

/** Whether the index keeps the digest of a coded segment. Others are decoded and hashed when somebody asks. */
export function keepsDigest(length: number): boolean {
  return length >= longSegment;
}

/**
 * Whether a segment that is not coded has the very bytes of its input, whatever either is. Otherwise it is a
 * floating-point tensor that equals its prediction, cast to its own type.
 */
export function copiesBytes({
  predictor,
  grid,
}: {
  readonly predictor: string;
  readonly grid?: string;
}): boolean {
  return predictor === 'same' && grid === undefined;
}

/** What a side object holds. */
export const sideKinds = { scales: 0, tables: 1 } as const;
export type SideKind = keyof typeof sideKinds;

/** Value of the tables field when there are none. */
export const noTables = 0xffff_ffff;

/** Header of a record, field by field as in the file. */
export interface RecordHeader {
  readonly kind: number;
  readonly codec: number;
  readonly number: number;
  readonly first: number;
  readonly count: number;
  readonly tables: number;
  readonly bytes: number;
  readonly payloadChecksum: number;
}

/** Where things are, said once more at the very end of the file. */
export interface Footer {
  readonly firstIndex: number;
  readonly secondIndex: number;
  readonly fileBytes: number;
  /** Records before the index. */
  readonly records: number;
  /** SHA-256 of the index payload, 32 bytes. */
  readonly indexHash: Uint8Array;
}

/**
 * Bytes of one unit of a segment, in which its chunks count: the element of a tensor, or a byte where elements are
 * no whole bytes or the engine does not know them.
 */
export function unitBytes(segment: Pick<Segment, 'tensor' | 'length'>): number {
  const bits = segment.tensor === undefined ? 8 : dtypeBits[segment.tensor.dtype];
  const bytes = bits / 8;
  return bits % 8 === 0 && segment.length % bytes === 0 ? bytes : 1;
}

/** Number of units of a segment: what its chunks cover. */
export function unitCount(segment: Pick<Segment, 'tensor' | 'length'>): number {
  return segment.length / unitBytes(segment);
}

/** The first bytes of every delta file. */
export function encodeHead(minor: MinorVersion): Uint8Array {
  const bytes = new Uint8Array(headBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(headMagic);
  view.setUint16(8, majorVersion, true);
  view.setUint16(10, minor, true);
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true);
  return bytes;
}

/**
 * Reads a head. Whether its version is known is for the caller to judge.
 * @throws Flaw
 */
export function decodeHead(bytes: Uint8Array): { major: number; minor: number } {
  if (!startsLikeDelta(bytes)) throw new Flaw('it does not begin with the mark of a delta file');
  const view = viewOf(bytes);
  if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) {
    throw new Flaw('it does not match its checksum');
  }
  return { major: view.getUint16(8, true), minor: view.getUint16(10, true) };
}

/** Whether bytes begin with the magic, as far as there are bytes. */
export function startsLikeDelta(bytes: Uint8Array): boolean {
  return bytes.subarray(0, magicBytes).every((byte, at) => byte === headMagic[at]);
}

/** Whether bytes, the last of a file, end with the magic of the footer. */
export function endsLikeDelta(bytes: Uint8Array): boolean {
  const end = bytes.subarray(-magicBytes);
  return end.length === magicBytes && end.every((byte, at) => byte === footerMagic[at]);
}

/** Writes a record header into `target`, 36 bytes. */
export function encodeRecordHeader(header: RecordHeader, target: Uint8Array): void {
  const view = viewOf(target);
  view.setUint8(0, recordMark);
  view.setUint8(1, header.kind);
  view.setUint8(2, header.codec);
  view.setUint8(3, 0);
  view.setUint32(4, header.number, true);
  view.setBigUint64(8, BigInt(header.first), true);
  view.setUint32(16, header.count, true);
  view.setUint32(20, header.tables, true);
  view.setUint32(24, header.bytes, true);
  view.setUint32(28, header.payloadChecksum, true);
  view.setUint32(32, crc32(target.subarray(0, 32)), true);
}

/**
 * Reads a record header whose checksum holds.
 * @throws Flaw
 */
export function decodeRecordHeader(bytes: Uint8Array): RecordHeader {
  const view = viewOf(bytes);
  if (view.getUint32(32, true) !== crc32(bytes.subarray(0, 32))) {
    throw new Flaw('its header does not match its checksum');
  }
  if (view.getUint8(0) !== recordMark || view.getUint8(3) !== 0) {
    throw new Flaw('its header is not that of a record');
  }
  return {
    kind: view.getUint8(1),
    codec: view.getUint8(2),
    number: view.getUint32(4, true),
    first: safeInteger(view, 8),
    count: view.getUint32(16, true),
    tables: view.getUint32(20, true),
    bytes: view.getUint32(24, true),
    payloadChecksum: view.getUint32(28, true),
  };
}

/** The last bytes of a delta file. */
export function encodeFooter(footer: Footer): Uint8Array {
  const bytes = new Uint8Array(footerBytes);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(footer.firstIndex), true);
  view.setBigUint64(8, BigInt(footer.secondIndex), true);
  view.setBigUint64(16, BigInt(footer.fileBytes), true);
  view.setUint32(24, footer.records, true);
  bytes.set(footer.indexHash, 32);
  view.setUint32(68, crc32(bytes.subarray(0, 68)), true);
  bytes.set(footerMagic, 72);
  return bytes;
}

/**
 * Reads a footer whose checksum holds and whose places fit each other and a file of `fileBytes` bytes.
 * @throws Flaw
 */
export function decodeFooter(bytes: Uint8Array, fileBytes: number): Footer {
  const view = viewOf(bytes);
  if (!endsLikeDelta(bytes)) throw new Flaw('it does not end with the mark of a delta file');
  if (view.getUint32(68, true) !== crc32(bytes.subarray(0, 68))) {
    throw new Flaw('it does not match its checksum');
  }
  const footer = {
    firstIndex: safeInteger(view, 0),
    secondIndex: safeInteger(view, 8),
    fileBytes: safeInteger(view, 16),
    records: view.getUint32(24, true),
    indexHash: bytes.slice(32, 64),
  };
  if (footer.fileBytes !== fileBytes) {
    throw new Flaw(`it speaks of ${footer.fileBytes} bytes, but the file has ${fileBytes}`);
  }
  const payload = footer.secondIndex - footer.firstIndex - recordHeaderBytes;
  const fits =
    footer.firstIndex >= headBytes &&
    payload > 0 &&
    footer.secondIndex + recordHeaderBytes + payload + footerBytes === fileBytes &&
    view.getUint32(28, true) === 0 &&
    view.getUint32(64, true) === 0;
  if (!fits) throw new Flaw('the places it names do not fit the file');
  return footer;
}

function safeInteger(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Flaw('it has a number above 2^53 - 1');
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
