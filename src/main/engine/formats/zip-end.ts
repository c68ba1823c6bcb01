import type { RandomAccess } from '../streams.ts';
import { ByteCursor } from './cursor.ts';
import { Malformed } from './malformed.ts';
import { saturated } from './zip-fields.ts';

/** Bytes of the three end records (APPNOTE 4.3.16, 4.3.15, 4.3.14). */
const endBytes = 22;
const locatorBytes = 20;
const zip64EndBytes = 56;

const endSignature = 0x06054b50;
const locatorSignature = 0x07064b50;
const zip64EndSignature = 0x06064b50;

/** Size that a ZIP64 end record states: itself without signature and this field, without extensions. */
const zip64EndStated = zip64EndBytes - 12;

/** Where the directory of an archive lies and how many entries it has. */
export interface ZipEnd {
  readonly directoryOffset: number;
  readonly directoryEnd: number;
  readonly entryCount: number;
}

interface Stated {
  readonly entries: number;
  readonly directoryBytes: number;
  readonly directoryOffset: number;
}

/**
 * Reads the records at the very end of a zip archive. If there is a ZIP64 record it decides; a plain field that is
 * not saturated must agree with it.
 * @throws Malformed when the records are missing, contradict each other, or do not follow the directory directly.
 */
export async function readEndRecords(bytes: RandomAccess): Promise<ZipEnd> {
  const endOffset = bytes.size - endBytes;
  if (endOffset < 0) throw new Malformed('the archive has no directory');
  const plain = await readPlainEnd(new ByteCursor(bytes, endOffset, bytes.size));
  const zip64Offset = await findZip64End(bytes, endOffset);
  if (zip64Offset === undefined) return checkedEnd(plain, endOffset);
  const wide = await readZip64End(new ByteCursor(bytes, zip64Offset, zip64Offset + zip64EndBytes));
  const agrees =
    agree(plain.entries, wide.entries, 0xffff) &&
    agree(plain.directoryBytes, wide.directoryBytes, saturated) &&
    agree(plain.directoryOffset, wide.directoryOffset, saturated);
  if (!agrees) throw new Malformed('the two end records of the archive contradict each other');
  return checkedEnd(wide, zip64Offset);
}

function agree(plain: number, wide: number, saturation: number): boolean {
  return plain === wide || plain === saturation;
}

function checkedEnd({ entries, directoryBytes, directoryOffset }: Stated, recordsOffset: number): ZipEnd {
  const directoryEnd = directoryOffset + directoryBytes;
  if (directoryEnd !== recordsOffset) {
    throw new Malformed('the directory of the archive is not where the end of the archive says');
  }
  return { directoryOffset, directoryEnd, entryCount: entries };
}

async function readPlainEnd(cursor: ByteCursor): Promise<Stated> {
  await cursor.fill(endBytes);
  if (cursor.u32() !== endSignature) throw new Malformed('the archive has no directory at its end');
  if (cursor.u16() !== 0 || cursor.u16() !== 0) throw new Malformed('the archive is one part of several');
  const here = cursor.u16();
  const entries = cursor.u16();
  if (here !== entries) throw new Malformed('the archive is one part of several');
  const stated = { entries, directoryBytes: cursor.u32(), directoryOffset: cursor.u32() };
  if (cursor.u16() !== 0) throw new Malformed('the archive has a comment');
  return stated;
}

async function findZip64End(bytes: RandomAccess, endOffset: number): Promise<number | undefined> {
  const locatorOffset = endOffset - locatorBytes;
  if (locatorOffset < 0) return undefined;
  const cursor = new ByteCursor(bytes, locatorOffset, endOffset);
  await cursor.fill(locatorBytes);
  if (cursor.u32() !== locatorSignature) return undefined;
  const disk = cursor.u32();
  const offset = cursor.u64();
  if (disk !== 0 || cursor.u32() > 1) throw new Malformed('the archive is one part of several');
  if (offset + zip64EndBytes !== locatorOffset) {
    throw new Malformed('the ZIP64 record of the archive is not where its locator says');
  }
  return offset;
}

async function readZip64End(cursor: ByteCursor): Promise<Stated> {
  await cursor.fill(zip64EndBytes);
  const signature = cursor.u32();
  const stated = cursor.u64();
  if (signature !== zip64EndSignature || stated !== zip64EndStated) {
    throw new Malformed('the ZIP64 record of the archive is damaged');
  }
  cursor.skip(4); // versions
  if (cursor.u32() !== 0 || cursor.u32() !== 0) throw new Malformed('the archive is one part of several');
  const here = cursor.u64();
  const entries = cursor.u64();
  if (here !== entries) throw new Malformed('the archive is one part of several');
  return { entries, directoryBytes: cursor.u64(), directoryOffset: cursor.u64() };
}
