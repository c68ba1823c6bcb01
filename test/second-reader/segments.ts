import { check } from './damaged.ts';
import { grids, type Grid } from './floats.ts';

/** What the index says of a tensor. */
export interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bigEndian: boolean;
}

const typesByBits: Readonly<Record<number, string>> = {
  4: 'F4',
  6: 'F6_E2M3 F6_E3M2',
  8: 'BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ OPAQUE',
  16: 'I16 U16 F16 BF16',
  32: 'I32 U32 F32',
  64: 'I64 U64 F64 C64',
};
const bitsOfType = new Map(
  Object.entries(typesByBits).flatMap(([bits, types]) =>
    types.split(' ').map((type) => [type, Number(bits)] as const),
  ),
);

/** Section 5.1. */
function bitsOf(dtype: string): number {
  const bits = bitsOfType.get(dtype);
  check(bits !== undefined, `it has the unknown type ${dtype}`);
  return bits;
}

/** Bytes that shape and type come to. */
export function tensorBytes({ dtype, shape }: Tensor): number {
  return (shape.reduce((product, size) => product * size, 1) * bitsOf(dtype)) / 8;
}

/** Section 5.2: bytes of a unit. */
export function unitBytes(tensor: Tensor | undefined): number {
  const bits = tensor === undefined ? 8 : bitsOf(tensor.dtype);
  return bits % 8 === 0 ? bits / 8 : 1;
}

/** Section 5.3. */
export function gridOf(tensor: Tensor | undefined): Grid | undefined {
  return tensor === undefined || tensor.bigEndian ? undefined : grids[tensor.dtype];
}

/** Section 5.4. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly isVector: boolean;
}

/** Section 5.4: the matrix view of a shape. */
export function matrixOf(shape: readonly number[]): Matrix {
  const sizes = shape.filter((size) => size !== 1);
  const count = sizes.reduce((product, size) => product * size, 1);
  let rows = sizes[0] ?? 1;
  let columns = rows === 0 ? 0 : count / rows;
  for (const size of sizes.slice(1)) {
    if (columns <= 65_536) break;
    rows *= size;
    columns /= size;
  }
  if (sizes.length >= 2 && columns <= 65_536 && columns >= 2) return { rows, columns, isVector: false };
  const width = Math.max(1, Math.min(1024, count));
  return { rows: Math.ceil(count / width), columns: width, isVector: true };
}
