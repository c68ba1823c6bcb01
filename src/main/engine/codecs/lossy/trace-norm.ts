import { visitBands } from './bands.ts';
import type { LossyTensor } from './lossy-codec.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { addTo, dot, orthonormalise, randomSigns, scaleBy } from './vectors.ts';

/** Sum of the singular values, and the standard error of an estimate; 0 where it is exact. */
export interface TraceNorm {
  readonly value: number;
  readonly error: number;
}

/** Matrices whose shorter side is at most this are decomposed. */
const SMALL_SIDE = 192;
/** Elements of a wide matrix that are held in memory for it. */
const MOST_HELD = 2 ** 22;
const PROBES = 8;
const STEPS = 12;
const SEED = 0x7ace;

/**
 * The trace norm of a matrix: exactly from its Gram matrix where that is small, else by stochastic Lanczos quadrature
 * (Ubaru, Chen, Saad, SIAM J. Matrix Anal. Appl. 38, 2017) of the square root of A'A, which reads the matrix 12 times.
 */
export async function traceNorm(tensor: LossyTensor, signal: AbortSignal | undefined): Promise<TraceNorm> {
  const { rows, columns } = tensor;
  // Of the shorter side where that can be: the roots of what is zero but for rounding would add up.
  const held = rows < columns && rows * columns <= MOST_HELD;
  if (held && rows <= SMALL_SIDE) return exactly(await rowGram(tensor, signal), rows);
  if (columns <= SMALL_SIDE) return exactly(await columnGram(tensor, signal), columns);
  return await estimated(tensor, signal);
}

function exactly(gram: Float64Array, size: number): TraceNorm {
  const { values } = symmetricEigen(gram, size);
  return { value: values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0), error: 0 };
}

async function columnGram(tensor: LossyTensor, signal: AbortSignal | undefined): Promise<Float64Array> {
  const { columns } = tensor;
  const gram = new Float64Array(columns * columns);
  await visitBands(tensor, signal, ({ count, delta }) => {
    for (let row = 0; row < count; row += 1) {
      const values = delta.slice(row * columns, (row + 1) * columns);
      for (const [index, value] of values.entries()) {
        if (value !== 0) addTo(gram.subarray(index * columns, (index + 1) * columns), values, value);
      }
    }
  });
  return gram;
}

async function rowGram(tensor: LossyTensor, signal: AbortSignal | undefined): Promise<Float64Array> {
  const { rows, columns } = tensor;
  const lines: Float32Array[] = [];
  await visitBands(tensor, signal, ({ count, delta }) => {
    for (let row = 0; row < count; row += 1) lines.push(delta.slice(row * columns, (row + 1) * columns));
  });
  return Float64Array.from({ length: rows * rows }, (_, at) =>
    dot(lines[Math.floor(at / rows)] ?? [], lines[at % rows] ?? []),
  );
}

/** One probe's Krylov space: its vectors, and the tridiagonal matrix of A'A in it. */
interface Lanczos {
  readonly vectors: Float64Array[];
  readonly diagonal: number[];
  readonly beside: number[];
}

async function estimated(tensor: LossyTensor, signal: AbortSignal | undefined): Promise<TraceNorm> {
  const { columns } = tensor;
  const probes = randomSigns(PROBES, columns, SEED).map((signs): Lanczos => {
    scaleBy(signs, 1 / Math.sqrt(columns));
    return { vectors: [signs], diagonal: [], beside: [] };
  });
  for (let step = 0; step < STEPS; step += 1) {
    const images = probes.map(() => new Float64Array(columns));
    await visitBands(tensor, signal, ({ count, delta }) => {
      for (let row = 0; row < count; row += 1) {
        const values = delta.slice(row * columns, (row + 1) * columns);
        for (const [index, { vectors }] of probes.entries()) {
          const image = images[index];
          if (image) addTo(image, values, dot(values, vectors.at(-1) ?? []));
        }
      }
    });
    for (const [index, probe] of probes.entries()) advance(probe, images[index] ?? new Float64Array(columns));
  }
  const estimates = probes.map((probe) => columns * quadrature(probe));
  const value = estimates.reduce((sum, estimate) => sum + estimate, 0) / PROBES;
  const spread = estimates.reduce((sum, estimate) => sum + (estimate - value) ** 2, 0);
  return { value, error: Math.sqrt(spread / (PROBES * (PROBES - 1))) };
}

/** A step of Lanczos from the image of the last vector under A'A; orthogonal to all vectors before. */
function advance({ vectors, diagonal, beside }: Lanczos, image: Float64Array): void {
  diagonal.push(dot(vectors.at(-1) ?? [], image));
  const next = image.slice();
  orthonormalise([...vectors.map((vector) => vector.slice()), next]);
  beside.push(dot(next, image));
  vectors.push(next);
}

/** The square root of A'A between the probe and itself, from the eigenvalues of its tridiagonal matrix. */
function quadrature({ diagonal, beside }: Lanczos): number {
  const size = diagonal.length;
  const matrix = new Float64Array(size * size);
  for (const [index, value] of diagonal.entries()) {
    matrix[index * size + index] = value;
    if (index + 1 === size) continue;
    matrix[index * size + index + 1] = beside[index] ?? 0;
    matrix[(index + 1) * size + index] = beside[index] ?? 0;
  }
  const { values, vectors } = symmetricEigen(matrix, size);
  return vectors.reduce(
    (sum, vector, index) => sum + (vector[0] ?? 0) ** 2 * Math.sqrt(Math.max(0, values[index] ?? 0)),
    0,
  );
}
