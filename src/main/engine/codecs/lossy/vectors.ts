import { placeBits, rowKey } from './seeded-mask.ts';

// Sets of long vectors in double precision, each an array of its own.

/** Vectors of +1 and -1 by a seed. */
export function randomSigns(count: number, length: number, seed: number): Float64Array[] {
  return Array.from({ length: count }, (_, index) => {
    const key = rowKey(seed, index);
    return Float64Array.from({ length }, (_unused, place) => (placeBits(key, place) >>> 31 ? 1 : -1));
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

/** Adds `times` x `vector` to `target`. */
export function addTo(target: Float64Array, vector: ArrayLike<number>, times: number): void {
  for (let index = 0; index < target.length; index += 1) {
    target[index] = (target[index] ?? 0) + (vector[index] ?? 0) * times;
  }
}

export function scaleBy(vector: Float64Array, times: number): void {
  for (let index = 0; index < vector.length; index += 1) vector[index] = (vector[index] ?? 0) * times;
}

/** What is lost of a vector that depends on the ones before it. */
const DEPENDENT = 1e-20;

/** Makes vectors orthonormal in place (Gram-Schmidt, twice); one that depends on those before becomes zero. */
export function orthonormalise(vectors: readonly Float64Array[]): void {
  for (const [index, vector] of vectors.entries()) {
    const before = dot(vector, vector);
    for (let round = 0; round < 2; round += 1) {
      for (const earlier of vectors.slice(0, index)) addTo(vector, earlier, -dot(vector, earlier));
    }
    const left = dot(vector, vector);
    scaleBy(vector, left > before * DEPENDENT ? 1 / Math.sqrt(left) : 0);
  }
}
