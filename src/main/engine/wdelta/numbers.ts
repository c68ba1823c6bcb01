import { dtypeBits, type Dtype } from '../dtypes.ts';
import type { TensorInfo } from '../formats/segments.ts';

// Elements of any numeric type as float32: what numpy's `astype(float32)` makes of them, rounded once.

type Read = (view: DataView, at: number, little: boolean) => number;

const reads: Partial<Record<Dtype, Read>> = {
  F64: (view, at, little) => view.getFloat64(at, little),
  F32: (view, at, little) => view.getFloat32(at, little),
  F16: (view, at, little) => view.getFloat16(at, little),
  I64: (view, at, little) => roundedOnce(view.getBigInt64(at, little)),
  U64: (view, at, little) => roundedOnce(view.getBigUint64(at, little)),
  I32: (view, at, little) => view.getInt32(at, little),
  U32: (view, at, little) => view.getUint32(at, little),
  I16: (view, at, little) => view.getInt16(at, little),
  U16: (view, at, little) => view.getUint16(at, little),
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

/** Bits of an integer that a double has room for. */
const doubleBits = 53n;

/**
 * A 64-bit integer on its way to float32. Where a double has no room for all its bits, the last is set if any that
 * falls away is: so the second rounding meets no tie that is none.
 */
function roundedOnce(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude >> doubleBits === 0n) return Number(value);
  const dropped = 64n - doubleBits;
  const sticky = (magnitude & ((1n << dropped) - 1n)) === 0n ? 0n : 1n << dropped;
  const cut = ((magnitude >> dropped) << dropped) | sticky;
  return Number(value < 0n ? -cut : cut);
}

/** Whether elements of a type are numbers here. */
export function areNumbers(dtype: Dtype): boolean {
  return dtype === 'BF16' || reads[dtype] !== undefined;
}

/** Whether a type holds whole numbers: as float32 those above 2^24 are rounded. */
export function areWhole(dtype: Dtype): boolean {
  return /^[IU](?:16|32|64)$/u.test(dtype);
}

/** Bytes of an element of a type whose elements are numbers here. */
export function numberBytes(dtype: Dtype): number {
  return dtypeBits[dtype] / 8;
}

/** Elements as float32, into `target`, which has room for all of them. */
export function toFloat32(
  { dtype, bigEndian }: Pick<TensorInfo, 'dtype' | 'bigEndian'>,
  bytes: Uint8Array,
  target: Float32Array,
): void {
  const little = bigEndian !== true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = numberBytes(dtype);
  const count = bytes.length / width;
  if (dtype === 'BF16') {
    const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
    for (let at = 0; at < count; at += 1) bits[at] = view.getUint16(at * width, little) << 16;
    return;
  }
  const read = reads[dtype];
  if (!read) throw new Error('only types whose elements are numbers are read as such');
  for (let at = 0; at < count; at += 1) target[at] = read(view, at * width, little);
}
