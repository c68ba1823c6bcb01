import { dtypeBits, type Dtype } from '../../engine/dtypes.ts';

/** Width of the words that a tensor consists of, and, for floats, of their exponent. */
export interface Lane {
  readonly bytes: 1 | 2 | 4 | 8;
  /** Bits of the exponent, which stand right below the sign; 0 for anything but a float of 16 or 32 bits. */
  readonly exponentBits: number;
}

const exponents: Partial<Record<Dtype, number>> = { F16: 5, BF16: 8, F32: 8, C64: 8 };
const floats: ReadonlySet<Dtype> = new Set<Dtype>([
  ...(['F4', 'F6_E2M3', 'F6_E3M2', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const),
  ...(['F16', 'BF16', 'F32', 'F64', 'C64'] as const),
]);

/** Whether elements of this type are floats of any width. */
export function isFloat(dtype: Dtype): boolean {
  return floats.has(dtype);
}

/** How to cut `byteLength` bytes of this type; a length that holds no whole number of words is cut in bytes. */
export function laneOf(dtype: Dtype, byteLength: number): Lane {
  const bytes = dtype === 'C64' ? 4 : wordBytes(dtypeBits[dtype]);
  if (byteLength % bytes !== 0) return { bytes: 1, exponentBits: 0 };
  return { bytes, exponentBits: exponents[dtype] ?? 0 };
}

function wordBytes(bits: number): Lane['bytes'] {
  if (bits > 32) return 8;
  if (bits > 16) return 4;
  return bits > 8 ? 2 : 1;
}

/** The bytes at an address that words can be read from: the same memory, or a copy where it is not aligned. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}

/** The words of two bytes; `bytes` starts at an even address. */
export function halfWords(bytes: Uint8Array): Int16Array {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 1);
}

/** The words of four bytes that fit; `bytes` starts at a multiple of four. */
export function fullWords(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}
