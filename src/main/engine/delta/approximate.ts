import {
  gridBytes,
  grids,
  SlotSet,
  type Grid,
  type Matrix,
  type Range,
  type ScaleSlots,
} from '../codecs/index.ts';
import {
  decodeFactors,
  decodeLevels,
  decodePatches,
  decodeScalars,
  type CodedRows,
  type LevelTables,
  type LossyMethod,
} from '../codecs/lossy/index.ts';
import type { Pool, Slot } from '../pool/index.ts';

/** Whole rows of a tensor that are approximated, with all that their method needs. */
export interface ApproximatedRows {
  readonly method: LossyMethod;
  readonly matrix: Matrix;
  readonly range: Range;
  /** Float32. */
  readonly prediction: Slot;
  readonly payload: Uint8Array;
  /** Of the method `levels`. */
  readonly tables?: LevelTables;
  readonly scales?: ScaleSlots;
}

/** Methods that need nothing but their payload. */
const decoders: Readonly<
  Record<Exclude<LossyMethod, 'levels'>, (pool: Pool, rows: CodedRows) => Promise<Float32Array | undefined>>
> = { patches: decodePatches, scalars: decodeScalars, factors: decodeFactors };

/**
 * Elements on the grid of their tensor: the prediction and the change that the payload gives, one addition in float32,
 * rounded once.
 * @returns a slot for the caller to free; undefined when the payload is damaged
 */
export async function approximate(
  pool: Pool,
  rows: ApproximatedRows,
  stored: Grid,
): Promise<Slot | undefined> {
  const { prediction, range } = rows;
  const change = await changeOf(pool, rows);
  if (!change) return undefined;
  const slots = new SlotSet();
  slots.keep(change);
  try {
    const target = slots.keep(pool.memory.allocate(range.count * gridBytes[stored]));
    const args = [grids[stored], prediction.address, change.address, range.count, target.address];
    await pool.run([{ kernel: 'addChangeGrid', args }]);
    return slots.release(target);
  } finally {
    slots.free();
  }
}

async function changeOf(pool: Pool, rows: ApproximatedRows): Promise<Slot | undefined> {
  const { method, matrix, range, prediction, payload, tables, scales } = rows;
  if (method === 'levels') {
    if (!tables || !scales) return undefined;
    const place = { elements: range.count, firstElement: range.first, columns: matrix.columns };
    const addresses = { rowScales: scales.row(matrix, range.first), columnScales: scales.columns };
    return await decodeLevels(pool, { ...place, prediction, ...addresses }, payload, tables);
  }
  const decode = decoders[method];
  const { rows: all, columns } = matrix;
  const coded = { rows: all, columns, first: range.first / columns, count: range.count / columns, payload };
  const numbers = await decode(pool, coded);
  if (numbers?.length !== range.count) return undefined;
  const change = pool.memory.allocate(range.count * 4);
  change.f32(0, range.count).set(numbers);
  return change;
}
