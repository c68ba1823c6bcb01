// Linear maps of patches, first along the columns, then along the rows.

/** A matrix whose rows are zero outside a span. */
export interface SpanMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
  /** First column of each row that is not zero, and the column after the last. */
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  /** No row has more than two values that are not zero: these, and their columns, two to a row. */
  readonly paired: boolean;
  readonly pairs: Float64Array;
  readonly places: Int32Array;
}

/** Analysis and synthesis along one axis. */
export interface Separable {
  readonly forward: SpanMatrix;
  readonly inverse: SpanMatrix;
}

function spanMatrix(rows: readonly Float64Array[]): SpanMatrix {
  const columns = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * columns);
  for (const [index, row] of rows.entries()) values.set(row, index * columns);
  const begins = Int32Array.from(rows, (row) =>
    Math.max(
      0,
      row.findIndex((value) => value !== 0),
    ),
  );
  const ends = Int32Array.from(rows, (row) => row.findLastIndex((value) => value !== 0) + 1);
  const filled = rows.map((row) => Array.from(row.keys()).filter((place) => row[place] !== 0));
  const paired = filled.every(({ length }) => length === 2);
  const places = Int32Array.from(paired ? filled.flat() : []);
  const pairs = Float64Array.from(places, (place, index) => rows[index >> 1]?.[place] ?? 0);
  return { rows: rows.length, columns, values, begins, ends, paired, pairs, places };
}

/** Two matrices by their rows. */
export function separable(forward: readonly Float64Array[], inverse: readonly Float64Array[]): Separable {
  return { forward: spanMatrix(forward), inverse: spanMatrix(inverse) };
}

/** Longest column that is mapped. */
const LONGEST = 128;
const column = new Float64Array(LONGEST);

/**
 * The product matrix x input, transposed: twice is the map of a patch along both axes. Sums run from the first column
 * of a row to its last.
 * @param input `matrix.columns` rows of `width` numbers
 * @param target `width` rows of `matrix.rows` numbers
 */
export function mapTransposed(
  matrix: SpanMatrix,
  input: Float64Array,
  width: number,
  target: Float64Array,
): void {
  const { rows, columns, values, begins, ends } = matrix;
  for (let across = 0; across < width; across += 1) {
    if (matrix.paired) {
      mapPairs(matrix, input, width, across, target);
      continue;
    }
    for (let down = 0, at = across; down < columns; down += 1, at += width) column[down] = input[at] ?? 0;
    for (let row = 0; row < rows; row += 1) {
      const base = row * columns;
      const end = ends[row] ?? 0;
      let sum = 0;
      for (let place = begins[row] ?? 0; place < end; place += 1) {
        sum += (values[base + place] ?? 0) * (column[place] ?? 0);
      }
      target[across * rows + row] = sum;
    }
  }
}

/** A column, where no row has more than two places that are not zero (Haar). */
function mapPairs(
  { rows, pairs, places }: SpanMatrix,
  input: Float64Array,
  width: number,
  across: number,
  target: Float64Array,
): void {
  for (let row = 0, at = across * rows; row < rows; row += 1, at += 1) {
    const first = (pairs[2 * row] ?? 0) * (input[(places[2 * row] ?? 0) * width + across] ?? 0);
    const second = (pairs[2 * row + 1] ?? 0) * (input[(places[2 * row + 1] ?? 0) * width + across] ?? 0);
    target[at] = 0 + first + second;
  }
}
