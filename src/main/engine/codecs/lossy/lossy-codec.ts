import type { z } from 'zod';
import type { Pool, Slot } from '../../pool/index.ts';
import type { Energies, Scales } from '../scales.ts';

// Notation (field's): d is child minus prediction, element by element in float32; d' is what the decoder gives for it.
// The model gets prediction + d', rounded once to the type of the tensor. How d' comes from a payload is a method; a
// codec is a way to choose a payload. Several codecs may share a method.

/** Ways from a payload to d', each a codec number of the delta file. */
export const lossyMethods = ['levels', 'patches', 'scalars', 'factors'] as const;
export type LossyMethod = (typeof lossyMethods)[number];

/** Whole rows of a tensor in shared memory, float32, row by row. */
export interface ReadRows {
  /** Child minus prediction; every element is finite. */
  readonly delta: Slot;
  /** What the decoder will have at hand. */
  readonly prediction: Slot;
  free(): void;
}

/** The change of one tensor, as a codec sees it: a matrix of its first dimension by all others. */
export interface LossyTensor {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Bits of an element in the child's file. */
  readonly bits: 16 | 32;
  /** Sums of squares of the change by row and column, where somebody has them already. */
  readonly energies?: Energies;
  /** Reads `count` rows from row `first` on; freed by the caller. */
  read(first: number, count: number): Promise<ReadRows>;
}

/** What a codec is asked for. */
export interface LossyJob<Options> {
  readonly pool: Pool;
  /** All tensors that it is to code. */
  readonly tensors: readonly LossyTensor[];
  readonly options: Options;
  /** The changes of other fine-tunes of the same base, tensor by tensor; for codecs that look at them. */
  readonly siblings?: readonly (readonly LossyTensor[])[];
  /** What is missing will be stored beside: the least error matters more than the slope. */
  readonly refined?: boolean;
  readonly signal?: AbortSignal;
}

/** Codes one tensor. Its chunks are asked for in order, each once. */
export interface TensorCoder {
  /** Every chunk but the last has a multiple of so many rows. */
  readonly rowMultiple: number;
  /** All rows are one chunk: the payload holds what belongs to the tensor as a whole. */
  readonly whole?: boolean;
  /** Scales that its payloads need, stored beside them. */
  readonly scales?: Scales;
  /**
   * The payload of the rows from `first` on.
   * @param read the rows, still the caller's
   */
  encode(first: number, count: number, read: ReadRows): Promise<Uint8Array>;
}

/** What a codec settled over all tensors before the first is coded. */
export interface LossyPlan {
  /** Tables that all its payloads share, as `readTables` reads them. */
  readonly tables?: Uint8Array;
  /** Bytes that all records will take, as far as they are known beforehand. */
  readonly predictedBytes?: number;
  /** Coder of tensor `index` of the job; undefined where the tensor is to be coded exactly instead. */
  coder(index: number): Promise<TensorCoder | undefined>;
  /** Frees what it holds; its coders are of no more use then. */
  free?(): void;
}

/** A way to approximate, as the registry knows it. */
export interface LossyCodec<Options> {
  /** As people write it: `rd`, `dct`. */
  readonly name: string;
  readonly method: LossyMethod;
  /** What may stand behind the name, `key=value` by `key=value`, with its limits and defaults. */
  readonly options: z.ZodType<Options>;
  /** Looks at all tensors; reads each at most once in all that it does here. */
  plan(job: LossyJob<Options>): Promise<LossyPlan>;
}

/** A chunk of whole rows that is to be decoded. */
export interface CodedRows {
  /** Rows and columns of the whole tensor. */
  readonly rows: number;
  readonly columns: number;
  /** First row of the chunk, and how many it has. */
  readonly first: number;
  readonly count: number;
  readonly payload: Uint8Array;
}
