// Contexts for symbols: rows and columns fall into classes by how much their symbols tell, and each pair of classes
// has a cell of its own. Rows that never changed then cost almost nothing. The choice is the writer's; a reader only
// reads the classes.

/** Most classes of rows, and of columns: both together are cells below 256. */
export const MOST_CLASSES = 16;
/** So many are made here. */
const GROUPS = 8;
/** Fewer symbols than this do not pay for classes. */
const FEWEST_SYMBOLS = 4096;
/** About what a frequency of a further table costs, in bits. */
const FREQUENCY_BITS = 6;

/** Symbols with the row and the column of each. */
export interface PlacedSymbols {
  readonly symbols: Uint8Array;
  /** Number of different symbols. */
  readonly alphabet: number;
  readonly count: number;
  readonly columns: number;
  /** Calls back with the row and the column of each symbol, in order. */
  readonly places: (visit: (row: number, column: number) => void) => void;
}

/** Classes of rows and of columns, where they pay. */
export interface Classes {
  readonly rows?: Uint8Array;
  readonly columns?: Uint8Array;
}

/** Classes that save more than they cost, as far as entropies tell. */
export function classesOf(placed: PlacedSymbols): Classes {
  const { symbols, alphabet, count, columns, places } = placed;
  if (symbols.length < FEWEST_SYMBOLS) return {};
  const counts = new Float64Array(alphabet);
  for (const symbol of symbols) counts[symbol] = (counts[symbol] ?? 0) + 1;
  const bits = counts.map((many) => (many > 0 ? Math.log2(symbols.length / many) : 0));
  const rowBits = new Float64Array(count);
  const columnBits = new Float64Array(columns);
  let at = 0;
  places((row, column) => {
    const told = bits[symbols[at] ?? 0] ?? 0;
    rowBits[row] = (rowBits[row] ?? 0) + told;
    columnBits[column] = (columnBits[column] ?? 0) + told;
    at += 1;
  });
  const rowClasses = ranked(rowBits);
  const columnClasses = ranked(columnBits);
  const rowCounts = new Float64Array(GROUPS * alphabet);
  const columnCounts = new Float64Array(GROUPS * alphabet);
  at = 0;
  places((row, column) => {
    const symbol = symbols[at] ?? 0;
    const inRow = (rowClasses[row] ?? 0) * alphabet + symbol;
    const inColumn = (columnClasses[column] ?? 0) * alphabet + symbol;
    rowCounts[inRow] = (rowCounts[inRow] ?? 0) + 1;
    columnCounts[inColumn] = (columnCounts[inColumn] ?? 0) + 1;
    at += 1;
  });
  const plain = entropy(counts);
  const cost = (classes: Uint8Array): number => classes.length * 3 + GROUPS * alphabet * FREQUENCY_BITS;
  const pays = (apart: Float64Array, classes: Uint8Array): boolean => {
    let sum = 0;
    for (let group = 0; group < GROUPS; group += 1) {
      sum += entropy(apart.subarray(group * alphabet, (group + 1) * alphabet));
    }
    return sum + cost(classes) < plain;
  };
  return {
    ...(pays(rowCounts, rowClasses) && { rows: rowClasses }),
    ...(pays(columnCounts, columnClasses) && { columns: columnClasses }),
  };
}

/** The cell of each symbol. */
export function cellsOf(length: number, places: PlacedSymbols['places'], classes: Classes): Uint16Array {
  const cells = new Uint16Array(length);
  let at = 0;
  places((row, column) => {
    cells[at] = (classes.rows?.[row] ?? 0) * MOST_CLASSES + (classes.columns?.[column] ?? 0);
    at += 1;
  });
  return cells;
}

/** Classes of equal size by rank; equals are in one class. */
function ranked(told: Float64Array): Uint8Array {
  const order = Uint32Array.from(told, (_, index) => index).sort((a, b) => (told[a] ?? 0) - (told[b] ?? 0));
  const classes = new Uint8Array(told.length);
  let group = 0;
  let before = NaN;
  for (const [rank, index] of order.entries()) {
    if (told[index] !== before) group = Math.floor((rank * GROUPS) / told.length);
    before = told[index] ?? 0;
    classes[index] = group;
  }
  return classes;
}

/** Bits of so many symbols each. */
function entropy(counts: Float64Array): number {
  let total = 0;
  let bits = 0;
  for (const many of counts) {
    total += many;
    if (many > 0) bits -= many * Math.log2(many);
  }
  return total > 0 ? bits + total * Math.log2(total) : 0;
}
