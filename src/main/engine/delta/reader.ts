import { crc32 } from 'node:zlib';
import type { DeltashelfError, Warning } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';
import type { Control, RandomAccess } from '../streams.ts';
import { damaged, Flaw } from './flaw.ts';
import {
  checkEnds,
  indexParts,
  inPart,
  readFooter,
  readHead,
  readIndex,
  throwIfCancelled,
  unpackPayload,
} from './frame.ts';
import type { DeltaIndex, DeltaRecord } from './index-types.ts';
import {
  chunkCodecs,
  decodeRecordHeader,
  noTables,
  recordHeaderBytes,
  recordKinds,
  sideKinds,
  type RecordHeader,
} from './layout.ts';
import { salvage } from './salvage.ts';

export interface OpenOptions {
  /** The file, as people know it. */
  readonly name: string;
  /**
   * Takes a file whose head, footer or one index is damaged, with a warning each, as long as one index holds.
   * Records are checked as ever.
   */
  readonly salvage?: boolean;
  readonly signal?: AbortSignal;
}

/** A record of which every byte was checked. */
export interface ReadRecord {
  readonly header: RecordHeader;
  readonly payload: Uint8Array;
}

/**
 * Opens a delta file: checks its head, its footer and both copies of its index.
 * @throws DeltashelfError `delta-foreign`, `delta-newer` or `delta-damaged` naming the part
 */
export async function openDelta(bytes: RandomAccess, options: OpenOptions): Promise<DeltaFile> {
  const { name: file } = options;
  if (options.salvage === true) {
    const { index, warnings } = await salvage(bytes, file, options.signal);
    return new DeltaFile(bytes, file, index, warnings);
  }
  return new DeltaFile(bytes, file, await openSound(bytes, file), []);
}

/** Reads all but the records of a file in which nothing may be damaged. */
async function openSound(bytes: RandomAccess, file: string): Promise<DeltaIndex> {
  await checkEnds(bytes, file);
  const { minor } = await readHead(bytes, file);
  const footer = await readFooter(bytes, file);
  const first = await readIndex(bytes, file, footer, 0);
  const second = await readIndex(bytes, file, footer, 1);
  return inPart(file, indexParts[0], async () => {
    if (second.textBytes !== first.textBytes) throw new Flaw('it has another length than its copy');
    const index = await unpackPayload(first, { file, copy: 0, minor, firstIndex: footer.firstIndex });
    if (index.records.length !== footer.records) {
      throw new Flaw(`it lists ${index.records.length} records, the footer ${footer.records}`);
    }
    return index;
  });
}

/** An open delta file. */
export class DeltaFile {
  readonly index: DeltaIndex;
  /** What was damaged and could be done without; empty unless opened for salvage. */
  readonly warnings: readonly Warning[];
  readonly #bytes: RandomAccess;
  readonly #file: string;

  constructor(bytes: RandomAccess, file: string, index: DeltaIndex, warnings: readonly Warning[]) {
    this.#bytes = bytes;
    this.#file = file;
    this.index = index;
    this.warnings = warnings;
  }

  /**
   * Reads a record and checks every byte of it.
   * @param room gives so many bytes to read it into; the payload lies there
   * @throws DeltashelfError `delta-damaged` naming record and tensor
   */
  async read(
    record: DeltaRecord,
    room: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
  ): Promise<ReadRecord> {
    const length = recordHeaderBytes + record.bytes;
    if (record.offset + length > this.#bytes.size) throw this.damaged(record, 'the file ends before it does');
    const bytes = room(length);
    await this.#bytes.read(record.offset, bytes);
    const payload = bytes.subarray(recordHeaderBytes);
    try {
      const header = decodeRecordHeader(bytes.subarray(0, recordHeaderBytes));
      if (!this.#agrees(header, record)) throw new Flaw('its header says something else than the index');
      if (header.payloadChecksum !== crc32(payload)) throw new Flaw('its bytes do not match their checksum');
      return { header, payload };
    } catch (error) {
      throw error instanceof Flaw ? this.damaged(record, error.message, error) : error;
    }
  }

  /**
   * The bytes of a side object. Not remembered here.
   * @throws DeltashelfError `delta-damaged`
   */
  async sideObject(number: number): Promise<Uint8Array> {
    const record = this.index.sideObjects[number];
    if (record === undefined) throw new Error(`there is no side object ${number}`);
    return (await this.read(record)).payload;
  }

  /**
   * Reads the whole file once and checks every byte of it.
   * @throws DeltashelfError `delta-damaged` naming the part, or `cancelled`
   */
  async verifyRecords(control: Control = {}): Promise<void> {
    const totalBytes = this.#bytes.size;
    for (const record of this.index.records) {
      throwIfCancelled(this.#file, control.signal);
      await this.read(record);
      control.onProgress?.({ phase: 'verify', doneBytes: record.offset, totalBytes });
    }
    throwIfCancelled(this.#file, control.signal);
    await openSound(this.#bytes, this.#file);
    control.onProgress?.({ phase: 'verify', doneBytes: totalBytes, totalBytes });
  }

  #agrees(header: RecordHeader, record: DeltaRecord): boolean {
    if (header.bytes !== record.bytes) return false;
    if (record.kind === 'side') {
      const { kind, codec, number, first, count, tables } = header;
      const right =
        kind === recordKinds.side && codec === sideKinds[record.holds] && number === record.object;
      return right && first === 0 && count === 0 && tables === noTables;
    }
    return (
      header.kind === recordKinds.chunk &&
      header.codec === chunkCodecs[record.codec] &&
      header.number === record.segment &&
      header.first === record.first &&
      header.count === record.count &&
      (header.tables === noTables || this.index.sideObjects[header.tables]?.holds === 'tables')
    );
  }

  /** The error for a record whose bytes are sound but do not make sense. */
  damaged(record: DeltaRecord, problem: string, cause?: unknown): DeltashelfError {
    const place = { file: this.#file, part: `record ${record.number}` };
    if (record.kind === 'side') return damaged({ ...place, what: record.holds }, problem, cause);
    const segment = this.index.segments[record.segment];
    const what = segment && `${segment.kind} of ${quote(this.index.files[segment.file]?.path ?? '')}`;
    return damaged({ ...place, tensor: segment?.tensor?.name, what }, problem, cause);
  }
}
