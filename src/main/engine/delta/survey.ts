import {
  chunksOf,
  gridBytes,
  grids,
  scaleBits,
  scalesFrom,
  type Energies,
  type Grid,
  type Range,
  type Scales,
} from '../codecs/index.ts';
import { inWindow, type Pool } from '../pool/index.ts';
import { factorBits, type Recipe } from '../predictors/index.ts';
import { fitFactor } from '../predictors/fit-factor.ts';
import { codingGrid, loadChunk, rowsOf, type GridTensor, type LoadedChunk } from './grid-tensor.ts';
import { KeptChunks } from './kept-chunks.ts';
import { RowSamples } from './samples.ts';

/** How much a tensor differs from its parent, for people. */
export interface Change {
  /** Share of elements whose bits differ, 0 to 1. */
  readonly share: number;
  /** Norm of child - parent over the norm of the parent; null without a parent or where the parent is zero. */
  readonly norm: number | null;
  /** Largest |child - parent|. */
  readonly largest: number | null;
}

/** What one pass over a tensor found: how to predict it, its scales, and what is left in each chunk. */
export interface Survey {
  readonly tensor: GridTensor;
  readonly recipe: Recipe;
  readonly scales: Scales;
  readonly chunks: readonly { readonly range: Range; readonly changed: number }[];
  readonly change: Change | undefined;
  /** Elements that need not be read again; to be taken or freed by the caller. */
  readonly kept: KeptChunks;
}

interface Pass extends Energies {
  readonly changed: number[];
  readonly largest: number;
  readonly differences: number;
  readonly predictions: number;
  readonly samples: RowSamples;
  readonly kept: KeptChunks;
}

/** What one chunk adds to a pass. */
interface MeasuredChunk {
  readonly firstRow: number;
  readonly rows: Float64Array;
  readonly columns: Float32Array;
  readonly result: Float64Array;
}

/** Bytes at the start of a tensor of which the elements are kept until they are coded. */
const KEPT_BYTES = 32 << 20;
/** Elements that are sampled for the factor's first round, and for the others. */
const SMALL_SAMPLE = 8192;
const LARGE_SAMPLE = 32_768;
/** A prediction whose error has more than this share of its energy is compared with none at all. */
const DOUBTFUL = 0.2;
/**
 * Bits per element by which scales must fall before a doubtful parent is kept: where the residual is about as large as
 * the values, the bin around zero holds far more representable values than ever occur, and each costs its place.
 */
const PARENT_GAIN = 0.4;
/**
 * Powers of two by which differences are multiplied before they are squared in float32: the usual one for those from
 * 2^-103 to 2^10, and others for larger and for smaller ones.
 */
const USUAL = 2 ** 40;
const LARGER = [2 ** -10, 2 ** -77] as const;
const SMALLER = 2 ** 110;
/** Largest difference of a tensor from which the smaller unit is better. */
const TINY = 2 ** -80;
/** Elements that are looked at before a whole tensor is. */
const GLANCE = 256;
/** Bits per element by which scales must fall before a factor is kept. */
const FACTOR_GAIN = 0.005;

/**
 * Reads a tensor once, or twice where a factor or doing without the parent is worth a trial, and decides how it is
 * coded. Memory: its first 32 MiB with their prediction, twice those while two ways are compared, and a few chunks.
 */
export async function survey(
  pool: Pool,
  tensor: GridTensor,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const wide = plainRecipe(tensor, tensor.stored);
  const widePass = await measure(pool, tensor, wide, signal);
  // What a cast gives needs no narrow grid, on which the prediction may have been rounded otherwise.
  const asCast = wide.predictor !== 'none' && widePass.changed.every((changed) => changed === 0);
  const { grid, pass } = asCast ? { pass: widePass } : await onNarrowGrid(pool, tensor, widePass, signal);
  const plain: Recipe = grid ? { ...plainRecipe(tensor, grid), grid } : wide;
  const change = changeOf(tensor, plain, pass);
  const alone = plain.predictor === 'none';
  const chunks = rangesOf(tensor).map((range, index) => ({
    range,
    changed: alone ? range.count : (pass.changed[index] ?? 0),
  }));
  const scales = scalesFrom(pass);
  const first: Survey = { tensor, recipe: plain, scales, chunks, change, kept: pass.kept };
  if (alone || pass.changed.every((changed) => changed === 0)) return first;
  let best = first;
  try {
    best = await withFactor(pool, best, pass, signal);
    const doubtful = best !== first || pass.differences > DOUBTFUL * pass.predictions;
    return doubtful ? await withoutParent(pool, best, signal) : best;
  } catch (error) {
    best.kept.free();
    throw error;
  }
}

/** The better of two ways to code a tensor; the other's elements are freed. */
function keep(better: Survey, worse: { readonly kept: KeptChunks }): Survey {
  worse.kept.free();
  return better;
}

