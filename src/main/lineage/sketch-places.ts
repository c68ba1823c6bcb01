import { gridOf, matrixOf } from '../engine/codecs/index.ts';
import { dtypeBits } from '../engine/dtypes.ts';
import type { TensorSketch } from './sketch.ts';

// Which elements of a tensor a sketch holds. Rows and columns are taken in a scrambled van der Corput order: any first
// few of them lie evenly over the whole (Owen's scrambling; no rows in step with attention heads), fewer are the first
// of more, and the order over 32,000 rows is that over 32,064 without the 64.

/** A tensor as the sketch sees it. */
export interface Places {
  readonly rows: number;
  readonly columns: number;
  /** Bytes of an element. */
  readonly width: number;
}

/** Neighbours of a vector, or bytes of a type without numbers, that are sampled together. */
const RUN = 64;
/** Most sampled elements of a tensor, and of one that has a single dimension. */
const MATRIX_LIMIT = 2048;
const VECTOR_LIMIT = 1024;
/** Columns at the full limit; half as many for tall tensors, whose rows differ more than their columns. */
const TALL = 8;

/** Whether sampled elements are kept as bytes only. */
export function isRaw({ dtype, bigEndian }: Pick<TensorSketch, 'dtype' | 'bigEndian'>): boolean {
  return bigEndian === true || (dtype !== 'F64' && gridOf({ name: '', dtype, shape: [] }) === undefined);
}

/** The rows and columns of a tensor that are sampled from. What does not fill a row of a vector is left out. */
export function placesOf(tensor: Pick<TensorSketch, 'dtype' | 'shape' | 'length' | 'bigEndian'>): Places {
  const raw = isRaw(tensor);
  const width = raw ? 1 : dtypeBits[tensor.dtype] / 8;
  const count = Math.floor(tensor.length / width);
  const matrix = raw ? undefined : matrixOf(tensor.shape);
  if (matrix?.scaledColumns) return { rows: matrix.rows, columns: matrix.columns, width };
  const columns = Math.min(RUN, count);
  return { rows: columns === 0 ? 0 : Math.floor(count / columns), columns, width };
}

/**
 * How many rows and columns are sampled.
 * @param share 1, or the part of the usual sample that a model with very many tensors affords
 */
export function sampleOf({ rows, columns }: Places, vector: boolean, share: number): Sampled {
  const limit = Math.max(1, Math.floor((vector ? VECTOR_LIMIT : MATRIX_LIMIT) * share));
  if (rows * columns <= limit) return { rows, columns };
  const wide = 2 ** Math.round(Math.log2(2 * limit) / 2);
  const wished = vector ? RUN : rows >= TALL * columns ? wide / 2 : wide;
  // Few rows leave room for more columns, and the other way round.
  const taken = Math.min(columns, limit, Math.max(wished, Math.floor(limit / rows)));
  return { rows: Math.min(rows, Math.max(1, Math.floor(limit / taken))), columns: taken };
}

/** Numbers of sampled rows and columns. */
export interface Sampled {
  readonly rows: number;
  readonly columns: number;
}

/** The first `count` of the numbers below `size`, in the order in which a sketch takes them. */
export function firstOf(size: number, count: number): number[] {
  const taken: number[] = [];
  const bits = Math.max(0, Math.ceil(Math.log2(size)));
  for (let index = 0; taken.length < Math.min(count, size); index += 1) {
    const number = scrambled(index, bits);
    if (number < size) taken.push(number);
  }
  return taken;
}

/** The bits of `index` reversed, each flipped or not by a hash of those above it. */
function scrambled(index: number, bits: number): number {
  let number = 0;
  let rest = index;
  for (let bit = bits - 1; bit >= 0; bit -= 1) {
    const digit = (rest + flip(number, bit)) % 2;
    number = number * 2 + digit;
    rest = Math.floor(rest / 2);
  }
  return number;
}

/** 0 or 1 from a number and a bit: the finisher of MurmurHash3. */
function flip(prefix: number, bit: number): number {
  let hash = Math.imul((prefix % 2 ** 32) ^ Math.imul(bit + 1, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 1;
}
