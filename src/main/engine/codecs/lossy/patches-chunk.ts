import type { Band, Layout } from './patches-layout.ts';
import { QUALITY_CLASSES } from './patches-quality-table.ts';
import { MOST_BITS } from './patches-setting.ts';

// The patches of a chunk, and the order in which their levels are coded.

/** A chunk in patches. */
export interface PatchChunk {
  readonly layout: Layout;
  /** Rows and columns of the chunk, without padding. */
  readonly rows: number;
  readonly columns: number;
  /** Patches side by side. */
  readonly across: number;
  /** Bits of each patch, row by row of patches. */
  readonly bits: Uint8Array;
}

/** Bits of the levels of a band in a patch with so many; 0 where it has no levels. */
export function bandBits(band: Band, bits: number): number {
  if (band.dropped) return 0;
  return band.detail ? 1 : bits;
}

/** Levels of a band in a patch with so many bits: one for each coefficient, or one for the mean. */
export function bandLevels(layout: Layout, band: Band, bits: number): number {
  if (bandBits(band, bits) > 0) return band.side * band.side;
  return layout.means && !band.dropped ? 1 : 0;
}

/** Class of the cells of means; those below are of levels, by bits and class of the table. */
const MEAN_CLASS = 1 + MOST_BITS * QUALITY_CLASSES;

/** Cell of the levels of a band, of its means with 0 bits; cells below 16 are left to other symbols. */
export function levelCell(band: Band, bits: number, quality: number): number {
  const group = bits === 0 ? MEAN_CLASS : 1 + (bits - 1) * QUALITY_CLASSES + quality;
  return (group << 4) | band.index;
}

/** Number of levels of a chunk. */
export function levelCount({ layout, bits }: PatchChunk): number {
  const patches = new Float64Array(MOST_BITS + 1);
  for (const width of bits) patches[width] = (patches[width] ?? 0) + 1;
  return patches.reduce(
    (sum, count, width) =>
      sum + count * layout.bands.reduce((levels, band) => levels + bandLevels(layout, band, width), 0),
    0,
  );
}

/** Writes the cells of all levels from place `at` on. */
export function fillCells({ layout, bits }: PatchChunk, cells: Uint16Array, at: number): void {
  let place = at;
  for (const width of bits) {
    for (const band of layout.bands) {
      const size = bandLevels(layout, band, width);
      if (size === 0) continue;
      const levelBits = bandBits(band, width);
      if (band.classes && levelBits > 0) {
        for (let index = 0; index < size; index += 1) {
          cells[place + index] = levelCell(band, levelBits, band.classes[index] ?? 0);
        }
      } else {
        cells.fill(levelCell(band, levelBits, 0), place, place + size);
      }
      place += size;
    }
  }
}

/** Puts a patch into the rows of its chunk; what lies in the padding is dropped. */
export function putPatch(chunk: PatchChunk, index: number, values: Float64Array, target: Float32Array): void {
  const { rows, columns, across, layout } = chunk;
  const { patch } = layout;
  const top = Math.floor(index / across) * patch;
  const left = (index % across) * patch;
  const height = Math.min(patch, rows - top);
  const width = Math.min(patch, columns - left);
  for (let row = 0; row < height; row += 1) {
    const to = (top + row) * columns + left;
    for (let place = 0; place < width; place += 1) target[to + place] = values[row * patch + place] ?? 0;
  }
}
