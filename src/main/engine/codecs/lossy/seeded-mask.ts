// Masks that need no bytes: whether an element is inside follows from a seed and its place. Integers of 32 bits only.

const GOLDEN = 0x9e3779b9;

/** A seeded choice of elements, each inside with probability `threshold / 2^32`, independently of all others. */
export interface SeededMask {
  readonly seed: number;
  readonly threshold: number;
}

/** Scrambles 32 bits (C. Wellons, "hash prospector", 2018: the two-round function with least bias). */
export function mix(bits: number): number {
  let x = bits >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** What all elements of a row share. */
export function rowKey(seed: number, row: number): number {
  const high = Math.floor(row / 2 ** 32);
  return mix(mix(seed ^ (row >>> 0)) ^ high);
}

/** The random 32 bits of a place, from the key of its row. */
export function placeBits(key: number, column: number): number {
  return mix(key + Math.imul(column + 1, GOLDEN));
}

/** The seed of one tensor of a model: another for each name, the same in every order of tensors. */
export function tensorSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(name)) hash = Math.imul(hash ^ octet, 0x01000193);
  return mix(mix(seed) ^ hash);
}

/** The threshold for a share of elements that are inside. */
export function maskThreshold(share: number): number {
  return Math.min(2 ** 32 - 1, Math.max(1, Math.round(share * 2 ** 32)));
}

/** Number of elements of some rows that are inside. */
export function countInside(
  mask: SeededMask,
  { first, count, columns }: { first: number; count: number; columns: number },
): number {
  let inside = 0;
  for (let row = 0; row < count; row += 1) {
    const key = rowKey(mask.seed, first + row);
    for (let column = 0; column < columns; column += 1) {
      if (placeBits(key, column) < mask.threshold) inside += 1;
    }
  }
  return inside;
}
