import { visitBands } from './bands.ts';
import type { Fit } from './codec-options.ts';
import { isCodable } from './magnitudes.ts';
import type { LossyTensor } from './lossy-codec.ts';
import { fitFactor } from './slope.ts';

// Scales for signs. With s the sign of d, d' = scale x s, so all sums are over magnitudes: <d', d> is the sum of
// scale x abs(d), <d', d'> that of the squared scales.

/** What signs are multiplied by: the factor, and its row's and its column's scale where there are such. */
export interface SignScales {
  readonly factor: number;
  readonly rows?: Float64Array;
  readonly columns?: Float64Array;
}

export type SignScope = 'tensor' | 'row' | 'column' | 'rank1';

/** Elements below which all rounds of alternating least squares run; above, each round is a pass over a file. */
const MANY_ROUNDS_BELOW = 2 ** 22;
const ROUNDS = 20;
const FEW_ROUNDS = 3;
/** A row or column with fewer elements has no scale of its own: the scale would cost a bit per element. */
const FEWEST_PER_SCALE = 16;

/** The scope that a shape allows. */
export function scopeFor(scope: SignScope, { rows, columns }: LossyTensor): SignScope {
  const perRow = scope !== 'column' && columns < FEWEST_PER_SCALE;
  const perColumn = scope !== 'row' && rows < FEWEST_PER_SCALE;
  return perRow || perColumn ? 'tensor' : scope;
}

/** Scales of a tensor's signs; undefined when nothing changed, or beyond measure. Reads it once, for `rank1` up to 21 times. */
export async function signScales(
  tensor: LossyTensor,
  { scope, fit }: { scope: SignScope; fit: Fit },
  signal: AbortSignal | undefined,
): Promise<SignScales | undefined> {
  const { rows, columns } = tensor;
  const sums = await marginals(tensor, signal);
  if (!isCodable(sums.largest)) return undefined;
  const effective = scopeFor(scope, tensor);
  if (effective === 'rank1') return await rankOne(tensor, { fit, sums }, signal);
  if (effective === 'tensor') {
    const mean = sums.magnitudes / (rows * columns);
    return { factor: mean * scaledFit(fit, [sums.magnitudes], [sums.squares], rows * columns)[0] };
  }
  const [magnitudes, squares, each] =
    effective === 'row'
      ? [sums.rowMagnitudes, sums.rowSquares, columns]
      : [sums.columnMagnitudes, sums.columnSquares, rows];
  const fits = scaledFit(fit, magnitudes, squares, each);
  const scales = Float64Array.from(magnitudes, (sum, index) => (sum / each) * (fits[index] ?? 1));
  return effective === 'row' ? { factor: 1, rows: scales } : { factor: 1, columns: scales };
}

interface Marginals {
  readonly rowMagnitudes: Float64Array;
  readonly rowSquares: Float64Array;
  readonly columnMagnitudes: Float64Array;
  readonly columnSquares: Float64Array;
  readonly magnitudes: number;
  readonly squares: number;
  readonly largest: number;
}

async function marginals(tensor: LossyTensor, signal: AbortSignal | undefined): Promise<Marginals> {
  const { rows, columns } = tensor;
  const rowMagnitudes = new Float64Array(rows);
  const rowSquares = new Float64Array(rows);
  const columnMagnitudes = new Float64Array(columns);
  const columnSquares = new Float64Array(columns);
  let magnitudes = 0;
  let squares = 0;
  let largest = 0;
  await visitBands(tensor, signal, ({ first, count, delta }) => {
    for (let row = 0; row < count; row += 1) {
      let rowSum = 0;
      let rowSquare = 0;
      for (let column = 0; column < columns; column += 1) {
        const magnitude = Math.abs(delta[row * columns + column] ?? 0);
        const square = magnitude * magnitude;
        rowSum += magnitude;
        largest = Math.max(largest, magnitude);
        rowSquare += square;
        columnMagnitudes[column] = (columnMagnitudes[column] ?? 0) + magnitude;
        columnSquares[column] = (columnSquares[column] ?? 0) + square;
      }
      rowMagnitudes[first + row] = rowSum;
      rowSquares[first + row] = rowSquare;
      magnitudes += rowSum;
      squares += rowSquare;
    }
  });
  return { rowMagnitudes, rowSquares, columnMagnitudes, columnSquares, magnitudes, squares, largest };
}

/** Per scale what its mean magnitude is multiplied by; the cosine that decides is that of the whole tensor. */
function scaledFit(
  fit: Fit,
  magnitudes: ArrayLike<number>,
  squares: ArrayLike<number>,
  each: number,
): [number, ...number[]] {
  let exact = 0;
  let product = 0;
  for (let index = 0; index < magnitudes.length; index += 1) {
    exact += squares[index] ?? 0;
    product += (magnitudes[index] ?? 0) ** 2 / each;
  }
  // Means are least squares: what is decoded has the same product with the change as with itself.
  const grows = fitFactor(fit, { exact, decoded: product, product }) > 1;
  const factor = (index: number): number => {
    const sum = magnitudes[index] ?? 0;
    return grows && sum > 0 ? ((squares[index] ?? 0) * each) / sum ** 2 : 1;
  };
  const [first = 1, ...others] = Array.from({ length: magnitudes.length }, (_, index) => factor(index));
  return [first, ...others];
}

/** Scale u_row x v_column by alternating least squares on the magnitudes, from v = 1. */
async function rankOne(
  tensor: LossyTensor,
  { fit, sums }: { fit: Fit; sums: Marginals },
  signal: AbortSignal | undefined,
): Promise<SignScales> {
  const { rows, columns } = tensor;
  const u = new Float64Array(rows);
  let v = new Float64Array(columns).fill(1);
  const rounds = rows * columns <= MANY_ROUNDS_BELOW ? ROUNDS : FEW_ROUNDS;
  let product = 0;
  for (let round = 0; round < rounds; round += 1) {
    const norm = squared(v);
    const next = new Float64Array(columns);
    await visitBands(tensor, signal, ({ first, count, delta }) => {
      for (let row = 0; row < count; row += 1) {
        let dot = 0;
        for (let column = 0; column < columns; column += 1) {
          dot += Math.abs(delta[row * columns + column] ?? 0) * (v[column] ?? 0);
        }
        const scale = dot / norm;
        u[first + row] = scale;
        for (let column = 0; column < columns; column += 1) {
          next[column] = (next[column] ?? 0) + Math.abs(delta[row * columns + column] ?? 0) * scale;
        }
      }
    });
    const length = squared(u);
    v = next.map((sum) => sum / length);
    product = squared(v) * length;
  }
  // After a step of least squares in v the product with the change is what is decoded, squared.
  const factor = fitFactor(fit, { exact: sums.squares, decoded: product, product });
  return { factor, rows: u, columns: v };
}

function squared(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
