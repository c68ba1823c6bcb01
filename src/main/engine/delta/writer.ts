import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DeltashelfError } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';
import type { Sink } from '../streams.ts';
import { featuresOf } from './features.ts';
import { Flaw } from './flaw.ts';
import { packIndex } from './index-pack.ts';
import { encodeIndex, type IndexText } from './index-text.ts';
import type { DeltaContents, DeltaIndex, DeltaRecord } from './index-types.ts';
import { unpackIndex, withRecords } from './index-unpack.ts';
import {
  chunkCodecs,
  encodeFooter,
  encodeHead,
  encodeRecordHeader,
  footerBytes,
  headBytes,
  noTables,
  recordHeaderBytes,
  recordKinds,
  sideKinds,
  type ChunkCodec,
  type MinorVersion,
  type RecordHeader,
  type SideKind,
} from './layout.ts';
import { maxIndexBytes, maxPayloadBytes, maxRecords } from './limits.ts';

/** A chunk on its way into a delta file. */
export interface NewChunk {
  readonly segment: number;
  readonly codec: ChunkCodec;
  /** First unit of the segment (see `unitBytes`) and number of units. Chunks of one segment come in order. */
  readonly first: number;
  readonly count: number;
  /** Number of the side object with its tables, or `noTables`. */
  readonly tables?: number;
  /** Empty when the codec is `unchanged`. May be reused once the promise is settled. */
  readonly payload: Uint8Array;
}

/** What was written in all. */
export interface WrittenDelta {
  /** Length of the file. */
  readonly bytes: number;
  readonly index: DeltaIndex;
}

/**
 * Writes a delta file in one pass, front to back. One call at a time: each waits for the one before. Of what was
 * written it keeps the table of records only. After a failure the file is void.
 */
export class DeltaWriter {
  readonly #sink: Sink;
  readonly #minor: MinorVersion;
  readonly #header = new Uint8Array(recordHeaderBytes);
  readonly #records: DeltaRecord[] = [];
  readonly #sideNumbers = new Map<string, number>();
  #sideKinds: SideKind[] = [];
  #offset = 0;
  #payloadBytes = 0;
  #state: 'ready' | 'busy' | 'failed' | 'closed' = 'ready';

  /** @param minor the lowest minor version that has all that the file will use */
  constructor(sink: Sink, minor: MinorVersion = 0) {
    this.#sink = sink;
    this.#minor = minor;
  }

  /** Bytes of chunks and side objects so far. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** All other bytes so far: head, record headers, indexes, footer. */
  get overheadBytes(): number {
    return this.#offset - this.#payloadBytes;
  }

