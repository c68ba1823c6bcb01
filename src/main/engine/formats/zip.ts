import type { RandomAccess } from '../streams.ts';
import { ByteCursor } from './cursor.ts';
import { Malformed, quote } from './malformed.ts';
import { readEndRecords } from './zip-end.ts';
import { decodeName, readZip64Sizes, saturated } from './zip-fields.ts';

/** Entries of one archive. A checkpoint has one per storage; the largest have about 100,000. */
const maxEntries = 500_000;

/** Bytes of a directory record and of a local header before their names. */
const recordBytes = 46;
const localBytes = 30;

const recordSignature = 0x02014b50;
const localSignature = 0x04034b50;

/** Flag bits (APPNOTE 4.4.4): encryption in three forms, and "sizes follow the data". */
const encryptedFlags = 0x0001 | 0x0040 | 0x2000;
const sizesFollowFlag = 0x0008;

/** One file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Compression method; 0 is stored. */
  readonly method: number;
  /** Bytes as they lie in the archive. */
  readonly size: number;
  /** Where its bytes begin. */
  readonly dataOffset: number;
}

interface DirectoryRecord extends Omit<ZipEntry, 'dataOffset'> {
  /** Where the local header begins. */
  readonly headerOffset: number;
  /** Bytes that the name takes in the file. */
  readonly nameBytes: number;
}

/** Whether a file begins like a zip archive with at least one entry. */
export function looksLikeZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;
}

/**
 * Lists the entries of a zip archive, in order of their place. Method: PKWARE APPNOTE 6.3, sections 4.3 (structure),
 * 4.4 (fields) and 4.5.3 (ZIP64), read without any leniency, so that no two readers can see different files in one
 * archive: no comment at the end, nothing between directory and end records, no name twice, no overlap, and each
 * local header agrees with the directory. Checksums are not verified: every byte is kept as it is anyway.
 * @throws Malformed when the archive breaks a rule.
 */
export async function readZip(bytes: RandomAccess): Promise<ZipEntry[]> {
  const { directoryOffset, directoryEnd, entryCount } = await readEndRecords(bytes);
  if (entryCount > maxEntries) throw new Malformed(`the archive has more than ${maxEntries} entries`);
  const records = await readDirectory(new ByteCursor(bytes, directoryOffset, directoryEnd), entryCount);
  const entries: ZipEntry[] = [];
  let covered = 0;
  for (const record of records.sort((a, b) => a.headerOffset - b.headerOffset)) {
    if (record.headerOffset < covered)
      throw new Malformed(`entry ${quote(record.name)} overlaps another entry`);
    const dataOffset = await readLocalHeader(bytes, record, directoryOffset);
    covered = dataOffset + record.size;
    const { name, method, size } = record;
    entries.push({ name, method, size, dataOffset });
  }
  return entries;
}

async function readDirectory(cursor: ByteCursor, count: number): Promise<DirectoryRecord[]> {
  const records: DirectoryRecord[] = [];
  const names = new Set<string>();
  for (let number = 0; number < count; number += 1) {
    await cursor.fill(recordBytes + 3 * 0xffff);
    const record = readRecord(cursor);
    if (names.has(record.name))
      throw new Malformed(`the archive has two entries named ${quote(record.name)}`);
    names.add(record.name);
    records.push(record);
  }
  if (cursor.remaining !== 0)
    throw new Malformed('the directory of the archive has another length than stated');
  return records;
}

/** APPNOTE 4.3.12. */
function readRecord(cursor: ByteCursor): DirectoryRecord {
  if (cursor.u32() !== recordSignature) throw new Malformed('the directory of the archive is damaged');
  cursor.skip(4); // versions
  const flags = cursor.u16();
  const method = cursor.u16();
  cursor.skip(8); // time, date, checksum
  const packed = cursor.u32();
  const unpacked = cursor.u32();
  const nameBytes = cursor.u16();
  const extraBytes = cursor.u16();
  const commentBytes = cursor.u16();
  const disk = cursor.u16();
  cursor.skip(6); // attributes
  const offset = cursor.u32();
  const name = decodeName(cursor.take(nameBytes));
  const sizes = readZip64Sizes(cursor.take(extraBytes), [unpacked, packed, offset]);
  cursor.skip(commentBytes);
  if ((flags & encryptedFlags) !== 0) throw new Malformed(`entry ${quote(name)} is encrypted`);
  if (disk !== 0) throw new Malformed('the archive is one part of several');
  const [unpackedBytes, size, headerOffset] = sizes;
  if (method === 0 && unpackedBytes !== size) throw new Malformed(`entry ${quote(name)} states two sizes`);
  return { name, nameBytes, method, size, headerOffset };
}

/** Compares the local header (APPNOTE 4.3.7) with the directory; returns where the bytes of the entry begin. */
async function readLocalHeader(bytes: RandomAccess, record: DirectoryRecord, limit: number): Promise<number> {
  const { name, headerOffset } = record;
  const foreign = new Malformed(`entry ${quote(name)} and the directory of the archive disagree`);
  const local = new ByteCursor(bytes, headerOffset, limit, localBytes + record.nameBytes);
  await local.fill(localBytes + record.nameBytes);
  if (local.u32() !== localSignature) throw foreign;
  local.skip(2); // version
  const flags = local.u16();
  const method = local.u16();
  local.skip(8); // time, date, checksum
  const packed = local.u32();
  const unpacked = local.u32();
  const nameBytes = local.u16();
  const extraBytes = local.u16();
  if (method !== record.method || nameBytes !== record.nameBytes) throw foreign;
  if (decodeName(local.take(nameBytes)) !== name) throw foreign;
  const follows = (flags & sizesFollowFlag) !== 0 && (packed === 0 || packed === saturated);
  if (!follows) {
    const extra = new ByteCursor(bytes, local.position, limit, extraBytes);
    await extra.fill(extraBytes);
    if (readZip64Sizes(extra.take(extraBytes), [unpacked, packed])[1] !== record.size) throw foreign;
  }
  local.skip(extraBytes);
  if (record.size > local.remaining) throw new Malformed(`entry ${quote(name)} reaches into the directory`);
  return local.position;
}
