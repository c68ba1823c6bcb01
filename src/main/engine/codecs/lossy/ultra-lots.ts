import { visitBands } from './bands.ts';
import type { LossyTensor } from './lossy-codec.ts';
import { placesOf } from './scalars-places.ts';
import { placeBits, rowKey } from './seeded-mask.ts';

// So many of each level, by lot: every place has a lot of 32 bits, and a level keeps its lowest. Whether an element is
// kept then does not depend on the chunks in which it is asked, nor on their order. (Two elements with the very same
// lot at the border are kept or dropped together.)

const HALF = 2 ** 16;

/** What a level draws, and from which seed. */
export interface Draw {
  readonly tensor: LossyTensor;
  readonly seed: number;
  readonly levels: number;
  readonly levelOf: (value: number) => number;
  /** From how many elements each level has to how many it keeps. */
  wanted(counts: Float64Array): Float64Array;
}

/** Per level the lot below which elements are kept, and how many these are. Reads the tensor twice. */
export interface Lots {
  readonly below: Float64Array;
  readonly kept: Float64Array;
}

/** The lot of a place. */
export function lotOf(seed: number, row: number, column: number): number {
  return placeBits(rowKey(seed, row), column);
}

/** Draws the lots of all levels. */
export async function drawLots(draw: Draw, signal: AbortSignal | undefined): Promise<Lots> {
  const { levels } = draw;
  const upper = new Float64Array(levels * HALF);
  await visitLots(draw, signal, (level, lot) => {
    const at = level * HALF + (lot >>> 16);
    upper[at] = (upper[at] ?? 0) + 1;
  });
  const counts = Float64Array.from({ length: levels }, (_, level) =>
    upper.subarray(level * HALF, (level + 1) * HALF).reduce((sum, count) => sum + count, 0),
  );
  const kept = draw.wanted(counts);
  const border = Array.from(kept, (count, level) =>
    reach(upper.subarray(level * HALF, (level + 1) * HALF), count),
  );
  const lower = upper.fill(0);
  await visitLots(draw, signal, (level, lot) => {
    if (lot >>> 16 !== border[level]?.at) return;
    const at = level * HALF + (lot & (HALF - 1));
    lower[at] = (lower[at] ?? 0) + 1;
  });
  const below = kept.map((count, level) => {
    const { at = 0, before = 0 } = border[level] ?? {};
    const fine = reach(lower.subarray(level * HALF, (level + 1) * HALF), count - before);
    return count === 0 ? 0 : at * HALF + fine.at + 1;
  });
  return { below, kept };
}

/** The first bin up to which there are `wanted`, and how many are before it. */
function reach(counts: Float64Array, wanted: number): { readonly at: number; readonly before: number } {
  let before = 0;
  for (const [at, count] of counts.entries()) {
    if (before + count >= wanted) return { at, before };
    before += count;
  }
  return { at: counts.length - 1, before };
}

async function visitLots(
  { tensor, seed, levelOf }: Draw,
  signal: AbortSignal | undefined,
  visit: (level: number, lot: number) => void,
): Promise<void> {
  const { columns } = tensor;
  await visitBands(tensor, signal, ({ first, count, delta }) => {
    placesOf({ first, count, columns })((row, column) =>
      visit(levelOf(delta[row * columns + column] ?? 0), lotOf(seed, first + row, column)),
    );
  });
}
