import { AdaptiveBitReader, AdaptiveBitWriter } from './adaptive-bits.ts';
import { clusterOf, mergeAny, mergeNeighbours, type Cluster } from './clusters.ts';
import {
  FREQUENCY_CONTEXTS,
  MOST_PRECISION,
  precisionFor,
  readFrequencies,
  writeFrequencies,
} from './frequencies.ts';

// Static tables of the residual coder: which contexts share one, and how they are stored. Contexts start as the
// cells k x exponent (codec study, section 2) and are merged as long as that saves bytes, the table's own cost
// counted; so {k}, {exponent} and {k x exponent} are all within reach and the data decide.

/** Number of context cells. */
export const CELLS = 512;
/** Room per table in symbols; 0..76 occur. */
export const ALPHABET = 80;
/** More tables than this would fall out of a core's cache while decoding. */
const MOST_TABLES = 48;
const CLASSES = 32;
const BUCKETS = 16;
/** Marks a cell that does not occur. */
const UNUSED = 255;

/** Tables for the cells that occur. */
export interface TableSet {
  /** Table of each cell; 255 where the cell does not occur. */
  readonly map: Uint8Array;
  /** Frequencies, 80 per table, adding up to 4,096 each. */
  readonly frequencies: readonly Uint16Array[];
}

/**
 * Chooses and stores tables for counted symbols.
 * @param histogram counts, 80 per cell
 * @returns the serialised set (docs/format.md, "Tables"); empty when nothing was counted
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
      if (sum > 0) row.push(clusterOf(cell, counts));
    }
    classes.push(...mergeNeighbours(row));
  }
  const clusters = mergeAny(classes, MOST_TABLES);
  clusters.sort((a, b) => Math.min(...a.cells) - Math.min(...b.cells));
  return writeTables(clusters, precisionFor(total));
}

// Contexts of the serialised form.
const USED_CLASS = 0;
const USED_BUCKET = 1;
const SAME_TABLE = 3;
const TABLE_NUMBER = 4;
const FREQUENCIES = TABLE_NUMBER + 64;
const CONTEXTS = FREQUENCIES + FREQUENCY_CONTEXTS;
/** Table number that stands for "the next one not yet named". */
const NEXT = 63;

function writeTables(clusters: readonly Cluster[], precision: number): Uint8Array {
  if (clusters.length === 0) return new Uint8Array();
  const map = new Uint8Array(CELLS).fill(UNUSED);
  for (const [table, cluster] of clusters.entries()) {
    for (const cell of cluster.cells) map[cell] = table;
  }
  const out = new AdaptiveBitWriter(CONTEXTS);
  let known = 0;
  for (let group = 0; group < CLASSES; group += 1) {
    const row = map.subarray(group * BUCKETS, (group + 1) * BUCKETS);
    const used = row.some((table) => table !== UNUSED);
    out.bit(USED_CLASS, used ? 1 : 0);
    if (!used) continue;
    let previous = UNUSED;
    for (const table of row) {
      out.bit(USED_BUCKET + (previous === UNUSED ? 0 : 1), table === UNUSED ? 0 : 1);
      if (table === UNUSED) continue;
      if (previous !== UNUSED) out.bit(SAME_TABLE, table === previous ? 1 : 0);
      if (table !== previous) out.tree(TABLE_NUMBER, 6, table === known ? NEXT : table);
      if (table === known) known += 1;
      previous = table;
    }
  }
  const counts = clusters.map((cluster) => cluster.counts);
  writeFrequencies(out, FREQUENCIES, counts, precision);
  return Uint8Array.of(precision, clusters.length, ...out.finish());
}

/**
 * Reads a set that `buildTables` made.
 * @returns undefined when the bytes are no valid set
 */
export function readTables(bytes: Uint8Array): TableSet | undefined {
  const map = new Uint8Array(CELLS).fill(UNUSED);
  if (bytes.length === 0) return { map, frequencies: [] };
  const precision = bytes[0] ?? 0;
  const tables = bytes[1] ?? 0;
  if (precision < 1 || precision > MOST_PRECISION || tables < 1 || tables > MOST_TABLES) return undefined;
  const source = new AdaptiveBitReader(CONTEXTS, bytes.subarray(2));
  let known = 0;
  for (let group = 0; group < CLASSES; group += 1) {
    if (source.bit(USED_CLASS) === 0) continue;
    let previous = UNUSED;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if (source.bit(USED_BUCKET + (previous === UNUSED ? 0 : 1)) === 0) continue;
      let table = previous;
      if (previous === UNUSED || source.bit(SAME_TABLE) === 0) {
        table = source.tree(TABLE_NUMBER, 6);
        if (table === NEXT) {
          table = known;
          known += 1;
        }
      }
      if (table >= tables) return undefined;
      map[group * BUCKETS + bucket] = table;
      previous = table;
    }
  }
  const frequencies = readFrequencies(source, FREQUENCIES, tables, ALPHABET, precision);
  return frequencies && { map, frequencies };
}
