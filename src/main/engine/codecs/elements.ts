import type { TensorInfo } from '../formats/segments.ts';

// How the codecs see the bytes of a tensor: as elements of a unit, some of them on a grid of floating-point values,
// laid out as a matrix that is cut into chunks of whole rows.

/** Floating-point types that the residual coder knows, by their number in the kernels. */
export const grids = { BF16: 0, F16: 1, F32: 2 } as const;

/** A floating-point type of the residual coder. */
export type Grid = keyof typeof grids;

/** Bytes of one element on a grid. */
export const gridBytes = { BF16: 2, F16: 2, F32: 4 } as const;

/** About how many bytes of the child one chunk holds: small enough to cancel between two, and to lose. */
export const CHUNK_BYTES = 1 << 20;
/** Wider matrices are taken as vectors: their column scales would not be small any more. */
const WIDEST = 65_536;
/** Elements of a vector that share a scale. */
const VECTOR_BLOCK = 1024;

/** The grid of a tensor, when the residual coder can take it. */
export function gridOf(tensor: TensorInfo): Grid | undefined {
  if (tensor.bigEndian) return undefined;
  const { dtype } = tensor;
  return dtype === 'BF16' || dtype === 'F16' || dtype === 'F32' ? dtype : undefined;
}

/** A tensor as a matrix of scales. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Columns have scales of their own; not so for a vector, whose "rows" are blocks of neighbours. */
  readonly scaledColumns: boolean;
}

/** The matrix of a shape: first dimension by the rest; the last row of a vector may be short. */
export function matrixOf(shape: readonly number[]): Matrix {
  const sizes = shape.filter((size) => size !== 1);
  const count = sizes.reduce((product, size) => product * size, 1);
  let rows = sizes[0] ?? 1;
  let columns = rows === 0 ? 0 : count / rows;
  for (const size of sizes.slice(1)) {
    if (columns <= WIDEST) break;
    rows *= size;
    columns /= size;
  }
  if (sizes.length < 2 || columns > WIDEST || columns < 2) {
    const width = Math.max(1, Math.min(VECTOR_BLOCK, count));
    return { rows: Math.ceil(count / width), columns: width, scaledColumns: false };
  }
  return { rows, columns, scaledColumns: true };
}

/** A run of elements that is coded as one. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

/** Units of a chunk: whole rows of `columns` units of `bytes` bytes, about 1 MiB. */
export function usualChunk(columns: number, bytes: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (columns * bytes))) * columns;
}

/** Cuts `total` units into chunks of whole rows of `columns` units of `bytes` bytes. */
export function chunksOf(total: number, columns: number, bytes: number): Range[] {
  const size = usualChunk(columns, bytes);
  const ranges: Range[] = [];
  for (let first = 0; first < total; first += size) {
    ranges.push({ first, count: Math.min(size, total - first) });
  }
  return ranges;
}
