import type { Pool, Slot } from '../pool/index.ts';
import { AdaptiveBitReader, AdaptiveBitWriter } from './adaptive-bits.ts';
import { FREQUENCY_CONTEXTS, precisionFor, readFrequencies, writeFrequencies } from './frequencies.ts';
import { decodingBytes, decodingTables, encodingBytes, encodingTables, tableOffsets } from './rans-tables.ts';
import { SlotSet } from './slots.ts';
import { lanesFor } from './streams.ts';

// The codec for elements that lie on no grid of the residual coder: integers, booleans, fp8, float64, packed quants
// and bytes of unknown meaning. Elements are taken alone, as exclusive or with the parent, or as difference to it;
// each byte plane is then a constant, raw, coded by one table, or coded by a table per leading five bits of the
// parent's byte, whatever is smallest.

const ALPHABET = 256;
const CONTEXT_SHIFT = 3;
const BYTE_CONTEXTS = 32;
const modes = { plain: 0, xor: 1, difference: 2 } as const;
const methods = { constant: 0, raw: 1, coded: 2, byParent: 3 } as const;
/** Estimated bits of one symbol in a table. */
const SYMBOL_COST = 6;

/** Where the elements of a chunk lie: `count` of them, each `width` bytes. */
export interface PlaneChunk {
  readonly child: Slot;
  /** Same count and width; absent where nothing predicts the elements. */
  readonly parent?: Slot;
  readonly count: number;
  readonly width: 1 | 2 | 4 | 8;
}

interface Counted {
  readonly histogram: Uint32Array;
  readonly bits: number;
  readonly method: number;
}

function codedBits(histogram: Uint32Array): number {
  let bits = 0;
  for (let context = 0; context * ALPHABET < histogram.length; context += 1) {
    let total = 0;
    let sum = 0;
    for (const count of histogram.subarray(context * ALPHABET, (context + 1) * ALPHABET)) {
      if (count === 0) continue;
      total += count;
      sum += count * Math.log2(count);
      bits += SYMBOL_COST;
    }
    if (total > 0) bits += total * Math.log2(total) - sum + 32;
  }
  return bits;
}

function choose(histogram: Uint32Array, method: number, count: number): Counted {
  const used = histogram.reduce((symbols, times) => symbols + (times > 0 ? 1 : 0), 0);
  if (used === 1 && method === methods.coded) return { histogram, bits: 8, method: methods.constant };
  const bits = codedBits(histogram) + 80;
  return bits < count * 8 ? { histogram, bits, method } : { histogram, bits: count * 8, method: methods.raw };
}

/** Room that one chunk needs in shared memory. */
class Workspace {
  readonly planes: Slot;
  readonly cells: Slot;
  readonly histogram: Slot;
  readonly map: Slot;
  readonly tables: Slot;
  readonly stream: Slot;
  readonly #slots = new SlotSet();

