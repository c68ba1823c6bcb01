import { visitBands } from './bands.ts';
import type { LossyTensor } from './lossy-codec.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { addTo, dot, orthonormalise, randomSigns } from './vectors.ts';

// Leading right singular vectors of a matrix that is read in bands: randomised subspace iteration (Halko, Martinsson,
// Tropp, SIAM Review 53, 2011) on A'A. In memory are twice `count` vectors as long as a row.

/** Vectors beyond those that are asked for: they make the last of these sharper. */
export const OVERSAMPLED = 8;
const SEED = 0x5eed;
const STEPS = 3;

/** Right singular vectors, the leading first. */
export interface SingularVectors {
  readonly vectors: readonly Float64Array[];
  /** Squares of the singular values. */
  readonly squares: readonly number[];
  /** Sum of the squares of all elements of the matrix. */
  readonly total: number;
}

/**
 * About the `count` leading right singular vectors. Reads the tensor four times.
 * @param start vectors to begin with, in place of random ones
 */
export async function singularVectors(
  tensor: LossyTensor,
  count: number,
  { signal, start = [] }: { signal: AbortSignal | undefined; start?: readonly Float64Array[] },
): Promise<SingularVectors> {
  const { rows, columns } = tensor;
  const size = Math.min(count + OVERSAMPLED, rows, columns);
  const fresh = randomSigns(Math.max(0, size - start.length), columns, SEED + start.length);
  let basis = [...start.slice(0, size), ...fresh];
  for (let step = 0; step < STEPS; step += 1) {
    const next = basis.map(() => new Float64Array(columns));
    await visitRows(tensor, signal, (row) => {
      for (const [index, vector] of basis.entries()) {
        const target = next[index];
        if (target) addTo(target, row, dot(row, vector));
      }
    });
    orthonormalise(next);
    basis = next;
  }
  const gram = new Float64Array(size * size);
  let total = 0;
  await visitRows(tensor, signal, (row) => {
    const inBasis = basis.map((vector) => dot(row, vector));
    for (const [index, value] of inBasis.entries())
      addTo(gram.subarray(index * size, (index + 1) * size), inBasis, value);
    total += dot(row, row);
  });
  const { values, vectors } = symmetricEigen(gram, size);
  const kept = vectors.slice(0, count).map((weights) => {
    const vector = new Float64Array(columns);
    for (const [index, weight] of weights.entries()) addTo(vector, basis[index] ?? [], weight);
    return vector;
  });
  return { vectors: kept, squares: [...values.subarray(0, kept.length)], total };
}

async function visitRows(
  tensor: LossyTensor,
  signal: AbortSignal | undefined,
  visit: (row: Float32Array) => void,
): Promise<void> {
  const { columns } = tensor;
  await visitBands(tensor, signal, ({ count, delta }) => {
    for (let row = 0; row < count; row += 1) visit(delta.slice(row * columns, (row + 1) * columns));
  });
}
