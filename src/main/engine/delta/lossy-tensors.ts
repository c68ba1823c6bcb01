import { grids, gridOf, matrixOf, SlotSet, type Energies, type Grid, type Matrix } from '../codecs/index.ts';
import type { LossyTensor, ReadRows } from '../codecs/lossy/index.ts';
import type { Pool, Slot } from '../pool/index.ts';
import { predictOnGrid, type PredictorInput } from '../predictors/index.ts';
import type { Source, SourceSegment } from '../sources/index.ts';
import { unitCount } from './layout.ts';

// Which tensors are approximated, and how their changes are read.

/** Elements below which a tensor is not worth an error. */
const FEWEST = 4096;
/** Names of matrices of which an error is felt in every output, or that are small: norms, biases, heads. */
const EXACT = /norm|bias|head|classifier|pooler|score|(^|[._])ln_/i;
const EMBEDDING = /embed|(^|[._])(wte|wpe|shared)([._]|$)/i;
const HEAD = /head|classifier|score|output\.weight$/i;
/** Elements that are looked at together. */
const LOOKED_AT = 1 << 19;

/** A tensor that may be approximated, with what predicts it. */
export interface ApproximateTensor extends LossyTensor {
  readonly segment: SourceSegment;
  readonly input: PredictorInput;
  readonly stored: Grid;
  readonly inputGrid: Grid;
  readonly matrix: Matrix;
  readonly energies: Energies;
  /** Sum of squared predictions. */
  readonly predictions: number;
  /** Share of elements that differ from the prediction. */
  readonly share: number;
  readonly largest: number;
  read(first: number, count: number): Promise<OpenRows>;
}

/** Whether a person would want this tensor approximated. */
export function isApproximable(
  segment: SourceSegment,
  all: readonly SourceSegment[],
  which: 'matrices' | 'all',
): boolean {
  const { tensor } = segment;
  if (!tensor || !gridOf(tensor) || !matrixOf(tensor.shape).scaledColumns) return false;
  if (which === 'all') return true;
  if (unitCount(segment) < FEWEST || EXACT.test(tensor.name)) return false;
  // Where there is no head of its own, the embedding is the head.
  return !EMBEDDING.test(tensor.name) || all.some((other) => other.tensor && HEAD.test(other.tensor.name));
}

/**
 * Looks at a tensor once.
 * @returns undefined where it has an infinite or missing number, or did not change at all: such a tensor is exact
 */
export async function openTensor(
  pool: Pool,
  source: Source,
  segment: SourceSegment,
  input: PredictorInput,
  signal: AbortSignal | undefined,
): Promise<ApproximateTensor | undefined> {
  const stored = segment.tensor && gridOf(segment.tensor);
  const inputGrid = input.segment.tensor && gridOf(input.segment.tensor);
  if (!stored || !inputGrid || unitCount(segment) !== unitCount(input.segment)) return undefined;
  const matrix = matrixOf(segment.tensor.shape);
  const read = (first: number, count: number): Promise<OpenRows> =>
    readRows(pool, { source, segment, input, stored, inputGrid, matrix }, first, count);
  const rowSums = new Float64Array(matrix.rows);
  const columnSums = new Float64Array(matrix.columns);
  let [changed, largest, predictions] = [0, 0, 0];
  const band = Math.max(1, Math.floor(LOOKED_AT / matrix.columns));
  for (let first = 0; first < matrix.rows; first += band) {
    signal?.throwIfAborted();
    const count = Math.min(band, matrix.rows - first);
    const rows = await read(first, count);
    const sums = pool.memory.allocate(32 + count * 8 + matrix.columns * 4);
    try {
      if (!rows.finite) return undefined;
      sums.u8().fill(0);
      const rowsAt = sums.address + 32;
      const elements = [rows.child.address, rows.prediction.address, count * matrix.columns];
      const place = [first * matrix.columns, matrix.columns, rowsAt, rowsAt + count * 8];
      await pool.run([
        { kernel: 'statisticsGrid', args: [grids.F32, ...elements, ...place, 1, sums.address] },
      ]);
      const [differ = 0, far = 0, , own = 0] = sums.f64(0, 4);
      changed += differ;
      largest = Math.max(largest, far);
      predictions += own;
      rowSums.set(sums.f64(32, count), first);
      for (const [column, sum] of sums.f32(32 + count * 8, matrix.columns).entries()) {
        columnSums[column] = (columnSums[column] ?? 0) + sum;
      }
    } finally {
      sums.free();
      rows.free();
    }
  }
  const square = rowSums.reduce((sum, value) => sum + value, 0);
  // Squares of tiny changes vanish in float32, those of huge ones are infinite: both are left to the exact coder.
  if (changed === 0 || !(square > 0) || !Number.isFinite(square)) return undefined;
  return {
    name: segment.tensor.name,
    rows: matrix.rows,
    columns: matrix.columns,
    bits: stored === 'F32' ? 32 : 16,
    ...{ segment, input, stored, inputGrid, matrix, predictions, largest, read },
    energies: { rows: rowSums, width: matrix.columns, columns: columnSums },
    share: changed / (matrix.rows * matrix.columns),
  };
}

/** Rows with the child's elements, float32. */
export interface OpenRows extends ReadRows {
  readonly child: Slot;
  /** Every change is a finite number. */
  readonly finite: boolean;
}

interface Opened {
  readonly source: Source;
  readonly segment: SourceSegment;
  readonly input: PredictorInput;
  readonly stored: Grid;
  readonly inputGrid: Grid;
  readonly matrix: Matrix;
}

async function readRows(pool: Pool, opened: Opened, first: number, count: number): Promise<OpenRows> {
  const { source, segment, input, stored, inputGrid, matrix } = opened;
  const range = { first: first * matrix.columns, count: count * matrix.columns };
  const slots = new SlotSet();
  let child: Slot | undefined;
  try {
    // The child is read as predictions are: its elements, cast to float32.
    const cast = { recipe: { predictor: 'cast', version: 0 }, grid: 'F32', range } as const;
    child = await predictOnGrid(pool, { ...cast, inputs: [{ source, segment }], inputGrids: [stored] });
    if (child) slots.keep(child);
    const prediction = await predictOnGrid(pool, { ...cast, inputs: [input], inputGrids: [inputGrid] });
    if (prediction) slots.keep(prediction);
    if (!child || !prediction) throw new Error('a tensor with an input has a prediction');
    const delta = slots.keep(pool.memory.allocate(range.count * 4));
    const args = [child.address, prediction.address, range.count, delta.address];
    const [finite] = await pool.run([{ kernel: 'subtractFloats', args }]);
    for (const slot of [child, prediction, delta]) slots.release(slot);
    const all = [child, prediction, delta];
    return {
      ...{ child, prediction, delta, finite: finite === 1 },
      free() {
        for (const slot of all) slot.free();
      },
    };
  } finally {
    slots.free();
  }
}
