import { AdaptiveBits, unfolded } from './bits.ts';
import { check, present } from './damaged.ts';
import type { Matrix } from './segments.ts';

/** Section 9.1: scales of one tensor, and its factor. */
export interface Scales {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** Float32 bits. */
  readonly factor: number | undefined;
}

function clampScale(scale: number): number {
  return Math.max(-1200, Math.min(1200, scale));
}

function readSet(source: AdaptiveBits, base: number, count: number, level: number): number[] {
  return Array.from({ length: count }, () => {
    const d = source.tree(base, 6);
    if (d === 63) return -1000;
    const f = d === 62 ? 62 + source.exponential(base + 64) : d;
    return clampScale(level + unfolded(f));
  });
}

/** Section 9.1: the scales of all tensors of a side object. */
export function readScales(payload: Uint8Array, matrices: readonly Matrix[]): Scales[] {
  const source = new AdaptiveBits(payload);
  return matrices.map((matrix) => {
    const factor = source.bit(455) === 1 ? source.octets(456) : undefined;
    const negative = source.bit(452) === 1;
    const magnitude = Math.min(1200, source.exponential(388));
    const level = negative ? -magnitude : magnitude;
    let rows: number[];
    if (source.bit(453) === 1) {
      const [all = 0] = readSet(source, 0, 1, level);
      rows = new Array<number>(matrix.rows).fill(all);
    } else {
      rows = readSet(source, 0, matrix.rows, level);
    }
    const columns =
      source.bit(454) === 1
        ? new Array<number>(matrix.columns).fill(0)
        : readSet(source, 192, matrix.columns, 0);
    return { rows, columns, factor };
  });
}

/** A table of symbols: frequencies that add up to 4,096, and the symbol of each slot. */
export class Table {
  readonly #frequencies: readonly number[];
  readonly #starts: number[] = [];
  readonly #slots: number[] = [];

  constructor(frequencies: readonly number[]) {
    this.#frequencies = frequencies;
    for (const [symbol, frequency] of frequencies.entries()) {
      this.#starts.push(this.#slots.length);
      for (let slot = 0; slot < frequency; slot += 1) this.#slots.push(symbol);
    }
  }

  /** The highest symbol that occurs. */
  get highest(): number {
    return this.#slots.at(-1) ?? 0;
  }

  at(slot: number): { symbol: number; frequency: number; start: number } {
    const symbol = this.#slots[slot] ?? 0;
    return { symbol, frequency: this.#frequencies[symbol] ?? 0, start: this.#starts[symbol] ?? 0 };
  }
}

/** Section 9.3, normalising. */
export function normalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  check(sum > 0, 'it has an empty table');
  const frequencies = weights.map((weight) =>
    weight === 0 ? 0 : Math.max(1, Math.floor((weight * 8192 + sum) / (2 * sum))),
  );
  let left = 4096 - frequencies.reduce((a, b) => a + b, 0);
  const order = [...weights.keys()].filter((symbol) => weights[symbol] !== 0);
  order.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  while (left !== 0) {
    for (const symbol of order) {
      const frequency = frequencies[symbol] ?? 0;
      if (left > 0) {
        frequencies[symbol] = frequency + 1;
        left -= 1;
      } else if (left < 0 && frequency > 1) {
        frequencies[symbol] = frequency - 1;
        left += 1;
      }
    }
  }
  return frequencies;
}

/** Section 9.3. */
function readFrequencies(
  source: AdaptiveBits,
  base: number,
  tables: number,
  alphabet: number,
  precision: number,
): Table[] {
  let above = new Array<number>(alphabet).fill(0);
  return Array.from({ length: tables }, () => {
    const lengths: number[] = [];
    const weights: number[] = [];
    let before = 0;
    for (let symbol = 0; symbol < alphabet; symbol += 1) {
      const row = Math.floor((before + (above[symbol] ?? 0) + 1) / 2);
      const length = source.tree(base + 32 * row, 5);
      check(length <= 18, 'it has a weight that is too large');
      const bits = Math.min(precision, Math.max(0, length - 1));
      const rest = bits > 0 ? source.tree(base + 608 + 16 * bits, bits) : 0;
      weights.push(length === 0 ? 0 : (2 ** bits + rest) * 2 ** (length - 1 - bits));
      lengths.push(length);
      before = length;
    }
    above = lengths;
    return new Table(normalised(weights));
  });
}

