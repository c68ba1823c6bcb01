import type { Dtype } from '../engine/dtypes.ts';

// Elements <-> numbers. Every value of the 16-bit and 32-bit types is a float32, so nothing is lost but NaN payloads.

/** Little-endian elements as numbers; empty for types that have none here. */
export function valuesFrom(dtype: Dtype, bytes: Uint8Array): Float32Array {
  const width = widths[dtype];
  if (width === undefined) return new Float32Array();
  const values = new Float32Array(Math.floor(bytes.length / width));
  // A model's sketch has half a million of them, and is read often: bits are moved as they are where they can be.
  const bits = new Uint32Array(values.buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < values.length; at += 1) {
    if (dtype === 'BF16') bits[at] = view.getUint16(at * 2, true) << 16;
    else if (dtype === 'F32') bits[at] = view.getUint32(at * 4, true);
    else if (dtype === 'F16') values[at] = view.getFloat16(at * 2, true);
    else values[at] = view.getFloat64(at * 8, true);
  }
  return values;
}

/** Undoes `valuesFrom` for BF16, F16 and F32. */
export function bytesFrom(dtype: Dtype, values: Float32Array): Uint8Array {
  const width = dtype === 'F32' ? 4 : 2;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let at = 0; at < values.length; at += 1) {
    if (dtype === 'F32') view.setUint32(at * 4, bits[at] ?? 0, true);
    else if (dtype === 'F16') view.setFloat16(at * 2, values[at] ?? 0, true);
    else view.setUint16(at * 2, (bits[at] ?? 0) >>> 16, true);
  }
  return bytes;
}

/** Bytes of an element of the types whose values are numbers here. */
const widths: Partial<Record<Dtype, number>> = { BF16: 2, F16: 2, F32: 4, F64: 8 };
