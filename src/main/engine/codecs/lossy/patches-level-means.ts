// Sums over the coefficients of each level of a cell: where its mean lies, and what the chunk's slope is.

/** Levels with a mean of their own: magnitudes 1, 2, and all above. */
export const LEVEL_MEANS = 3;
/** Cells of levels are below. */
export const CELL_ROOM = 512;
const SUMS = 5;
const ROOM = LEVEL_MEANS * SUMS;

/** Counts levels. With w a coefficient's place in the table, m its level, x its magnitude: w x, w m x, ww, wwm, wwmm. */
export class DeadZoneTally {
  readonly #sums = new Float64Array(CELL_ROOM * ROOM);

  /** Counts a coefficient with a level above zero. */
  add(cell: number, level: number, magnitude: number, weight: number): void {
    const sums = this.#sums;
    const at = cell * ROOM + (level < LEVEL_MEANS ? level - 1 : LEVEL_MEANS - 1) * SUMS;
    const square = weight * weight;
    sums[at] = (sums[at] ?? 0) + weight * magnitude;
    sums[at + 1] = (sums[at + 1] ?? 0) + weight * level * magnitude;
    sums[at + 2] = (sums[at + 2] ?? 0) + square;
    sums[at + 3] = (sums[at + 3] ?? 0) + square * level;
    sums[at + 4] = (sums[at + 4] ?? 0) + square * level * level;
  }

  /** How far the means lie from their levels, in 128ths of a step. */
  means(cell: number, step: number): Int8Array {
    return Int8Array.from({ length: LEVEL_MEANS }, (_, group) => {
      const [product, , squares, levels] = this.#group(cell, group);
      if (squares === 0 || step === 0) return 0;
      return Math.max(-127, Math.min(127, Math.round((128 * (product / step - levels)) / squares)));
    });
  }

  /** Product of the coefficients with what they are decoded as, and its square. */
  sums(cell: number, step: number, means: Int8Array | undefined): { product: number; square: number } {
    let product = 0;
    let square = 0;
    for (let group = 0; group < LEVEL_MEANS; group += 1) {
      const shift = (means?.[group] ?? 0) / 128;
      const [one, level, squares, levels, levelSquares] = this.#group(cell, group);
      product += step * (level + shift * one);
      square += step * step * (levelSquares + 2 * shift * levels + shift * shift * squares);
    }
    return { product, square };
  }

  #group(cell: number, group: number): [number, number, number, number, number] {
    const at = cell * ROOM + group * SUMS;
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = this.#sums.subarray(at, at + SUMS);
    return [a, b, c, d, e];
  }
}
