import type { Layout } from './patches-layout.ts';
import type { LossyTensor } from './lossy-codec.ts';

// Which patches get how many bits: by rank over the whole tensor, the most important first.

/** So many bits for such a share of the patches. */
export interface BitShare {
  readonly bits: number;
  readonly share: number;
}

/** By what patches are ranked. */
export type Importance = 'norm' | 'low-frequency';

/** A tensor cut into patches, row by row of patches; padded with zeros below and to the right. */
export interface PatchGrid {
  readonly down: number;
  readonly across: number;
}

export function patchGrid(rows: number, columns: number, patch: number): PatchGrid {
  return { down: Math.ceil(rows / patch), across: Math.ceil(columns / patch) };
}

/** Rounds halves to the even neighbour, as Python does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}

/**
 * Bits of each patch. As many patches as a share rounds to get its bits; what is left over gets those of the last
 * share, or, in the published program, none.
 */
export function allocateBits(
  scores: Float64Array,
  shares: readonly BitShare[],
  form: 'repaired' | 'faithful',
): Uint8Array {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const bits = new Uint8Array(scores.length).fill(form === 'repaired' ? (shares.at(-1)?.bits ?? 0) : 0);
  let position = 0;
  for (const { bits: width, share } of shares) {
    const end = Math.min(scores.length, position + roundHalfEven(scores.length * share));
    for (; position < end; position += 1) bits[order[position] ?? 0] = width;
  }
  return bits;
}

/**
 * Takes a patch out of whole rows.
 * @param rows rows at hand; below and to the right of them are zeros
 * @param target patch x patch numbers
 */
export function takePatch(
  delta: Float32Array,
  { rows, columns, patch }: { rows: number; columns: number; patch: number },
  down: number,
  across: number,
  target: Float64Array,
): void {
  const height = Math.min(patch, rows - down * patch);
  const width = Math.min(patch, columns - across * patch);
  if (height < patch || width < patch) target.fill(0);
  for (let row = 0; row < height; row += 1) {
    const from = (down * patch + row) * columns + across * patch;
    for (let place = 0; place < width; place += 1) target[row * patch + place] = delta[from + place] ?? 0;
  }
}

/** Edge of the corner of low frequencies. */
const CORNER = 4;

function norm(values: Float64Array, width: number, height: number, stride: number): number {
  let sum = 0;
  for (let row = 0; row < height; row += 1) {
    for (let place = 0; place < width; place += 1) sum += (values[row * stride + place] ?? 0) ** 2;
  }
  return Math.sqrt(sum);
}

/** What one reading of a tensor gives. */
export interface TensorLook {
  /** Importance of each patch. */
  readonly scores: Float64Array;
  /** Largest magnitude of a change. */
  readonly largest: number;
}

/** About how many elements are read at once. */
const BAND_ELEMENTS = 1 << 19;

/** Reads a tensor once, by bands of rows of patches. */
export async function lookAt(
  tensor: LossyTensor,
  layout: Layout,
  importance: Importance,
  signal?: AbortSignal,
): Promise<TensorLook> {
  const { rows, columns } = tensor;
  const { patch } = layout;
  const { down, across } = patchGrid(rows, columns, patch);
  const scores = new Float64Array(down * across);
  const values = new Float64Array(patch * patch);
  const coefficients = new Float64Array(layout.size);
  const bandRows = Math.max(1, Math.floor(BAND_ELEMENTS / (columns * patch))) * patch;
  let largest = 0;
  for (let first = 0; first < rows; first += bandRows) {
    signal?.throwIfAborted();
    const count = Math.min(bandRows, rows - first);
    const read = await tensor.read(first, count);
    const delta = read.delta.f32(0, count * columns);
    for (let index = 0; index < delta.length; index += 1) {
      const size = Math.abs(delta[index] ?? 0);
      if (size > largest) largest = size;
    }
    for (let row = 0; row < Math.ceil(count / patch); row += 1) {
      for (let place = 0; place < across; place += 1) {
        takePatch(delta, { rows: count, columns, patch }, row, place, values);
        const score = (first / patch + row) * across + place;
        if (importance === 'norm') {
          scores[score] = norm(values, patch, patch, patch);
        } else {
          layout.forward(values, coefficients);
          scores[score] = norm(coefficients, CORNER, CORNER, patch);
        }
      }
    }
    read.free();
  }
  return { scores, largest };
}
