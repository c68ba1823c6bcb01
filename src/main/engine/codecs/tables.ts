import { AdaptiveBitReader, AdaptiveBitWriter } from './adaptive-bits.ts';

// Static tables of the residual coder: which contexts share one, and how they are stored. Contexts start as the
// cells k x exponent (codec study, section 2) and are merged as long as that saves bytes, the table's own cost
// counted; so {k}, {exponent} and {k x exponent} are all within reach and the data decide.

/** Number of context cells. */
export const CELLS = 512;
/** Room per table in symbols; 0..76 occur. */
export const ALPHABET = 80;
/** Frequencies of a table add up to this. */
export const TOTAL = 4096;
/** More tables than this would fall out of a core's cache while decoding. */
const MOST_TABLES = 48;
const CLASSES = 32;
const BUCKETS = 16;

/** Tables for the cells that occur. */
export interface TableSet {
  /** Table of each cell; 255 where the cell does not occur. */
  readonly map: Uint8Array;
  /** Frequencies, 80 per table, adding up to 4,096 each. */
  readonly frequencies: readonly Uint16Array[];
}

/** A group of cells on its way to one table. */
interface Cluster {
  cells: number[];
  counts: Float64Array;
  /** Estimated bits of its symbols and its table. */
  bits: number;
}

const SYMBOL_COST = 5.5;

function estimate(counts: Float64Array): number {
  let total = 0;
  let sum = 0;
  let used = 0;
  for (const count of counts) {
    if (count === 0) continue;
    total += count;
    sum += count * Math.log2(count);
    used += 1;
  }
  return total * Math.log2(total) - sum + used * SYMBOL_COST + 8;
}

function joined(a: Cluster, b: Cluster): Cluster {
  const counts = a.counts.map((count, symbol) => count + (b.counts[symbol] ?? 0));
  return { cells: [...a.cells, ...b.cells], counts, bits: estimate(counts) };
}

/** Merges the best pair again and again while it saves bits or there are more than `most`. */
function merge(clusters: Cluster[], most: number, adjacent: boolean): Cluster[] {
  const list = [...clusters];
  const gains = new Map<Cluster, Map<Cluster, { gain: number; cluster: Cluster }>>();
  const gainOf = (a: Cluster, b: Cluster): { gain: number; cluster: Cluster } => {
    let row = gains.get(a);
    if (!row) gains.set(a, (row = new Map()));
    let entry = row.get(b);
    if (!entry) {
      const cluster = joined(a, b);
      entry = { gain: a.bits + b.bits - cluster.bits, cluster };
      row.set(b, entry);
    }
    return entry;
  };
  for (;;) {
    let best: { gain: number; cluster: Cluster } | undefined;
    let first = 0;
    let second = 0;
    for (let i = 0; i < list.length; i += 1) {
      const end = adjacent ? Math.min(i + 2, list.length) : list.length;
      for (let j = i + 1; j < end; j += 1) {
        const a = list[i];
        const b = list[j];
        if (!a || !b) continue;
        const entry = gainOf(a, b);
        if (!best || entry.gain > best.gain) {
          best = entry;
          first = i;
          second = j;
        }
      }
    }
    if (!best || (best.gain <= 0 && list.length <= most)) return list;
    list.splice(second, 1);
    list.splice(first, 1, best.cluster);
  }
}

/** Fewest symbols for which three and four mantissa bits of a frequency pay. */
const FINE = 600_000;
const FINEST = 3_000_000;

/**
 * Chooses and stores tables for counted symbols.
 * @param histogram counts, 80 per cell
 * @returns the serialised set (see docs/format.md, "Tables"), empty when nothing was counted
 */
export function buildTables(histogram: Uint32Array): Uint8Array {
  const classes: Cluster[] = [];
  let total = 0;
  for (let group = 0; group < CLASSES; group += 1) {
    const row: Cluster[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const cell = group * BUCKETS + bucket;
      const counts = Float64Array.from(histogram.subarray(cell * ALPHABET, (cell + 1) * ALPHABET));
      const sum = counts.reduce((a, b) => a + b, 0);
      total += sum;
      if (sum > 0) row.push({ cells: [cell], counts, bits: estimate(counts) });
    }
    classes.push(...merge(row, BUCKETS, true));
  }
  const clusters = merge(classes, MOST_TABLES, false);
  clusters.sort((a, b) => Math.min(...a.cells) - Math.min(...b.cells));
  return writeTables(clusters, total > FINEST ? 4 : total > FINE ? 3 : 2);
}

// Contexts of the serialised form.
const USED_CLASS = 0;
const USED_BUCKET = 1;
const SAME_TABLE = 3;
const TABLE_NUMBER = 4;
const LENGTHS = TABLE_NUMBER + 64;
const LENGTH_BITS = 5;
const MANTISSAS = LENGTHS + 20 * 32;
const CONTEXTS = MANTISSAS + 16 * 16;
/** Counts are brought to this sum before they are quantised. */
const SCALE = 65536;

