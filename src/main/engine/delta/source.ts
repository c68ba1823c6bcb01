import { DeltashelfError } from '../../../shared/index.ts';
import type { Pool } from '../pool/index.ts';
import { digestOf, type Digest, type Source, type SourceFile, type SourceSegment } from '../sources/index.ts';
import { Decoder, type Piece } from './decode.ts';
import type { DeltaSegment } from './index-types.ts';
import { unitBytes } from './layout.ts';
import type { FoundParents } from './parents.ts';
import type { DeltaFile } from './reader.ts';

/** Decoded pieces that are kept: neighbouring reads mostly fall into the same few. */
const KEPT_PIECES = 16;

/** A delta laid over its parents: a source like any other, decoded where it is read. */
export class DeltaSource implements Source {
  readonly kind = 'delta';
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly segments: readonly DeltaSegment[];
  readonly #delta: DeltaFile;
  readonly #decoder: Decoder;
  readonly #pieces = new Map<number, readonly Piece[]>();
  readonly #digests = new Map<number, Promise<Digest>>();
  readonly #kept = new Map<Piece, Promise<Uint8Array>>();

  constructor(pool: Pool, delta: DeltaFile, parents: FoundParents) {
    this.name = delta.index.name;
    this.files = delta.index.files;
    this.segments = delta.index.segments;
    this.#delta = delta;
    this.#decoder = new Decoder(pool, delta, parents.resolve);
  }

  async read(segment: SourceSegment, offset: number, target: Uint8Array): Promise<void> {
    const width = unitBytes(segment);
    const end = offset + target.length;
    if (offset < 0 || end > segment.length) {
      throw new DeltashelfError('internal', `A read beyond the end of a segment of ${this.name}.`);
    }
    for (const piece of this.#piecesOf(segment.number)) {
      const from = piece.first * width;
      const to = (piece.first + piece.count) * width;
      if (to <= offset || from >= end) continue;
      const bytes = await this.#decoded(piece);
      const start = Math.max(from, offset);
      const part = bytes.subarray(start - from, Math.min(to, end) - from);
      target.set(part, start - offset);
    }
  }

  /** As the delta recorded it; of short segments by decoding them. */
  digest(segment: SourceSegment, signal?: AbortSignal): Promise<Digest> {
    const recorded = this.#recorded(segment.number).digest;
    if (recorded !== undefined) return Promise.resolve(recorded);
    const known = this.#digests.get(segment.number);
    if (known) return known;
    const read = (offset: number, target: Uint8Array): Promise<void> => this.read(segment, offset, target);
    const digest = digestOf(read, segment.length, signal);
    this.#digests.set(segment.number, digest);
    digest.catch(() => this.#digests.delete(segment.number));
    return digest;
  }

  /** As the delta recorded it. */
  sha256(file: SourceFile): Promise<string> {
    const recorded = this.#delta.index.files.find(({ path }) => path === file.path);
    if (!recorded) throw new Error('a file is asked of the source that has it');
    return Promise.resolve(recorded.sha256);
  }

  /** Frees what is kept ready. */
  async close(): Promise<void> {
    this.#kept.clear();
    await this.#decoder.close();
  }

  #recorded(number: number): DeltaSegment {
    const segment = this.#delta.index.segments[number];
    if (!segment) throw new Error('a segment is asked of the source that has it');
    return segment;
  }

  #piecesOf(number: number): readonly Piece[] {
    let pieces = this.#pieces.get(number);
    if (!pieces) this.#pieces.set(number, (pieces = this.#decoder.pieces(this.#recorded(number))));
    return pieces;
  }

  /** What is kept must not hold shared memory. */
  async #copyOf(piece: Piece): Promise<Uint8Array> {
    const decoded = await this.#decoder.decode(piece);
    try {
      return decoded.bytes.slice();
    } finally {
      decoded.free();
    }
  }

  #decoded(piece: Piece): Promise<Uint8Array> {
    const known = this.#kept.get(piece);
    const decoded = known ?? this.#copyOf(piece);
    this.#kept.delete(piece);
    this.#kept.set(piece, decoded);
    if (!known) decoded.catch(() => this.#kept.delete(piece));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_PIECES) break;
      this.#kept.delete(oldest);
    }
    return decoded;
  }
}
