import { dtypeBits } from '../engine/dtypes.ts';
import type { TensorSketch } from './sketch.ts';

// Tensors on no grid: integers, float64, packed types. The encoder takes their bytes plane by plane, alone, as
// exclusive or with the parent or as difference to it, each plane by one table of bytes.

/** Bits by which the entropy of a sample falls short, for each byte value seen. */
const FITTED_SYMBOL = 0.72;
const SYMBOL_COST = 6;

/**
 * Bits of a tensor on no grid, from sampled bytes.
 * @param parent the tensor that would predict it
 */
export function rawBits(child: TensorSketch, parent: TensorSketch | undefined): number {
  const { bytes, length } = child;
  if (bytes.length === 0 || length === 0) return length * 8;
  const comparable = parent?.bytes.length === bytes.length ? parent.bytes : undefined;
  if (comparable && Buffer.compare(bytes, comparable) === 0) return 0;
  const width = Math.max(1, Math.floor(dtypeBits[child.dtype] / 8));
  const forms = [bytes];
  if (comparable) {
    forms.push(
      bytes.map((byte, at) => byte ^ (comparable[at] ?? 0)),
      bytes.map((byte, at) => byte - (comparable[at] ?? 0)),
    );
  }
  const each = forms.map((form) => planesBits(form, child, width));
  return Math.min(length * 8, ...each);
}

/** Bits of all planes, for the whole tensor. A sample is made of whole runs, and a run of whole elements. */
function planesBits(bytes: Uint8Array, { length, columns, dtype }: TensorSketch, width: number): number {
  let bits = 0;
  const planes = dtype === 'F64' || columns % width === 0 ? width : 1;
  for (let plane = 0; plane < planes; plane += 1) {
    const counts = new Uint32Array(256);
    for (let at = plane; at < bytes.length; at += planes) {
      const byte = bytes[at] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
    bits += planeBits(counts, length / planes);
  }
  return bits;
}

function planeBits(counts: Uint32Array, elements: number): number {
  let sampled = 0;
  let sum = 0;
  let used = 0;
  for (const count of counts) {
    if (count === 0) continue;
    sampled += count;
    sum += count * Math.log2(count);
    used += 1;
  }
  if (used <= 1) return 16;
  const flattery = (used * FITTED_SYMBOL * Math.max(0, 1 - sampled / elements)) / sampled;
  const each = Math.log2(sampled) - sum / sampled + flattery;
  return Math.min(8, each) * elements + used * SYMBOL_COST + 100;
}
