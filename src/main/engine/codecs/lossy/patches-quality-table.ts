// The luminance table of JPEG (ITU-T T.81, table K.1), stretched to other sizes as the published code does it.

const JPEG = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();
const JPEG_SIDE = 8;

/** Between neighbours linearly, the centres of the cells laid over each other, at the borders constant. */
function stretched(table: ArrayLike<number>, side: number, target: number): Float64Array {
  if (side === target) return Float64Array.from(table);
  const place = (index: number): { low: number; high: number; share: number } => {
    const at = Math.max(0, ((index + 0.5) * side) / target - 0.5);
    const low = Math.min(side - 1, Math.floor(at));
    return { low, high: Math.min(side - 1, low + 1), share: at - low };
  };
  return Float64Array.from({ length: target * target }, (_, index) => {
    const down = place(Math.floor(index / target));
    const across = place(index % target);
    const row = (at: number): number =>
      (table[at * side + across.low] ?? 0) * (1 - across.share) +
      (table[at * side + across.high] ?? 0) * across.share;
    return Math.max(1, row(down.low) * (1 - down.share) + row(down.high) * down.share);
  });
}

/**
 * Steps of the coefficients of a band.
 * @param patch edge of the patch, for which the table is stretched first
 * @param side edge of the band, for which it is stretched again
 */
export function qualityTable(patch: number, side: number): Float64Array {
  return stretched(stretched(JPEG, JPEG_SIDE, patch), patch, side);
}

/** Groups of steps that are alike: their coefficients share a distribution. */
export const QUALITY_CLASSES = 4;

/** Group of a step of the table: below 20, 40, 80, or above. */
export function qualityClass(step: number): number {
  if (step < 20) return 0;
  if (step < 40) return 1;
  return step < 80 ? 2 : 3;
}
