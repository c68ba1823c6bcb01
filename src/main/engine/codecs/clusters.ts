// Which contexts share a table: the pair of which the joining saves the most bits is joined, again and again. Each
// cluster remembers its best partner, so that a step looks at the partners of what was joined and no others; n
// clusters take about n^2 looks, not n^3.

/** A group of cells on its way to one table. */
export interface Cluster {
  readonly cells: readonly number[];
  readonly counts: Float64Array;
  /** Estimated bits of its symbols and its table. */
  readonly bits: number;
}

/** Bits that a symbol in use adds to a stored table, and those of a table itself. */
const SYMBOL_COST = 5.5;
const TABLE_COST = 8;

/** x log2 x of small numbers: most counts of a cell are. */
const known = Float64Array.from({ length: 4096 }, (_, x) => (x === 0 ? 0 : x * Math.log2(x)));

function weighted(x: number): number {
  return x < known.length ? (known[x] ?? 0) : x * Math.log2(x);
}

/** A cluster of one cell that occurs. */
export function clusterOf(cell: number, counts: Float64Array): Cluster {
  return { cells: [cell], counts, bits: bitsOf(counts) };
}

/** Estimated bits of counted symbols and of their table; of two clusters in one, when `more` is given. */
function bitsOf(counts: Float64Array, more?: Float64Array): number {
  let total = 0;
  let sum = 0;
  let used = 0;
  for (let symbol = 0; symbol < counts.length; symbol += 1) {
    const count = (counts[symbol] ?? 0) + (more?.[symbol] ?? 0);
    if (count === 0) continue;
    total += count;
    sum += weighted(count);
    used += 1;
  }
  return weighted(total) - sum + used * SYMBOL_COST + TABLE_COST;
}

function gainOf(a: Cluster, b: Cluster): number {
  return a.bits + b.bits - bitsOf(a.counts, b.counts);
}

function joined(a: Cluster, b: Cluster): Cluster {
  const counts = a.counts.map((count, symbol) => count + (b.counts[symbol] ?? 0));
  return { cells: [...a.cells, ...b.cells], counts, bits: bitsOf(counts) };
}

/** Joins neighbours in a list while that saves bits. */
export function mergeNeighbours(clusters: readonly Cluster[]): Cluster[] {
  const list = [...clusters];
  const gains = list.slice(1).map((cluster, index) => gainOf(list[index] ?? cluster, cluster));
  for (;;) {
    const best = Math.max(0, ...gains);
    const at = gains.indexOf(best);
    const first = list[at];
    const second = list[at + 1];
    if (best <= 0 || !first || !second) return list;
    const cluster = joined(first, second);
    list.splice(at, 2, cluster);
    const before = list[at - 1];
    const after = list[at + 1];
    gains.splice(at, 1);
    if (before) gains[at - 1] = gainOf(before, cluster);
    if (after) gains[at] = gainOf(cluster, after);
  }
}

/** Joins any two while that saves bits or there are more than `most`; of equal gains the first in the list counts. */
export function mergeAny(clusters: readonly Cluster[], most: number): Cluster[] {
  const list: (Cluster | undefined)[] = [...clusters];
  const size = list.length;
  let left = size;
  /** Gain of `row` with a later `column`, at `row * size + column`. */
  const gains = new Float64Array(size * size);
  const partner = new Int32Array(size);
  const gainAt = (row: number, column: number): number => gains[row * size + column] ?? 0;

  const measure = (row: number, column: number): void => {
    const [a, b] = [list[row], list[column]];
    if (a && b) gains[row * size + column] = gainOf(a, b);
  };
  const choose = (row: number): void => {
    let best = -1;
    for (let column = row + 1; column < size; column += 1) {
      if (list[column] && (best < 0 || gainAt(row, column) > gainAt(row, best))) best = column;
    }
    partner[row] = best;
  };

  for (let row = 0; row < size; row += 1) {
    for (let column = row + 1; column < size; column += 1) measure(row, column);
    choose(row);
  }
  for (;;) {
    let first = -1;
    for (let row = 0; row < size; row += 1) {
      if (!list[row] || (partner[row] ?? -1) < 0) continue;
      if (first < 0 || gainAt(row, partner[row] ?? 0) > gainAt(first, partner[first] ?? 0)) first = row;
    }
    const second = first < 0 ? -1 : (partner[first] ?? -1);
    const [a, b] = [list[first], list[second]];
    if (!a || !b || (gainAt(first, second) <= 0 && left <= most)) break;
    list[first] = joined(a, b);
    list[second] = undefined;
    left -= 1;
    for (let column = first + 1; column < size; column += 1) measure(first, column);
    choose(first);
    for (let row = 0; row < second; row += 1) {
      if (!list[row] || row === first) continue;
      if (row < first) measure(row, first);
      const best = partner[row] ?? -1;
      if (best === first || best === second) choose(row);
      else if (row < first && isBetter(gainAt(row, first), first, gainAt(row, best), best))
        partner[row] = first;
    }
  }
  return list.filter((cluster) => cluster !== undefined);
}

function isBetter(gain: number, column: number, than: number, other: number): boolean {
  return gain > than || (gain === than && column < other);
}
