import { gridBytes, grids, type Grid, type Matrix, type Range } from '../codecs/elements.ts';
import type { Pool, Slot } from '../pool/index.ts';
import { predictOnGrid, type PredictorInput, type Recipe } from '../predictors/index.ts';
import type { Source, SourceSegment } from '../sources/source.ts';

/** A floating-point tensor of the child on its way through the encoder. */
export interface GridTensor {
  readonly source: Source;
  readonly segment: SourceSegment;
  /** Grid of the stored elements. */
  readonly stored: Grid;
  readonly matrix: Matrix;
  /** At most one for the predictors of this version. */
  readonly inputs: readonly PredictorInput[];
  readonly inputGrids: readonly Grid[];
}

/** Elements of a chunk in shared memory, on the grid on which they are coded. */
export interface LoadedChunk {
  readonly child: Slot;
  readonly prediction: Slot | undefined;
  free(): void;
}

/** Grid on which a recipe codes a tensor. */
export function codingGrid(tensor: GridTensor, recipe: Recipe): Grid {
  return recipe.grid ?? tensor.stored;
}

/** Rows of the tensor's matrix that a range touches. */
export function rowsOf(matrix: Matrix, range: Range): { first: number; count: number } {
  const first = Math.floor(range.first / matrix.columns);
  return { first, count: Math.ceil((range.first + range.count) / matrix.columns) - first };
}

/**
 * Reads elements of the child and predicts them.
 * @returns undefined when the recipe's narrow grid would lose something of these elements
 */
export async function loadChunk(
  pool: Pool,
  tensor: GridTensor,
  recipe: Recipe,
  range: Range,
): Promise<LoadedChunk | undefined> {
  const grid = codingGrid(tensor, recipe);
  const { inputs, inputGrids } = tensor;
  const child = await loadChild(pool, tensor, recipe, range);
  if (!child) return undefined;
  try {
    const prediction = await predictOnGrid(pool, { recipe, inputs, inputGrids, grid, range });
    return {
      child,
      prediction,
      free() {
        child.free();
        prediction?.free();
      },
    };
  } catch (error) {
    child.free();
    throw error;
  }
}

async function loadChild(
  pool: Pool,
  tensor: GridTensor,
  recipe: Recipe,
  range: Range,
): Promise<Slot | undefined> {
  const width = gridBytes[tensor.stored];
  const stored = pool.memory.allocate(range.count * width);
  try {
    await tensor.source.read(tensor.segment, range.first * width, stored.u8(0, range.count * width));
    if (!recipe.grid) return stored;
    const narrow = await narrowed(pool, stored, tensor.stored, recipe.grid, range.count);
    stored.free();
    return narrow;
  } catch (error) {
    stored.free();
    throw error;
  }
}

/** Elements on a narrower grid; undefined when that would lose something. */
async function narrowed(
  pool: Pool,
  stored: Slot,
  from: Grid,
  to: 'BF16' | 'F16',
  count: number,
): Promise<Slot | undefined> {
  const narrow = pool.memory.allocate(count * gridBytes[to]);
  try {
    if (await isExact(pool, stored, from, to, count, narrow)) return narrow;
    narrow.free();
    return undefined;
  } catch (error) {
    narrow.free();
    throw error;
  }
}

async function isExact(
  pool: Pool,
  stored: Slot,
  from: Grid,
  to: 'BF16' | 'F16',
  count: number,
  narrow: Slot,
): Promise<boolean> {
  if (from === 'F32') {
    const args = [grids[to], stored.address, count, narrow.address];
    const [exact] = await pool.run([{ kernel: 'narrowGrid', args }]);
    return exact === 1;
  }
  const back = pool.memory.allocate(count * gridBytes[from]);
  try {
    const there = [grids[from], grids[to], stored.address, count, 1, narrow.address];
    const [, , changes] = await pool.run([
      { kernel: 'predictGrid', args: there },
      { kernel: 'predictGrid', args: [grids[to], grids[from], narrow.address, count, 1, back.address] },
      { kernel: 'findChanges', args: [stored.address, back.address, count, gridBytes[from], 0, 0] },
    ]);
    return changes === 0;
  } finally {
    back.free();
  }
}

/**
 * Elements on the grid on which they are stored; undoes the narrowing.
 * @returns a slot for the caller to free
 */
export async function widened(pool: Pool, narrow: Slot, from: Grid, to: Grid, count: number): Promise<Slot> {
  const wide = pool.memory.allocate(count * gridBytes[to]);
  try {
    const cast = [grids[from], grids[to], narrow.address, count, 1, wide.address];
    const exact = [grids[from], narrow.address, count, wide.address];
    await pool.run([
      to === 'F32' ? { kernel: 'widenGrid', args: exact } : { kernel: 'predictGrid', args: cast },
    ]);
    return wide;
  } catch (error) {
    wide.free();
    throw error;
  }
}