function rangesOf(tensor: GridTensor): Range[] {
  const width = gridBytes[tensor.stored];
  return chunksOf(tensor.segment.length / width, tensor.matrix.columns, width);
}

function plainRecipe(tensor: GridTensor, grid: Grid): Recipe {
  const [input] = tensor.inputGrids;
  if (!input) return { predictor: 'none', version: 0 };
  return { predictor: input === grid ? 'same' : 'cast', version: 0 };
}

function changeOf(tensor: GridTensor, recipe: Recipe, pass: Pass): Change | undefined {
  if (recipe.predictor === 'none') return undefined;
  const changed = pass.changed.reduce((sum, chunk) => sum + chunk, 0);
  const share = changed / (tensor.segment.length / gridBytes[tensor.stored]);
  const norm = pass.predictions > 0 ? Math.sqrt(pass.differences / pass.predictions) : null;
  return { share, norm: finite(norm), largest: finite(pass.largest) };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

async function withFactor(
  pool: Pool,
  plain: Survey,
  pass: Pass,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const factor = fitFactor(pass.samples.take(SMALL_SAMPLE), () => pass.samples.take(LARGE_SAMPLE));
  if (factor === undefined || factor === 1) return plain;
  const { tensor } = plain;
  const recipe: Recipe = { ...plain.recipe, predictor: 'scaled', alpha: factorBits(factor) };
  const scaled = await measure(pool, tensor, recipe, signal);
  const scales = scalesFrom(scaled);
  const count = tensor.segment.length / gridBytes[tensor.stored];
  const [before = 0, after = 0] = scaleBits([plain.scales, scales]);
  if (before - after < FACTOR_GAIN * count + 40) return keep(plain, scaled);
  const chunks = plain.chunks.map(({ range }, index) => ({ range, changed: scaled.changed[index] ?? 0 }));
  return keep({ ...plain, recipe, scales, chunks, kept: scaled.kept }, plain);
}

async function withoutParent(
  pool: Pool,
  predicted: Survey,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const { tensor } = predicted;
  const { grid } = predicted.recipe;
  const recipe: Recipe = { predictor: 'none', version: 0, ...(grid && { grid }) };
  const pass = await measure(pool, tensor, recipe, signal);
  const scales = scalesFrom(pass);
  const count = tensor.segment.length / gridBytes[tensor.stored];
  const [withParent = 0, without = 0] = scaleBits([predicted.scales, scales]);
  if (without >= withParent + PARENT_GAIN * count) return keep(predicted, pass);
  const chunks = predicted.chunks.map(({ range }) => ({ range, changed: range.count }));
  return keep({ ...predicted, recipe, scales, chunks, kept: pass.kept }, predicted);
}

/** The same pass over a narrower grid, where all elements of the tensor lie on one. */
async function onNarrowGrid(
  pool: Pool,
  tensor: GridTensor,
  pass: Pass,
  signal: AbortSignal | undefined,
): Promise<{ grid?: 'BF16' | 'F16'; pass: Pass }> {
  try {
    const { start } = pass.kept;
    if (start && !mayBeNarrow(tensor.stored, start)) return { pass };
    const grid = await narrowGrid(pool, tensor, signal);
    if (!grid) return { pass };
    const narrow = await measure(pool, tensor, { ...plainRecipe(tensor, grid), grid }, signal);
    pass.kept.free();
    return { grid, pass: narrow };
  } catch (error) {
    pass.kept.free();
    throw error;
  }
}

/** A glance at the first elements, without a kernel: whether their last bits are zero as on a narrower grid. */
function mayBeNarrow(stored: Grid, { child }: LoadedChunk): boolean {
  if (stored === 'BF16') return false;
  if (stored === 'F32')
    return child.u32(0, Math.min(GLANCE, child.bytes / 4)).every((bits) => (bits & 0x1fff) === 0);
  // Subnormal halves of bfloat16 values keep bits that the others have not.
  const narrow = (bits: number): boolean => (bits & 7) === 0 || (bits & 0x7c00) === 0;
  return child.u16(0, Math.min(GLANCE, child.bytes / 2)).every(narrow);
}

/** The narrower grid on which all elements of a tensor lie, if there is one. */
async function narrowGrid(
  pool: Pool,
  tensor: GridTensor,
  signal: AbortSignal | undefined,
): Promise<'BF16' | 'F16' | undefined> {
  const candidates = { F32: ['BF16', 'F16'], F16: ['BF16'], BF16: [] } as const;
  for (const grid of candidates[tensor.stored]) {
    if (await liesOn(pool, tensor, grid, signal)) return grid;
  }
  return undefined;
}

async function liesOn(
  pool: Pool,
  tensor: GridTensor,
  grid: 'BF16' | 'F16',
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const recipe: Recipe = { predictor: 'none', version: 0, grid };
  const count = tensor.segment.length / gridBytes[tensor.stored];
  // Nearly every tensor that does not lie on the grid shows it in its first elements.
  for (const range of [{ first: 0, count: Math.min(GLANCE, count) }, ...rangesOf(tensor)]) {
    signal?.throwIfAborted();
    const loaded = await loadChunk(pool, tensor, recipe, range);
    if (!loaded) return false;
    loaded.free();
  }
  return true;
}

/** One pass over a tensor; another where squares may have left the range of float32. */
async function measure(
  pool: Pool,
  tensor: GridTensor,
  recipe: Recipe,
  signal: AbortSignal | undefined,
): Promise<Pass> {
  let pass = await measureIn(USUAL, pool, tensor, recipe, signal);
  for (const unit of otherUnits(pass)) {
    pass.kept.free();
    pass = await measureIn(unit, pool, tensor, recipe, signal);
    if (fits(unit, pass)) break;
  }
  return pass;
}

/** Largest difference that a unit is for; what is 2^-113 of it or smaller vanishes. */
const largestIn = (unit: number): number => 2 ** 50 / unit;

function fits(unit: number, { largest, predictions }: Pass): boolean {
  return largest <= largestIn(unit) && Number.isFinite(predictions);
}

/** Units for a pass to which the usual one does not do justice. */
function otherUnits(pass: Pass): readonly number[] {
  if (!fits(USUAL, pass)) return LARGER;
  return pass.largest > 0 && pass.largest < TINY ? [SMALLER] : [];
}

async function measureIn(
  unit: number,
  pool: Pool,
  tensor: GridTensor,
  recipe: Recipe,
  signal: AbortSignal | undefined,
): Promise<Pass> {
  const { matrix } = tensor;
  const grid = codingGrid(tensor, recipe);
  const count = tensor.segment.length / gridBytes[tensor.stored];
  const total = {
    rows: new Float64Array(matrix.rows),
    width: matrix.columns,
    columns: new Float64Array(matrix.scaledColumns ? matrix.columns : 0),
    changed: [] as number[],
    largest: 0,
    differences: 0,
    predictions: 0,
    samples: new RowSamples(grid, matrix.rows, matrix.columns, LARGE_SAMPLE),
    kept: new KeptChunks(),
  };
  const measured = async (range: Range): Promise<MeasuredChunk> => {
    signal?.throwIfAborted();
    const loaded = await loadChunk(pool, tensor, recipe, range);
    if (!loaded) throw new Error('elements that were on a narrow grid are so still');
    let kept = false;
    try {
      const part = await measureChunk(pool, tensor, grid, range, loaded, unit);
      if (recipe.predictor !== 'none' && recipe.predictor !== 'scaled' && count >= 16) {
        total.samples.add(loaded, range);
      }
      kept = range.first * gridBytes[tensor.stored] < KEPT_BYTES;
      if (kept) total.kept.keep(range.first, loaded);
      return part;
    } finally {
      if (!kept) loaded.free();
    }
  };
  let parts: MeasuredChunk[];
  try {
    parts = await inWindow(rangesOf(tensor), pool.threads + 1, measured);
  } catch (error) {
    total.kept.free();
    throw error;
  }
  const energy = unit ** -2;
  for (const part of parts) {
    addTo(total.rows, part.firstRow, part.rows, energy);
    addTo(total.columns, 0, part.columns, energy);
    const [changed = 0, largest = 0, differences = 0, predictions = 0] = part.result;
    total.changed.push(changed);
    total.largest = Math.max(total.largest, largest);
    total.differences += differences * energy;
    total.predictions += predictions * energy;
  }
  return total;
}

function addTo(
  target: Float64Array,
  first: number,
  values: Float64Array | Float32Array,
  energy: number,
): void {
  for (let index = 0; index < values.length; index += 1) {
    target[first + index] = (target[first + index] ?? 0) + (values[index] ?? 0) * energy;
  }
}

async function measureChunk(
  pool: Pool,
  tensor: GridTensor,
  grid: Grid,
  range: Range,
  loaded: LoadedChunk,
  unit: number,
): Promise<MeasuredChunk> {
  const { matrix } = tensor;
  const touched = rowsOf(matrix, range);
  const columns = matrix.scaledColumns ? matrix.columns : 0;
  const slot = pool.memory.allocate(32 + touched.count * 8 + columns * 4);
  try {
    slot.u8().fill(0);
    const rowsAt = 32;
    const columnsAt = rowsAt + touched.count * 8;
    await pool.run([
      {
        kernel: 'statisticsGrid',
        args: [
          grids[grid],
          loaded.child.address,
          loaded.prediction?.address ?? 0,
          range.count,
          range.first,
          matrix.columns,
          slot.address + rowsAt,
          columns > 0 ? slot.address + columnsAt : 0,
          unit,
          slot.address,
        ],
      },
    ]);
    return {
      firstRow: touched.first,
      rows: slot.f64(rowsAt, touched.count).slice(),
      columns: slot.f32(columnsAt, columns).slice(),
      result: slot.f64(0, 4).slice(),
    };
  } finally {
    slot.free();
  }
}
