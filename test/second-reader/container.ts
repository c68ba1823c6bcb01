import { createHash } from 'node:crypto';
import { brotliDecompressSync, crc32 } from 'node:zlib';
import { check } from './damaged.ts';

/** Section 3.2: a record, its checksums checked. */
export interface RecordAt {
  readonly kind: number;
  readonly codec: number;
  readonly number: number;
  readonly first: number;
  readonly count: number;
  readonly tables: number;
  readonly payload: Uint8Array;
  /** First byte after it. */
  readonly end: number;
}

/** Value of the tables field when there are none. */
export const noTables = 0xffff_ffff;

const headMagic = 'd7445348454c460a';
const footMagic = 'd7445348454e440a';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function u64(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true);
  check(value < 2n ** 53n, 'it has a number of 2^53 or more');
  return Number(value);
}

/** Section 3.2. */
export function readRecord(file: Uint8Array, offset: number): RecordAt {
  check(offset + 36 <= file.length, 'a record reaches beyond the file');
  const header = file.subarray(offset, offset + 36);
  const view = viewOf(header);
  check(view.getUint32(32, true) === crc32(header.subarray(0, 32)), 'a record header has a wrong checksum');
  check(header[0] === 0xd5 && header[3] === 0, 'a record header is none');
  const end = offset + 36 + view.getUint32(24, true);
  check(end <= file.length, 'a payload reaches beyond the file');
  const payload = file.subarray(offset + 36, end);
  check(view.getUint32(28, true) === crc32(payload), 'a payload has a wrong checksum');
  return {
    kind: view.getUint8(1),
    codec: view.getUint8(2),
    number: view.getUint32(4, true),
    first: u64(view, 8),
    count: view.getUint32(16, true),
    tables: view.getUint32(20, true),
    payload,
    end,
  };
}

/** What the container holds beside its records. */
interface Container {
  readonly minor: number;
  readonly json: unknown;
  readonly hashes: Uint8Array;
  readonly firstIndex: number;
  readonly records: number;
}

/** Sections 3.1, 3.3, 3.4 and 4: the text of the index, and what must agree with it. */
export function readContainer(file: Uint8Array): Container {
  check(file.length >= 96, 'it is too short');
  const head = file.subarray(0, 16);
  check(hex(head.subarray(0, 8)) === headMagic, 'it has no head');
  check(viewOf(head).getUint32(12, true) === crc32(head.subarray(0, 12)), 'its head has a wrong checksum');
  check(viewOf(head).getUint16(8, true) === 1, 'its major version is another');

  const footer = file.subarray(-80);
  const view = viewOf(footer);
  check(hex(footer.subarray(72)) === footMagic, 'it has no footer');
  check(view.getUint32(68, true) === crc32(footer.subarray(0, 68)), 'its footer has a wrong checksum');
  check(view.getUint32(28, true) === 0 && view.getUint32(64, true) === 0, 'its footer has no zeros');
  const first = u64(view, 0);
  const second = u64(view, 8);
  check(u64(view, 16) === file.length, 'its footer speaks of another length');
  const length = second - first;
  check(first >= 16 && length > 36 && second + length + 80 === file.length, 'its footer has wrong places');

  const texts = [first, second].map((offset, copy) => {
    const index = readRecord(file, offset);
    const { kind, codec, number, tables, count, payload } = index;
    const right = kind === 4 && codec === 0 && number === copy && index.first === 0 && tables === noTables;
    check(right && index.end === offset + length, 'an index record is none');
    check(hex(createHash('sha256').update(payload).digest()) === hex(footer.subarray(32, 64)), 'wrong index');
    check(payload.length >= 4, 'its index is too short');
    const end = 4 + viewOf(payload).getUint32(0, true);
    check(end <= payload.length, 'its hashes are too long');
    const text = brotliDecompressSync(payload.subarray(end));
    check(text.length === count, 'its index has another length than it says');
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
    return { json, hashes: payload.subarray(4, end) };
  });
  // The same SHA-256: both are the same.
  const [index] = texts;
  check(index !== undefined, 'it has no index');
  const { json, hashes } = index;
  const minor = viewOf(head).getUint16(10, true);
  return { minor, json: JSON.parse(json), hashes, firstIndex: first, records: view.getUint32(24, true) };
}
