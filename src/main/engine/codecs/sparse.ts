import { AdaptiveBitReader, AdaptiveBitWriter } from './adaptive-bits.ts';

// The codec for chunks in which nearly nothing changed: places of the changed elements as gaps, and their differences
// as integers of the element's width (for floats: steps of the grid away from zero). Cheaper than a walk over all
// elements where fewer than one in a thousand differs, as between neighbouring checkpoints of a slow training
// (cf. PULSE, arXiv 2602.03839).

/** More changed elements than one in so many are left to the dense codecs. */
export const SPARSE_SHARE = 1024;

const GAP = 0;
const VALUE = 64;
const WIDE = 128;
const OCTETS = 129;
const CONTEXTS = OCTETS + 4 * 256;
const LARGEST = 2 ** 30;

/** Elements of 1, 2 or 4 bytes. */
export type SparseArray = Uint8Array | Uint16Array | Uint32Array;

function folded(difference: number, bits: number): number {
  const signed = bits === 32 ? difference | 0 : (difference << (32 - bits)) >> (32 - bits);
  return ((signed << 1) ^ (signed >> 31)) >>> 0;
}

function unfolded(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/**
 * Codes the changed elements.
 * @param places ascending element numbers
 */
export function encodeSparse(child: SparseArray, parent: SparseArray, places: Uint32Array): Uint8Array {
  const bits = child.BYTES_PER_ELEMENT * 8;
  const out = new AdaptiveBitWriter(CONTEXTS);
  out.exponential(GAP, places.length);
  let last = -1;
  for (const place of places) {
    out.exponential(GAP, place - last - 1);
    last = place;
    const value = folded((child[place] ?? 0) - (parent[place] ?? 0), bits);
    const wide = value >= LARGEST;
    out.bit(WIDE, wide ? 1 : 0);
    if (wide) {
      for (let octet = 0; octet < 4; octet += 1) {
        out.tree(OCTETS + octet * 256, 8, (value >>> (24 - octet * 8)) & 0xff);
      }
    } else {
      out.exponential(VALUE, value - 1);
    }
  }
  return out.finish();
}

/**
 * Changes the elements of `target`, which holds the prediction, into those of the child.
 * @returns false when the bytes are no valid chunk for so many elements
 */
export function decodeSparse(bytes: Uint8Array, target: SparseArray): boolean {
  const source = new AdaptiveBitReader(CONTEXTS, bytes);
  const count = source.exponential(GAP);
  if (count > target.length) return false;
  let place = -1;
  for (let index = 0; index < count; index += 1) {
    place += source.exponential(GAP) + 1;
    if (place >= target.length) return false;
    const wide = source.bit(WIDE) === 1;
    let value = 0;
    if (wide) {
      for (let octet = 0; octet < 4; octet += 1) value = value * 256 + source.tree(OCTETS + octet * 256, 8);
    } else {
      value = source.exponential(VALUE) + 1;
    }
    target[place] = (target[place] ?? 0) + unfolded(value);
  }
  return true;
}
