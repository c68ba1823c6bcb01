import { separable, type Separable } from './patches-matrix.ts';

// Cosines without Math.cos, whose last digits are the engine's own affair: half angles by square roots, the angles
// between by addition. Square root, sum and quotient are exact to the last bit everywhere (IEEE 754).

/** cos(pi k / (2 size)) for k = 0 .. size; `size` is a power of two. */
function quarterWave(size: number): Float64Array {
  const wave = new Float64Array(size + 1);
  wave[0] = 1;
  let half = 0;
  for (let step = size; step > 1; step /= 2) {
    half = Math.sqrt((1 + half) / 2);
    for (let middle = step / 2; middle < size; middle += step) {
      const neighbours = (wave[middle - step / 2] ?? 0) + (wave[middle + step / 2] ?? 0);
      wave[middle] = neighbours / (2 * half);
    }
  }
  return wave;
}

/** The orthonormal DCT-II of `size` numbers, and its inverse. */
export function cosineTransform(size: number): Separable {
  const wave = quarterWave(size);
  const cosine = (step: number): number => {
    const turn = step % (4 * size);
    const mirrored = turn > 2 * size ? 4 * size - turn : turn;
    return mirrored > size ? -(wave[2 * size - mirrored] ?? 0) : (wave[mirrored] ?? 0);
  };
  const forward = Array.from({ length: size }, (_, order) =>
    Float64Array.from(
      { length: size },
      (_, place) => Math.sqrt((order === 0 ? 1 : 2) / size) * cosine((2 * place + 1) * order),
    ),
  );
  const inverse = forward.map((_, place) => Float64Array.from(forward, (row) => row[place] ?? 0));
  return separable(forward, inverse);
}