  constructor(pool: Pool, chunk: { count: number; width: number }) {
    const take = (bytes: number): Slot => this.#slots.keep(pool.memory.allocate(bytes));
    try {
      this.planes = take(chunk.count * chunk.width);
      this.cells = take(chunk.count * 2);
      this.histogram = take(BYTE_CONTEXTS * ALPHABET * 4);
      this.map = take(BYTE_CONTEXTS * 4);
      this.tables = take(BYTE_CONTEXTS * Math.max(encodingBytes(ALPHABET), decodingBytes(ALPHABET)));
      this.stream = take(chunk.count * 2 + 64);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  free(): void {
    this.#slots.free();
  }
}

async function split(pool: Pool, space: Workspace, chunk: PlaneChunk, mode: number): Promise<void> {
  const { child, parent, count, width } = chunk;
  const args = [width, child.address, parent?.address ?? 0, count, mode, space.planes.address];
  await pool.run([{ kernel: 'splitPlanes', args }]);
}

async function countPlane(
  pool: Pool,
  space: Workspace,
  chunk: PlaneChunk,
  plane: number,
  byParent: boolean,
): Promise<Counted> {
  const contexts = byParent ? BYTE_CONTEXTS : 1;
  space.histogram.u32().fill(0);
  await pool.run([
    {
      kernel: 'countBytes',
      args: [
        space.planes.address + plane * chunk.count,
        byParent ? (chunk.parent?.address ?? 0) : 0,
        CONTEXT_SHIFT,
        chunk.count,
        space.cells.address,
        space.histogram.address,
      ],
    },
  ]);
  const histogram = space.histogram.u32().slice(0, contexts * ALPHABET);
  return choose(histogram, byParent ? methods.byParent : methods.coded, chunk.count);
}

/**
 * Codes a chunk.
 * @returns its payload; it may be larger than the elements, the caller compares
 */
export async function encodePlanes(pool: Pool, chunk: PlaneChunk): Promise<Uint8Array> {
  const space = new Workspace(pool, chunk);
  try {
    const tried: { mode: number; planes: Counted[]; bits: number }[] = [];
    for (const mode of chunk.parent ? [modes.plain, modes.xor, modes.difference] : [modes.plain]) {
      await split(pool, space, chunk, mode);
      const planes: Counted[] = [];
      for (let plane = 0; plane < chunk.width; plane += 1) {
        const candidates = [await countPlane(pool, space, chunk, plane, false)];
        if (chunk.parent && chunk.width === 1)
          candidates.push(await countPlane(pool, space, chunk, plane, true));
        candidates.sort((a, b) => a.bits - b.bits);
        if (candidates[0]) planes.push(candidates[0]);
      }
      tried.push({ mode, planes, bits: planes.reduce((sum, plane) => sum + plane.bits, 0) });
    }
    tried.sort((a, b) => a.bits - b.bits);
    const best = tried[0];
    if (!best) throw new Error('a chunk has at least one form');
    await split(pool, space, chunk, best.mode);
    const parts: Uint8Array[] = [Uint8Array.of(best.mode)];
    for (const [plane, counted] of best.planes.entries()) {
      parts.push(await encodePlane(pool, space, chunk, plane, counted));
    }
    return Buffer.concat(parts);
  } finally {
    space.free();
  }
}

async function encodePlane(
  pool: Pool,
  space: Workspace,
  chunk: PlaneChunk,
  plane: number,
  counted: Counted,
): Promise<Uint8Array> {
  const bytes = space.planes.u8(plane * chunk.count, chunk.count);
  if (counted.method === methods.constant) return Uint8Array.of(methods.constant, bytes[0] ?? 0);
  if (counted.method === methods.raw) return Buffer.concat([Uint8Array.of(methods.raw), bytes]);
  const byParent = counted.method === methods.byParent;
  await countPlane(pool, space, chunk, plane, byParent);
  const tables = writeByteTables(counted.histogram);
  const read = readByteTables(tables, counted.histogram.length / ALPHABET);
  if (!read) throw new Error('tables just written are read');
  space.map.u32().set(tableOffsets(read.map, encodingBytes(ALPHABET)));
  space.tables.u8().set(encodingTables(read.frequencies, ALPHABET));
  const end = space.stream.address + space.stream.bytes;
  const lanes = lanesFor(chunk.count);
  const [start = end] = await pool.run([
    {
      kernel: 'encodeSymbols',
      args: [
        space.cells.address,
        space.map.address,
        space.planes.address + plane * chunk.count,
        chunk.count,
        space.tables.address,
        lanes,
        end,
      ],
    },
  ]);
  const from = (start >>> 0) - space.stream.address;
  const stream = space.stream.u8(from, space.stream.bytes - from);
  const head = new Uint8Array(9);
  head[0] = counted.method;
  const view = new DataView(head.buffer);
  view.setUint32(1, tables.length, true);
  view.setUint32(5, stream.length, true);
  return Buffer.concat([head, tables, stream]);
}

/** Tables per context: one bit whether it occurs, then the tables of those that do. */
function writeByteTables(histogram: Uint32Array): Uint8Array {
  const out = new AdaptiveBitWriter(1 + FREQUENCY_CONTEXTS);
  const counts: Float64Array[] = [];
  let total = 0;
  for (let at = 0; at < histogram.length; at += ALPHABET) {
    const row = Float64Array.from(histogram.subarray(at, at + ALPHABET));
    const sum = row.reduce((a, b) => a + b, 0);
    out.bit(0, sum > 0 ? 1 : 0);
    if (sum > 0) counts.push(row);
    total += sum;
  }
  const precision = precisionFor(total);
  writeFrequencies(out, 1, counts, precision);
  return Uint8Array.of(precision, ...out.finish());
}

function readByteTables(
  bytes: Uint8Array,
  contexts: number,
): { map: Uint8Array; frequencies: Uint16Array[] } | undefined {
  const precision = bytes[0] ?? 0;
  if (precision < 1 || precision > 4) return undefined;
  const source = new AdaptiveBitReader(1 + FREQUENCY_CONTEXTS, bytes.subarray(1));
  const map = new Uint8Array(contexts).fill(255);
  let tables = 0;
  for (let context = 0; context < contexts; context += 1) {
    if (source.bit(0) === 0) continue;
    map[context] = tables;
    tables += 1;
  }
  if (tables === 0) return undefined;
  const frequencies = readFrequencies(source, 1, tables, ALPHABET, precision);
  return frequencies && { map, frequencies };
}

/**
 * Decodes a chunk into `chunk.child`.
 * @returns false when the payload is damaged
 */
export async function decodePlanes(pool: Pool, chunk: PlaneChunk, payload: Uint8Array): Promise<boolean> {
  const mode = payload[0] ?? 255;
  if (mode > modes.difference || (mode !== modes.plain && !chunk.parent)) return false;
  const space = new Workspace(pool, chunk);
  try {
    let at = 1;
    for (let plane = 0; plane < chunk.width; plane += 1) {
      const used = await decodePlane(pool, space, chunk, plane, payload.subarray(at));
      if (used === undefined) return false;
      at += used;
    }
    if (at !== payload.length) return false;
    const { child, parent, count, width } = chunk;
    const args = [width, space.planes.address, parent?.address ?? 0, count, mode, child.address];
    await pool.run([{ kernel: 'mergePlanes', args }]);
    return true;
  } finally {
    space.free();
  }
}

/** @returns the number of bytes used, or undefined when they are damaged */
async function decodePlane(
  pool: Pool,
  space: Workspace,
  chunk: PlaneChunk,
  plane: number,
  bytes: Uint8Array,
): Promise<number | undefined> {
  const target = space.planes.u8(plane * chunk.count, chunk.count);
  const method = bytes[0];
  if (method === methods.constant) {
    target.fill(bytes[1] ?? 0);
    return 2;
  }
  if (method === methods.raw) {
    if (bytes.length < 1 + chunk.count) return undefined;
    target.set(bytes.subarray(1, 1 + chunk.count));
    return 1 + chunk.count;
  }
  const byParent = method === methods.byParent;
  if ((method !== methods.coded && !byParent) || bytes.length < 9) return undefined;
  if (byParent && (chunk.width !== 1 || !chunk.parent)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const tableBytes = view.getUint32(1, true);
  const streamBytes = view.getUint32(5, true);
  const end = 9 + tableBytes + streamBytes;
  if (end > bytes.length || streamBytes > space.stream.bytes - 64) return undefined;
  const tables = readByteTables(bytes.subarray(9, 9 + tableBytes), byParent ? BYTE_CONTEXTS : 1);
  if (!tables) return undefined;
  space.map.u32().set(tableOffsets(tables.map, decodingBytes(ALPHABET)));
  space.tables.u8().set(decodingTables(tables.frequencies, ALPHABET));
  space.stream.u8().set(bytes.subarray(9 + tableBytes, end));
  const parent = byParent ? (chunk.parent?.address ?? 0) : 0;
  const [, ok] = await pool.run([
    {
      kernel: 'byteContexts',
      args: [parent, CONTEXT_SHIFT, chunk.count, space.cells.address],
    },
    {
      kernel: 'decodeSymbols',
      args: [
        space.cells.address,
        space.map.address,
        space.planes.address + plane * chunk.count,
        chunk.count,
        space.tables.address,
        lanesFor(chunk.count),
        space.stream.address,
        streamBytes,
      ],
    },
  ]);
  return ok === 1 ? end : undefined;
}
