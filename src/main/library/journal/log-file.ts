import { dirname } from 'node:path';

import {
  openFile,
  syncFolder,
  takeBack,
  writeFailure,
  type FileHandle,
  type FileSystem,
} from '../disk/index.ts';
import { decodeLine, encodeLine } from './line.ts';

/** A plan with 100,000 files of the longest names stays below it. */
const largestLog = 512 * 2 ** 20;
const longestLastLine = 512 * 2 ** 10;

/** What a log says. */
export interface ReadLog {
  /** Content of its whole lines, in order, up to the first that is not. */
  readonly records: readonly unknown[];
  /** Bytes that they take. */
  readonly wholeBytes: number;
  /** Lines that end, whole or not. */
  readonly lines: number;
  /** Bytes of the file: more than `wholeBytes` where the last line was being written. */
  readonly size: number;
  /** Set where a line that is not whole is followed by one that is: that is no torn end, the disk lost something. */
  readonly damaged: boolean;
}

/** @throws DeltashelfError `not-found`, `not-readable` */
export async function readLog(fs: FileSystem, path: string): Promise<ReadLog> {
  const file = await openFile(fs, path, { followLinks: false });
  try {
    if (file.size > largestLog)
      return { records: [], wholeBytes: 0, lines: 0, size: file.size, damaged: true };
    const bytes = new Uint8Array(file.size);
    await file.read(0, bytes);
    return parseLog(bytes);
  } finally {
    await file.close().catch(() => undefined);
  }
}

function parseLog(bytes: Uint8Array): ReadLog {
  const records: unknown[] = [];
  const decoder = new TextDecoder();
  let wholeBytes = 0;
  let damaged = false;
  let torn = false;
  let number = 0;
  for (let start = 0; start < bytes.length; number += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1) break;
    const line = decodeLine(decoder.decode(bytes.subarray(start, end)));
    start = end + 1;
    if (line === undefined) torn = true;
    else if (torn || line.number !== number) damaged = true;
    else {
      records.push(line.record);
      wholeBytes = start;
    }
  }
  return { records, wholeBytes, lines: number, size: bytes.length, damaged };
}

/**
 * The content of the last line of a log; undefined where that is not whole, or longer than any last line is.
 * @throws DeltashelfError `not-found`, `not-readable`
 */
export async function readLastRecord(fs: FileSystem, path: string): Promise<unknown> {
  const file = await openFile(fs, path, { followLinks: false });
  try {
    const tail = new Uint8Array(Math.min(file.size, longestLastLine));
    await file.read(file.size - tail.length, tail);
    const lines = Buffer.from(tail).toString().split('\n');
    return decodeLine(lines.at(-2) ?? '')?.record;
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** A log that lines are added to. Each line is on the medium before `add` returns; nothing stays open in between. */
export class LogFile {
  readonly path: string;
  readonly #fs: FileSystem;
  #lines = 0;
  /** Where the next line goes. */
  #position = 0;
  /** Bytes of the file at most; behind `#position` lies what is left of a line that failed. */
  #size = 0;

  private constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.path = path;
  }

  /** Begins a log with its first line. Where that fails, nothing is left. */
  static async create(fs: FileSystem, path: string, first: unknown): Promise<LogFile> {
    const log = new LogFile(fs, path);
    let made = false;
    try {
      const handle = await fs.open(path, 'create');
      made = true;
      await log.#write(handle, first);
      await syncFolder(fs, dirname(path));
      return log;
    } catch (error) {
      if (made) await takeBack(() => fs.unlink(path));
      throw writeFailure(error, path);
    }
  }

  /** Goes on with a log that was read. */
  static resume(fs: FileSystem, path: string, read: ReadLog): LogFile {
    const log = new LogFile(fs, path);
    log.#lines = read.records.length;
    log.#position = read.wholeBytes;
    log.#size = read.size;
    return log;
  }

  /** @throws DeltashelfError `disk-full`, `not-writable`, `write-failed`; the line then counts as not written. */
  async add(record: unknown): Promise<void> {
    try {
      await this.#write(await this.#fs.open(this.path, 'modify'), record);
    } catch (error) {
      throw writeFailure(error, this.path);
    }
  }

  async #write(handle: FileHandle, record: unknown): Promise<void> {
    try {
      const line = encodeLine({ number: this.#lines, record });
      // What is left of a line that failed is covered, so that it can never be taken for damage.
      const spare = this.#size - this.#position - Buffer.byteLength(line) - 1;
      const bytes = Buffer.from(`${line}${' '.repeat(Math.max(0, spare))}\n`);
      this.#size = Math.max(this.#size, this.#position + bytes.length);
      for (let written = 0; written < bytes.length;) {
        const count = await handle.write(bytes.subarray(written), this.#position + written);
        if (count === 0) throw new Error('The disk took no bytes and gave no reason.');
        written += count;
      }
      await handle.sync();
      this.#lines += 1;
      this.#position += bytes.length;
    } finally {
      // What was flushed is flushed: closing can lose nothing.
      await handle.close().catch(() => undefined);
    }
  }
}