/** Tables of a residual, alone or bundle chunk. */
export interface CellTables {
  readonly limit: number;
  of(cell: number): Table;
}

/** Section 9.2. */
export function readCellTables(payload: Uint8Array): CellTables {
  const limit = present(payload[0], 'limit');
  return { limit, of: payload.length > 1 ? readTablesOfCells(payload.subarray(1)) : noTable };
}

/** Where no cell has a table. */
export function noTable(cell: number): Table {
  return present<Table>(undefined, `table of cell ${cell}`);
}

/** Section 9.2, from offset 1 on: precision, number of tables, stream. Gives the table of each cell, up to a symbol. */
export function readTablesOfCells(bytes: Uint8Array, highest = 79): (cell: number) => Table {
  const [precision = 0, count = 0] = bytes;
  check(precision >= 1 && precision <= 4 && count >= 1 && count <= 48, 'its tables have a wrong head');
  const source = new AdaptiveBits(bytes.subarray(2));
  const map = new Map<number, number>();
  let known = 0;
  for (let group = 0; group < 32; group += 1) {
    if (source.bit(0) === 0) continue;
    let before: number | undefined;
    for (let bucket = 0; bucket < 16; bucket += 1) {
      if (source.bit(before === undefined ? 1 : 2) === 0) continue;
      let table: number;
      if (before !== undefined && source.bit(3) === 1) {
        table = before;
      } else {
        table = source.tree(4, 6);
        if (table === 63) {
          table = known;
          known += 1;
        }
      }
      check(table < count, 'its map names a table that it does not have');
      map.set(group * 16 + bucket, table);
      before = table;
    }
  }
  const tables = readFrequencies(source, 68, count, 80, precision);
  for (const table of tables) check(table.highest <= highest, 'it has a symbol that means nothing');
  return (cell) => present(tables[map.get(cell) ?? -1], `table of cell ${cell}`);
}

/** Section 11.6: tables of a byte plane. */
export function readByteTables(bytes: Uint8Array, cells: number): (cell: number) => Table {
  const precision = bytes[0] ?? 0;
  check(precision >= 1 && precision <= 4, 'its tables have a wrong head');
  const source = new AdaptiveBits(bytes.subarray(1));
  const used: number[] = [];
  for (let cell = 0; cell < cells; cell += 1) if (source.bit(0) === 1) used.push(cell);
  check(used.length > 0, 'it has no tables');
  const tables = readFrequencies(source, 1, used.length, 256, precision);
  return (cell) => present(tables[used.indexOf(cell)], `table of cell ${cell}`);
}

/** Section 10.1: `count` symbols; `tableOf` gives the table of each. Below `manyFrom` symbols there is one lane. */
export function readSymbols(
  stream: Uint8Array,
  count: number,
  tableOf: (index: number) => Table,
  manyFrom = 4096,
): Uint8Array {
  const lanes = count < manyFrom ? 1 : 8;
  check(stream.length >= lanes * 4, 'its symbols are too short');
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const states = Array.from({ length: lanes }, (_, lane) => view.getUint32(lane * 4, true));
  for (const state of states) check(state >= 32_768 && state < 2 ** 31, 'it begins in a wrong state');
  let at = lanes * 4;
  const symbols = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const lane = index % lanes;
    const x = states[lane] ?? 0;
    const slot = x % 4096;
    const { symbol, frequency, start } = tableOf(index).at(slot);
    let next = frequency * Math.floor(x / 4096) + slot - start;
    if (next < 32_768) {
      check(at + 2 <= stream.length, 'its words run out');
      next = next * 65_536 + view.getUint16(at, true);
      at += 2;
    }
    states[lane] = next;
    symbols[index] = symbol;
  }
  const ended = at === stream.length && states.every((state) => state === 32_768);
  check(ended, 'its symbols do not end as they should');
  return symbols;
}