  /** Writes a chunk. */
  async chunk(chunk: NewChunk): Promise<void> {
    const { segment, codec, first, count, tables = noTables, payload } = chunk;
    if (codec === 'unchanged' && payload.length > 0) throw new Error('an unchanged chunk has no payload');
    if (tables !== noTables && this.#sideKinds[tables] !== 'tables') {
      throw new Error(`side object ${tables} does not hold tables`);
    }
    await this.#alone(async () => {
      const place = this.#place(payload);
      await this.#writeRecord(
        {
          kind: recordKinds.chunk,
          codec: chunkCodecs[codec],
          number: segment,
          first,
          count,
          tables,
        },
        payload,
      );
      this.#records.push({ ...place, kind: 'chunk', codec, segment, first, count });
      this.#payloadBytes += payload.length;
    });
  }

  /** Writes a side object unless the same is there already. Resolves to its number. */
  async sideObject(holds: SideKind, payload: Uint8Array): Promise<number> {
    // Which tensor has which place among scales is told by the object: those of two batches stay apart.
    const order = holds === 'scales' ? this.#sideKinds.length : '';
    const name = `${holds}${order} ${createHash('sha256').update(payload).digest('hex')}`;
    const known = this.#sideNumbers.get(name);
    if (known !== undefined) return known;
    const object = this.#sideKinds.length;
    await this.#alone(async () => {
      const place = this.#place(payload);
      await this.#writeRecord(
        {
          kind: recordKinds.side,
          codec: sideKinds[holds],
          number: object,
          first: 0,
          count: 0,
          tables: noTables,
        },
        payload,
      );
      this.#records.push({ ...place, kind: 'side', holds, object });
      this.#payloadBytes += payload.length;
    });
    this.#sideNumbers.set(name, object);
    this.#sideKinds = [...this.#sideKinds, holds];
    return object;
  }

  /**
   * Writes the index, twice, and the footer. What the file requires of readers follows from recipes and codecs.
   * @throws DeltashelfError `internal` when `contents` and what was written contradict each other
   */
  async finish(contents: DeltaContents): Promise<WrittenDelta> {
    const recipes = new Set(contents.segments.map(({ recipe }) => recipe));
    const index = withRecords(contents, featuresOf(recipes, this.#records), this.#records);
    if (index.lossy && this.#minor < 1) throw new Error('approximations need minor version 1');
    const { payload, textBytes } = encodeIndex(packChecked(index));
    if (payload.length > maxIndexBytes) throw new Error('the index is larger than a reader would take');
    await this.#alone(async () => {
      await this.#begin();
      const firstIndex = this.#offset;
      const header = { kind: recordKinds.index, codec: 0, first: 0, count: textBytes, tables: noTables };
      await this.#writeRecord({ ...header, number: 0 }, payload);
      const secondIndex = this.#offset;
      await this.#writeRecord({ ...header, number: 1 }, payload);
      await this.#write(
        encodeFooter({
          firstIndex,
          secondIndex,
          fileBytes: this.#offset + footerBytes,
          records: this.#records.length,
          indexHash: createHash('sha256').update(payload).digest(),
        }),
      );
    });
    this.#state = 'closed';
    return { bytes: this.#offset, index };
  }

  /** Runs one call; if it fails, or another is under way, the writer is of no more use. */
  async #alone(call: () => Promise<void>): Promise<void> {
    if (this.#state !== 'ready') throw new Error(`the writer of the delta file is ${this.#state}`);
    this.#state = 'busy';
    try {
      await call();
      this.#state = 'ready';
    } finally {
      if (this.#state === 'busy') this.#state = 'failed';
    }
  }

  #place(payload: Uint8Array): { number: number; offset: number; bytes: number } {
    if (payload.length > maxPayloadBytes)
      throw new Error(`a payload of ${payload.length} bytes is too large`);
    if (this.#records.length >= maxRecords) throw new Error('the delta file has too many records');
    const offset = this.#offset === 0 ? headBytes : this.#offset;
    return { number: this.#records.length, offset, bytes: payload.length };
  }

  async #begin(): Promise<void> {
    if (this.#offset === 0) await this.#write(encodeHead(this.#minor));
  }

  async #writeRecord(
    header: Omit<RecordHeader, 'bytes' | 'payloadChecksum'>,
    payload: Uint8Array,
  ): Promise<void> {
    await this.#begin();
    encodeRecordHeader({ ...header, bytes: payload.length, payloadChecksum: crc32(payload) }, this.#header);
    await this.#write(this.#header);
    if (payload.length > 0) await this.#write(payload);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#sink.write(bytes);
    this.#offset += bytes.length;
  }
}

/** The text of an index; what could not be read is not written. */
function packChecked(index: DeltaIndex): IndexText {
  try {
    const text = packIndex(index);
    unpackIndex(text, { file: index.name, part: 'first index' });
    return text;
  } catch (error) {
    if (!(error instanceof Flaw) && !(error instanceof DeltashelfError)) throw error;
    const sentence =
      `The delta file of ${quote(index.name)} was not finished, because its index would be wrong: ` +
      `${error.message}. The model is untouched, and nothing was stored in its place. Please report this.`;
    throw new DeltashelfError('internal', sentence, { file: index.name }, error);
  }
}
