import type { Dtype } from '../engine/dtypes.ts';

// Elements <-> numbers. Every value of the 16-bit and 32-bit types is a float32, so nothing is lost but NaN payloads.

const word = new DataView(new ArrayBuffer(4));

/** Little-endian elements as numbers; empty for types that have none here. */
export function valuesFrom(dtype: Dtype, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[dtype];
  if (!read) return new Float32Array();
  return Float32Array.from({ length: Math.floor(bytes.length / read.width) }, (_, index) =>
    read.at(view, index * read.width),
  );
}

/** Undoes `valuesFrom` for BF16, F16 and F32. */
export function bytesFrom(dtype: Dtype, values: Float32Array): Uint8Array {
  const width = dtype === 'F32' ? 4 : 2;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    if (dtype === 'F32') view.setFloat32(index * 4, value, true);
    else if (dtype === 'F16') view.setFloat16(index * 2, value, true);
    else view.setUint16(index * 2, upperHalf(value), true);
  }
  return bytes;
}

const readers: Partial<
  Record<Dtype, { readonly width: number; readonly at: (view: DataView, offset: number) => number }>
> = {
  BF16: { width: 2, at: (view, offset) => brainValue(view.getUint16(offset, true)) },
  F16: { width: 2, at: (view, offset) => view.getFloat16(offset, true) },
  F32: { width: 4, at: (view, offset) => view.getFloat32(offset, true) },
  F64: { width: 8, at: (view, offset) => view.getFloat64(offset, true) },
};

function brainValue(bits: number): number {
  word.setUint32(0, bits * 65_536);
  return word.getFloat32(0);
}

function upperHalf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint16(0);
}
