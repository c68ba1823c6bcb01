import type { Dtype } from '../engine/dtypes.ts';

/** A few kB of a tensor's values, taken at places that depend on its shape alone: two tensors of one shape compare. */
export interface TensorSketch {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes of the whole tensor. */
  readonly length: number;
  /** XXH3-128 of all its bytes where the pass saw them all; equal digests mean equal bytes. */
  readonly digest?: string;
  /** Sampled elements, as numbers; empty for types without a grid. */
  readonly values: Float32Array;
}

/** The sketches of a model's tensors. */
export interface ModelSketch {
  readonly tensors: readonly TensorSketch[];
  /** Bytes of the model outside its tensors. */
  readonly otherBytes: number;
}
