import type { Band, Layout } from './patches-layout.ts';

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

/** Cell of the levels of a band; cells below 16 are left to other symbols. */
export function levelCell(band: Band, bits: number, quality: number): number {
  return ((1 + (bits - 1) * 4 + quality) << 4) | band.index;
}

/** Number of levels of a chunk. */
export function levelCount({ layout, bits }: PatchChunk): number {
  let details = 0;
  let lows = 0;
  for (const band of layout.bands) {
    const size = band.dropped ? 0 : band.side * band.side;
    if (band.detail) details += size;
    else lows += size;
  }
  let coded = 0;
  for (const width of bits) if (width > 0) coded += 1;
  return coded * lows + bits.length * details;
}

/** Writes the cells of all levels from place `at` on. */
export function fillCells({ layout, bits }: PatchChunk, cells: Uint16Array, at: number): void {
  let place = at;
  for (const width of bits) {
    for (const band of layout.bands) {
      const levels = bandBits(band, width);
      if (levels === 0) continue;
      const size = band.side * band.side;
      if (band.classes) {
        for (let index = 0; index < size; index += 1) {
          cells[place + index] = levelCell(band, levels, band.classes[index] ?? 0);
        }
      } else {
        cells.fill(levelCell(band, levels, 0), place, place + size);
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
