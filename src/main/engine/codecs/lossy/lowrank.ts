import { z } from 'zod';
import { codecOptions, numberOption } from './codec-options.ts';
import { encodeFactors } from './factors-encode.ts';
import { halfBits } from './half-floats.ts';
import { isCodable, powerAbove } from './magnitudes.ts';
import type { LossyCodec, LossyJob, LossyTensor, TensorCoder } from './lossy-codec.ts';
import { singularVectors, type SingularVectors } from './singular-vectors.ts';
import { dot } from './vectors.ts';

/** More components take minutes per tensor, and more bytes than other methods for the same. */
const MOST_RANK = 256;
const DEFAULT_RANK = 8;
/** Components that are tried first when a share of the energy is asked for. */
const FIRST_RANK = 16;
/** Bytes of the child up to which a tensor is one chunk; of a larger one each chunk repeats the right vectors. */
const WHOLE_BYTES = 2 ** 24;
/** A component below this share of the energy is noise of the arithmetic. */
const NOTHING = 1e-13;

const options = codecOptions('lowrank', {
  rank: numberOption({ least: 1, most: MOST_RANK, whole: true }).optional(),
  energy: numberOption({ above: 0, below: 1 }).optional(),
}).refine(({ rank, energy }) => rank === undefined || energy === undefined, {
  error: 'lowrank takes a rank or a share of the energy, not both',
});

type LowRankOptions = z.infer<typeof options>;

/** A truncated singular value decomposition; least squares, never scaled up (docs/methods-scalars.md, "lowrank"). */
export const lowrank: LossyCodec<LowRankOptions> = {
  name: 'lowrank',
  method: 'factors',
  options,
  plan: async (job) => ({
    coder: async (index) => {
      const tensor = job.tensors[index];
      if (!tensor) return undefined;
      const found = await componentsOf(job, tensor);
      return found && lowRankCoder(job, tensor, found);
    },
  }),
};

/** Rows of a chunk; all where the tensor is small enough for one. */
function chunkRows({ rows, columns, bits }: LossyTensor): number {
  return Math.min(rows, Math.max(1, Math.floor(WHOLE_BYTES / ((columns * bits) / 8))));
}

/** Most components that take fewer bytes than the tensor itself. */
function mostRank(tensor: LossyTensor): number {
  const { rows, columns, bits } = tensor;
  const chunks = Math.ceil(rows / chunkRows(tensor));
  const worth = Math.ceil((rows * columns * bits) / (16 * (rows + chunks * columns))) - 1;
  return Math.min(worth, rows, columns, MOST_RANK);
}

/** The components to keep; undefined where the tensor is better coded exactly. */
async function componentsOf(
  { options: { rank, energy }, signal }: LossyJob<LowRankOptions>,
  tensor: LossyTensor,
): Promise<SingularVectors | undefined> {
  const most = mostRank(tensor);
  if (energy === undefined) {
    const wanted = rank ?? DEFAULT_RANK;
    return wanted > most ? undefined : withoutNoise(await singularVectors(tensor, wanted, { signal }));
  }
  let start: readonly Float64Array[] = [];
  for (let wanted = Math.min(FIRST_RANK, most); wanted > 0; wanted = Math.min(2 * wanted, most)) {
    const found = await singularVectors(tensor, wanted, { signal, start });
    const enough = rankFor(found, energy);
    if (enough !== undefined) return withoutNoise(first(found, enough));
    if (wanted === most || !isWithinReach(found, energy, most)) break;
    start = found.vectors;
  }
  return undefined;
}

/** Whether so many components can hold a share of the energy at all: none holds more than the one before it. */
function isWithinReach({ squares, total }: SingularVectors, energy: number, most: number): boolean {
  const sum = squares.reduce((all, square) => all + square, 0);
  return sum + (most - squares.length) * (squares.at(-1) ?? 0) >= energy * total;
}

/** Fewest components that hold a share of the energy. */
function rankFor({ squares, total }: SingularVectors, energy: number): number | undefined {
  let sum = 0;
  for (const [index, square] of squares.entries()) {
    sum += square;
    if (sum >= energy * total) return index + 1;
  }
  return undefined;
}

function first(found: SingularVectors, count: number): SingularVectors {
  return { ...found, vectors: found.vectors.slice(0, count), squares: found.squares.slice(0, count) };
}

function withoutNoise(found: SingularVectors): SingularVectors | undefined {
  const count = found.squares.filter((square) => square > found.total * NOTHING).length;
  return count > 0 && isCodable(Math.sqrt(found.total)) ? first(found, count) : undefined;
}

function lowRankCoder(
  { pool }: LossyJob<LowRankOptions>,
  tensor: LossyTensor,
  { vectors, squares }: SingularVectors,
): TensorCoder {
  const { rows, columns } = tensor;
  const rowMultiple = chunkRows(tensor);
  const rights = vectors.map((vector) => halves(vector));
  const right = joined(rights.map(({ words }) => words));
  const whole = rowMultiple === rows;
  return {
    rowMultiple: whole ? 1 : rowMultiple,
    whole,
    encode: async (_first, count, read) => {
      const delta = read.delta.f32(0, count * columns);
      const lefts = vectors.map((vector) => {
        const along = new Float64Array(count);
        for (let row = 0; row < count; row += 1) {
          along[row] = dot(delta.subarray(row * columns, (row + 1) * columns), vector);
        }
        return halves(along);
      });
      const scales = Float32Array.from(
        squares,
        (_, index) => (lefts[index]?.unit ?? 0) * (rights[index]?.unit ?? 0),
      );
      return await encodeFactors(pool, { scales, left: joined(lefts.map(({ words }) => words)), right });
    },
  };
}

/** A vector as halves relative to a power of two above all its elements. */
function halves(vector: Float64Array): { words: Uint32Array; unit: number } {
  const unit = powerAbove(vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  return { unit, words: Uint32Array.from(vector, (value) => halfBits(value / unit)) };
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
