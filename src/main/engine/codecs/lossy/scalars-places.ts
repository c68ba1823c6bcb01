import { placeBits, rowKey, type SeededMask } from './seeded-mask.ts';

/** Rows of a chunk, and which of their elements have a symbol. */
export interface PlacedRows {
  readonly first: number;
  readonly count: number;
  readonly columns: number;
  readonly mask?: SeededMask;
}

/** Visits the elements inside the mask, row by row; rows count from the first of the chunk. */
export function placesOf({
  first,
  count,
  columns,
  mask,
}: PlacedRows): (visit: (row: number, column: number) => void) => void {
  return (visit) => {
    for (let row = 0; row < count; row += 1) {
      const key = mask ? rowKey(mask.seed, first + row) : 0;
      for (let column = 0; column < columns; column += 1) {
        if (!mask || placeBits(key, column) < mask.threshold) visit(row, column);
      }
    }
  };
}