function writeTables(clusters: readonly Cluster[], precision: number): Uint8Array {
  if (clusters.length === 0) return new Uint8Array();
  const map = new Uint8Array(CELLS).fill(255);
  clusters.forEach((cluster, table) => {
    for (const cell of cluster.cells) map[cell] = table;
  });
  const out = new AdaptiveBitWriter(CONTEXTS);
  let known = 0;
  for (let group = 0; group < CLASSES; group += 1) {
    const row = map.subarray(group * BUCKETS, (group + 1) * BUCKETS);
    const used = row.some((table) => table !== 255);
    out.bit(USED_CLASS, used ? 1 : 0);
    if (!used) continue;
    let previous = 255;
    for (const table of row) {
      out.bit(USED_BUCKET + (previous === 255 ? 0 : 1), table === 255 ? 0 : 1);
      if (table === 255) continue;
      if (previous !== 255) out.bit(SAME_TABLE, table === previous ? 1 : 0);
      if (table !== previous) out.tree(TABLE_NUMBER, 6, table === known ? 63 : table);
      if (table === known) known += 1;
      previous = table;
    }
  }
  let last = new Uint8Array(ALPHABET);
  for (const cluster of clusters) {
    const lengths = new Uint8Array(ALPHABET);
    const sum = cluster.counts.reduce((a, b) => a + b, 0);
    let before = 0;
    for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
      const count = cluster.counts[symbol] ?? 0;
      const weight = count === 0 ? 0 : Math.max(1, Math.round((count * SCALE) / sum));
      const rounded = quantise(weight, precision);
      const length = 32 - Math.clz32(rounded);
      out.tree(LENGTHS + lengthContext(before, last[symbol] ?? 0) * 32, LENGTH_BITS, length);
      const bits = Math.min(precision, Math.max(0, length - 1));
      if (bits > 0) out.tree(MANTISSAS + bits * 16, bits, (rounded >>> (length - 1 - bits)) & (2 ** bits - 1));
      lengths[symbol] = length;
      before = length;
    }
    last = lengths;
  }
  const body = out.finish();
  return Uint8Array.of(precision, clusters.length, ...body);
}

/** Keeps the leading bit and `precision` bits behind it, rounded. */
function quantise(weight: number, precision: number): number {
  const length = 32 - Math.clz32(weight);
  const drop = Math.max(0, length - 1 - precision);
  return drop === 0 ? weight : ((weight + 2 ** (drop - 1)) >>> drop) << drop;
}

function lengthContext(before: number, last: number): number {
  return (before + last + 1) >> 1;
}

/**
 * Reads a set that `buildTables` made.
 * @returns undefined when the bytes are no valid set
 */
export function readTables(bytes: Uint8Array): TableSet | undefined {
  const map = new Uint8Array(CELLS).fill(255);
  if (bytes.length === 0) return { map, frequencies: [] };
  const precision = bytes[0] ?? 0;
  const tables = bytes[1] ?? 0;
  if (precision < 1 || precision > 4 || tables < 1 || tables > MOST_TABLES) return undefined;
  const source = new AdaptiveBitReader(CONTEXTS, bytes.subarray(2));
  let known = 0;
  for (let group = 0; group < CLASSES; group += 1) {
    if (source.bit(USED_CLASS) === 0) continue;
    let previous = 255;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if (source.bit(USED_BUCKET + (previous === 255 ? 0 : 1)) === 0) continue;
      let table = previous;
      if (previous === 255 || source.bit(SAME_TABLE) === 0) {
        table = source.tree(TABLE_NUMBER, 6);
        if (table === 63) {
          table = known;
          known += 1;
        }
      }
      if (table >= tables) return undefined;
      map[group * BUCKETS + bucket] = table;
      previous = table;
    }
  }
  const frequencies: Uint16Array[] = [];
  let last = new Uint8Array(ALPHABET);
  for (let table = 0; table < tables; table += 1) {
    const lengths = new Uint8Array(ALPHABET);
    const weights = new Uint32Array(ALPHABET);
    let before = 0;
    for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
      const length = source.tree(LENGTHS + lengthContext(before, last[symbol] ?? 0) * 32, LENGTH_BITS);
      if (length > 18) return undefined;
      const bits = Math.min(precision, Math.max(0, length - 1));
      const mantissa = bits > 0 ? source.tree(MANTISSAS + bits * 16, bits) : 0;
      weights[symbol] = length === 0 ? 0 : (2 ** bits + mantissa) * 2 ** (length - 1 - bits);
      lengths[symbol] = length;
      before = length;
    }
    last = lengths;
    const normal = normalise(weights);
    if (!normal) return undefined;
    frequencies.push(normal);
  }
  return { map, frequencies };
}

/** Brings weights to frequencies with the sum 4,096, each used symbol at least 1. undefined when all are zero. */
export function normalise(weights: Uint32Array): Uint16Array | undefined {
  let sum = 0;
  for (const weight of weights) sum += weight;
  if (sum === 0) return undefined;
  const frequencies = new Uint16Array(weights.length);
  let rest = TOTAL;
  weights.forEach((weight, symbol) => {
    if (weight === 0) return;
    const frequency = Math.max(1, Math.floor((weight * TOTAL * 2 + sum) / (sum * 2)));
    frequencies[symbol] = frequency;
    rest -= frequency;
  });
  const order = [...weights.keys()].filter((symbol) => (weights[symbol] ?? 0) > 0);
  order.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  while (rest !== 0) {
    for (const symbol of order) {
      if (rest === 0) break;
      const frequency = frequencies[symbol] ?? 0;
      if (rest < 0 && frequency <= 1) continue;
      frequencies[symbol] = frequency + Math.sign(rest);
      rest -= Math.sign(rest);
    }
  }
  return frequencies;
}
