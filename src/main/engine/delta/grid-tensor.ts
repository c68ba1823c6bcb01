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
    const narrow = pool.memory.allocate(range.count * gridBytes[recipe.grid]);
    const args = [grids[recipe.grid], stored.address, range.count, narrow.address];
    const [exact] = await pool.run([{ kernel: 'narrowGrid', args }]).catch((error: unknown) => {
      narrow.free();
      throw error;
    });
    stored.free();
    if (exact === 1) return narrow;
    narrow.free();
    return undefined;
  } catch (error) {
    stored.free();
    throw error;
  }
}
