import type { Pool } from '../../pool/index.ts';
import {
  decodingBytes,
  decodingTables,
  encodingBytes,
  encodingTables,
  tableOffsets,
} from '../rans-tables.ts';
import { SlotSet } from '../slots.ts';
import { lanesFor } from '../streams.ts';
import { ALPHABET, buildTables, CELLS, readTables } from '../tables.ts';

/** Symbols below 80, and the cell below 512 in which each is coded; without cells all are in cell 0. */
export interface SymbolRun {
  readonly symbols: Uint8Array;
  readonly cells?: Uint16Array;
}

/** Bytes that a kernel may read or write beyond the end of a stream. */
const SLACK = 64;
/** Longest tables that are taken for such: all cells, all tables, every weight in full. */
const MOST_TABLE_BYTES = 1 << 20;
const NOTHING = new Uint8Array();

/**
 * Codes symbols with tables of their own: u32 bytes of tables, the tables (docs/format.md, "Tables", without the
 * limit), then the rANS stream, which lasts to the end. No symbols are no bytes.
 */
export async function packSymbols(pool: Pool, { symbols, cells }: SymbolRun): Promise<Uint8Array> {
  const count = symbols.length;
  if (count === 0) return NOTHING;
  const slots = new SlotSet();
  try {
    const tables = buildTables(counted(symbols, cells));
    const set = readTables(tables);
    if (!set) throw new Error('tables just written are read');
    const cellSlot = slots.keep(pool.memory.allocate(count * 2));
    const symbolSlot = slots.keep(pool.memory.allocate(count));
    const map = slots.keep(pool.memory.allocate(CELLS * 4));
    const entries = slots.keep(pool.memory.allocate(set.frequencies.length * encodingBytes(ALPHABET)));
    const stream = slots.keep(pool.memory.allocate(count * 2 + SLACK));
    placeCells(cellSlot.u16(0, count), cells);
    symbolSlot.u8(0, count).set(symbols);
    map.u32(0, CELLS).set(tableOffsets(set.map, encodingBytes(ALPHABET)));
    entries.u8().set(encodingTables(set.frequencies, ALPHABET));
    const end = stream.address + stream.bytes;
    const streams = [cellSlot.address, map.address, symbolSlot.address, count, entries.address];
    const [start = 0] = await pool.run([
      { kernel: 'encodeSymbols', args: [...streams, lanesFor(count), end] },
    ]);
    const coded = stream.u8((start >>> 0) - stream.address, end - (start >>> 0));
    const packed = new Uint8Array(4 + tables.length + coded.length);
    new DataView(packed.buffer).setUint32(0, tables.length, true);
    packed.set(tables, 4);
    packed.set(coded, 4 + tables.length);
    return packed;
  } finally {
    slots.free();
  }
}

/**
 * Reads what `packSymbols` wrote, whole.
 * @param count number of symbols, known from elsewhere; bounded by the caller
 * @param cells the same as when it was written
 * @returns undefined when the bytes are damaged
 */
export async function unpackSymbols(
  pool: Pool,
  packed: Uint8Array,
  count: number,
  cells?: Uint16Array,
): Promise<Uint8Array | undefined> {
  if (count === 0) return packed.length === 0 ? NOTHING : undefined;
  if (packed.length < 8) return undefined;
  const tableBytes = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const streamBytes = packed.length - 4 - tableBytes;
  if (tableBytes > MOST_TABLE_BYTES || streamBytes < 4 || streamBytes > count * 2 + SLACK) return undefined;
  const set = tableBytes > 0 ? readTables(packed.subarray(4, 4 + tableBytes)) : undefined;
  if (!set) return undefined;
  const slots = new SlotSet();
  try {
    const cellSlot = slots.keep(pool.memory.allocate(count * 2));
    const symbols = slots.keep(pool.memory.allocate(count));
    const map = slots.keep(pool.memory.allocate(CELLS * 4));
    const entries = slots.keep(pool.memory.allocate(set.frequencies.length * decodingBytes(ALPHABET)));
    const stream = slots.keep(pool.memory.allocate(streamBytes + SLACK));
    placeCells(cellSlot.u16(0, count), cells);
    map.u32(0, CELLS).set(tableOffsets(set.map, decodingBytes(ALPHABET)));
    entries.u8().set(decodingTables(set.frequencies, ALPHABET));
    stream.u8(0, streamBytes).set(packed.subarray(4 + tableBytes));
    const streams = [cellSlot.address, map.address, symbols.address, count, entries.address];
    const source = [lanesFor(count), stream.address, streamBytes];
    const [sound] = await pool.run([{ kernel: 'decodeSymbols', args: [...streams, ...source] }]);
    return sound === 1 ? symbols.u8(0, count).slice() : undefined;
  } finally {
    slots.free();
  }
}

function placeCells(target: Uint16Array, cells: Uint16Array | undefined): void {
  if (!cells) target.fill(0);
  else if (cells.length === target.length && allBelow(cells, CELLS)) target.set(cells);
  else throw new Error('every symbol has a cell below 512');
}

function allBelow(cells: Uint16Array, limit: number): boolean {
  let most = 0;
  for (let index = 0; index < cells.length; index += 1) most = Math.max(most, cells[index] ?? 0);
  return most < limit;
}

function counted(symbols: Uint8Array, cells: Uint16Array | undefined): Uint32Array {
  const histogram = new Uint32Array(CELLS * ALPHABET);
  // Counted loops: an iterator takes several times as long, and these run over every weight.
  for (let index = 0; index < symbols.length; index += 1) {
    const symbol = symbols[index] ?? 0;
    if (symbol >= ALPHABET) throw new Error('symbols are below 80');
    const place = (cells?.[index] ?? 0) * ALPHABET + symbol;
    histogram[place] = (histogram[place] ?? 0) + 1;
  }
  return histogram;
}
