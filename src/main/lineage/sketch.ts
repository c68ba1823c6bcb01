import type { Dtype } from '../engine/dtypes.ts';

/**
 * A few kB of a tensor, taken at places that depend on its shape alone: two tensors of one shape compare element by
 * element, and so does the common part of two that differ in their first dimension (a vocabulary that grew).
 */
export interface TensorSketch {
  readonly name: string;
  /** Path of its file within the model. */
  readonly file: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Elements are stored most significant byte first: sampled as bytes. */
  readonly bigEndian?: true;
  /** Bytes of the whole tensor. */
  readonly length: number;
  /** XXH3-128 of all its bytes where that is known; equal digests mean equal bytes. */
  readonly digest?: string;
  /** Sampled rows and columns of the tensor as `placesOf` sees it. */
  readonly rows: number;
  readonly columns: number;
  /** Sampled elements as numbers, row after row in the order of `firstOf`; empty for types without a number. */
  readonly values: Float32Array;
  /** Sampled elements as bytes, in the same order, where `values` cannot hold them: integers, float64, packed types. */
  readonly bytes: Uint8Array;
}

/** What a model holds beside its tensors: headers, texts, unknown files. */
export interface OtherSketch {
  /** Path of its file within the model. */
  readonly file: string;
  /** Position among the segments of its file. */
  readonly ordinal: number;
  /** Bytes. */
  readonly length: number;
  /** XXH3-128 of all its bytes; absent for large ones. */
  readonly digest?: string;
  /** Bytes that a general compressor leaves of it, estimated for large ones. */
  readonly packed: number;
}

/** The sketches of a model's tensors, and what else its delta has to hold. */
export interface ModelSketch {
  readonly tensors: readonly TensorSketch[];
  readonly others: readonly OtherSketch[];
  /** Bytes of the model outside its tensors. */
  readonly otherBytes: number;
}
