import { gridBytes, grids, type Grid, type Range } from '../codecs/elements.ts';
import type { Pool, Slot } from '../pool/index.ts';
import type { Source, SourceSegment } from '../sources/source.ts';
import { factorOf, type Recipe } from './recipe.ts';

/** What a prediction is made from: a segment of a parent. */
export interface PredictorInput {
  readonly source: Source;
  readonly segment: SourceSegment;
}

/** A prediction wanted: elements `range` of a tensor, on `grid`. */
export interface GridRequest {
  readonly recipe: Recipe;
  readonly inputs: readonly PredictorInput[];
  /** Grid of the inputs' elements, in their order. */
  readonly inputGrids: readonly Grid[];
  readonly grid: Grid;
  readonly range: Range;
}

/**
 * Predicts elements on a grid of floating-point values. One multiplication and one rounding per element in float32,
 * the same on every machine.
 * @returns a slot with the predicted elements, for the caller to free; undefined when the recipe predicts nothing
 * @throws DeltashelfError when a parent cannot be read
 */
export async function predictOnGrid(pool: Pool, request: GridRequest): Promise<Slot | undefined> {
  const [input] = request.inputs;
  const [inputGrid] = request.inputGrids;
  if (request.recipe.predictor === 'none' || !input || !inputGrid) return undefined;
  const { range, grid } = request;
  const width = gridBytes[inputGrid];
  const elements = pool.memory.allocate(range.count * width);
  try {
    await input.source.read(input.segment, range.first * width, elements.u8(0, range.count * width));
    const factor = request.recipe.alpha === undefined ? 1 : factorOf(request.recipe.alpha);
    if (inputGrid === grid && factor === 1) return elements;
    const predicted = pool.memory.allocate(range.count * gridBytes[grid]);
    try {
      const args = [grids[inputGrid], grids[grid], elements.address, range.count, factor, predicted.address];
      await pool.run([{ kernel: 'predictGrid', args }]);
    } catch (error) {
      predicted.free();
      throw error;
    }
    elements.free();
    return predicted;
  } catch (error) {
    elements.free();
    throw error;
  }
}

/**
 * Predicts bytes: those of the input at the same place, zero beyond its end.
 * @returns a slot with `bytes` bytes, for the caller to free; undefined when nothing predicts them
 */
export async function predictBytes(
  pool: Pool,
  inputs: readonly PredictorInput[],
  offset: number,
  bytes: number,
): Promise<Slot | undefined> {
  const [input] = inputs;
  if (!input) return undefined;
  const slot = pool.memory.allocate(bytes);
  try {
    const known = Math.max(0, Math.min(bytes, input.segment.length - offset));
    if (known < bytes) slot.u8(known, bytes - known).fill(0);
    if (known > 0) await input.source.read(input.segment, offset, slot.u8(0, known));
    return slot;
  } catch (error) {
    slot.free();
    throw error;
  }
}
