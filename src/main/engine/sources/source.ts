import type { FileFormat, Segment } from '../formats/segments.ts';
import type { RandomAccess } from '../streams.ts';

/** 128-bit XXH3 hash of bytes, 32 lower-case hexadecimal digits. Names content; no defence against forgery. */
export type Digest = string;

/** One segment of a source, with its place among all segments of the source. */
export interface SourceSegment extends Segment {
  /** Position in `Source.segments`. */
  readonly number: number;
  /** Position in `Source.files`. */
  readonly file: number;
}

/** One file of a source. */
export interface SourceFile {
  /** Relative path with forward slashes; data for people and for matching, never joined to a path unchecked. */
  readonly path: string;
  readonly size: number;
  readonly format: FileFormat;
  /** First and one-past-last number of its segments in `Source.segments`. */
  readonly firstSegment: number;
  readonly endSegment: number;
}

/**
 * Random access to the bytes of tensors: a file, a folder, or a delta laid over other sources.
 * What a parent is to the engine.
 */
export interface Source {
  /** Files as they are, or a delta laid over other sources. */
  readonly kind: 'model' | 'delta';
  /** How people call it. */
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly segments: readonly SourceSegment[];
  /**
   * Fills `target` with bytes of a segment from `offset` (bytes within the segment) on.
   * @throws DeltashelfError when bytes are missing, changed or damaged.
   */
  read(segment: SourceSegment, offset: number, target: Uint8Array): Promise<void>;
  /** Digest of all bytes of a segment; computed once, then remembered. */
  digest(segment: SourceSegment, signal?: AbortSignal): Promise<Digest>;
  /** SHA-256 of a whole file, hexadecimal; computed once together with the digests of its segments. */
  sha256(file: SourceFile, signal?: AbortSignal): Promise<string>;
}

/** A file on its way into a source: its relative path and its bytes. */
export interface NamedFile {
  readonly path: string;
  readonly bytes: RandomAccess;
}
