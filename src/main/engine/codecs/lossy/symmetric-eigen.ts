/** Eigenvalues, the largest first, and for each its eigenvector of length 1. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

const MOST_SWEEPS = 30;
const CLOSE_ENOUGH = 1e-24;

/**
 * Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations,
 * 8.5): slow for large matrices, exact to the last digits for small ones.
 * @param matrix row by row, `size` x `size`
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const rows = Array.from({ length: size }, (_, row) => matrix.slice(row * size, (row + 1) * size));
  const vectors = rows.map((_, row) => {
    const vector = new Float64Array(size);
    vector[row] = 1;
    return vector;
  });
  for (let sweep = 0; sweep < MOST_SWEEPS && !isDiagonal(rows); sweep += 1) {
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) rotate(rows, vectors, p, q);
  }
  const values = rows.map((row, index) => row[index] ?? 0);
  const order = values.map((_, index) => index).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  return {
    values: Float64Array.from(order, (index) => values[index] ?? 0),
    vectors: order.map((index) => vectors[index] ?? new Float64Array(size)),
  };
}

function isDiagonal(rows: readonly Float64Array[]): boolean {
  let off = 0;
  let all = 0;
  for (const [index, row] of rows.entries()) {
    for (const [column, value] of row.entries()) {
      all += value * value;
      if (column !== index) off += value * value;
    }
  }
  return off <= all * CLOSE_ENOUGH;
}

/** Makes element (p, q) zero. Eigenvectors are kept as rows. */
function rotate(rows: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const [rowP, rowQ, vectorP, vectorQ] = [rows[p], rows[q], vectors[p], vectors[q]];
  const between = rowP?.[q] ?? 0;
  if (!rowP || !rowQ || !vectorP || !vectorQ || between === 0) return;
  const theta = ((rowQ[q] ?? 0) - (rowP[p] ?? 0)) / (2 * between);
  const tangent = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  turn(rowP, rowQ, cosine, sine);
  for (const row of rows) {
    const [a, b] = [row[p] ?? 0, row[q] ?? 0];
    row[p] = cosine * a - sine * b;
    row[q] = sine * a + cosine * b;
  }
  turn(vectorP, vectorQ, cosine, sine);
}

function turn(first: Float64Array, second: Float64Array, cosine: number, sine: number): void {
  for (let index = 0; index < first.length; index += 1) {
    const [a, b] = [first[index] ?? 0, second[index] ?? 0];
    first[index] = cosine * a - sine * b;
    second[index] = sine * a + cosine * b;
  }
}
