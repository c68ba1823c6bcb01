import { inWindow, type KernelArgument, type KernelCall, type Pool, type Slot } from '../pool/index.ts';
import { grids, gridBytes, type Grid, type Matrix, type Range } from './elements.ts';
import { decodingBytes, decodingTables, encodingBytes, encodingTables, tableOffsets } from './rans-tables.ts';
import type { Scales } from './scales.ts';
import { SlotSet } from './slots.ts';
import { lanesFor } from './streams.ts';
import { ALPHABET, buildTables, CELLS, readTables, type TableSet } from './tables.ts';

// The codec of floating-point tensors (codec study, section 2): contexts from row and column scales and the
// prediction's exponent, symbols in steps of the grid or in bins of the scale, static tables that a batch of chunks
// shares, interleaved rANS; what no context can know goes raw. Tensors without a prediction take the same way with
// symbols of their own (exponent and leading mantissa bits).

/** A chunk in shared memory, with what the kernels need to know of its tensor. */
export interface ResidualChunk {
  readonly grid: Grid;
  readonly range: Range;
  readonly matrix: Matrix;
  readonly scales: ScaleSlots;
  /** Elements; written by the decoder. */
  readonly child: Slot;
  /** Absent where nothing predicts the elements. */
  readonly prediction?: Slot;
}

/** Scales of a tensor in shared memory: i16 per row, i16 per column. */
export class ScaleSlots {
  readonly #slot: Slot;
  readonly #rows: number;

  constructor(pool: Pool, scales: Scales) {
    this.#rows = scales.rows.length;
    this.#slot = pool.memory.allocate((scales.rows.length + scales.columns.length) * 2);
    this.#slot.i16(0, this.#rows).set(scales.rows);
    this.#slot.i16(this.#rows * 2, scales.columns.length).set(scales.columns);
  }

  /** Address of the scale of the row in which an element lies. */
  row(matrix: Matrix, element: number): number {
    return this.#slot.address + Math.floor(element / matrix.columns) * 2;
  }

  get columns(): number {
    return this.#slot.address + this.#rows * 2;
  }

  free(): void {
    this.#slot.free();
  }
}

/** Bytes that the raw stream of a chunk may be read or written beyond its end. */
const SLACK = 64;
/** k4 from which an element takes the value domain: s >= 8, 16, 64 steps of the grid. */
const LIMITS = [12, 16, 24] as const;
/** Elements that are tried with each limit. */
const TRIAL_ELEMENTS = 65_536;
const TRIAL_CHUNKS = 16;

/** Chunks that are coded as one stream: one large chunk, or several small ones one after another. */
export type ResidualGroup = readonly ResidualChunk[];

/** Coded groups and the tables that they share. */
export interface EncodedGroups {
  /** First byte: the limit; then the table set. */
  readonly tables: Uint8Array;
  /** One payload per group, in order. */
  readonly payloads: readonly Uint8Array[];
}

function geometry(chunk: ResidualChunk, count = chunk.range.count): number[] {
  const { range, matrix, scales } = chunk;
  return [count, range.first, matrix.columns, scales.row(matrix, range.first), scales.columns];
}

function classifyCall(chunk: ResidualChunk, limit: number, cells: number, count?: number): KernelCall {
  const place = geometry(chunk, count);
  if (!chunk.prediction) return { kernel: 'classifyAloneGrid', args: [...place, cells] };
  const args = [grids[chunk.grid], chunk.prediction.address, ...place, limit, cells];
  return { kernel: 'classifyGrid', args };
}

interface SymbolSpace {
  readonly cells: number;
  readonly symbols: number;
  readonly raw: number;
  readonly histogram: KernelArgument;
}

function symboliseCall(chunk: ResidualChunk, space: SymbolSpace, count?: number): KernelCall {
  const place = geometry(chunk, count);
  const grid = grids[chunk.grid];
  const { cells, symbols, raw, histogram } = space;
  if (!chunk.prediction) {
    const args = [grid, chunk.child.address, cells, ...place, symbols, raw, histogram];
    return { kernel: 'symboliseAloneGrid', args };
  }
  const args = [
    grid,
    chunk.child.address,
    chunk.prediction.address,
    cells,
    ...place,
    symbols,
    raw,
    histogram,
  ];
  return { kernel: 'symboliseGrid', args };
}

const HISTOGRAM_BYTES = CELLS * ALPHABET * 4;

/** Bits of counted symbols when every class has a table of its own; raw bits added. */
function estimatedBits(histogram: Uint32Array, rawBits: number): number {
  let bits = rawBits;
  for (let group = 0; group < CELLS / 16; group += 1) {
    const counts = new Float64Array(ALPHABET);
    for (let index = 0; index < 16 * ALPHABET; index += 1) {
      const symbol = index % ALPHABET;
      counts[symbol] = (counts[symbol] ?? 0) + (histogram[group * 16 * ALPHABET + index] ?? 0);
    }
    const total = counts.reduce((a, b) => a + b, 0);
    for (const count of counts) if (count > 0) bits += count * Math.log2(total / count);
  }
  return bits;
}

/** The limit that gives the fewest bits on a few elements of the chunks. */
async function chooseLimit(pool: Pool, chunks: readonly ResidualChunk[]): Promise<number> {
  const predicted = chunks.filter((chunk) => chunk.prediction);
  const skip = Math.ceil(predicted.length / TRIAL_CHUNKS);
  const tried = predicted.filter((_, index) => index % skip === 0);
  if (tried.length === 0) return LIMITS[0];
  const share = Math.ceil(TRIAL_ELEMENTS / tried.length);
  // All settle before a failure is told: none may hold memory any more.
  const results = await inWindow(LIMITS, LIMITS.length, async (limit) => ({
    limit,
    bits: await bitsWithLimit(pool, tried, limit, share),
  }));
  results.sort((a, b) => a.bits - b.bits);
  return results[0]?.limit ?? LIMITS[0];
}

/** Estimated bits of the first `share` elements of each chunk; one task, so that it waits its turn once. */
async function bitsWithLimit(
  pool: Pool,
  tried: readonly ResidualChunk[],
  limit: number,
  share: number,
): Promise<number> {
  const space = pool.memory.allocate(share * 7 + SLACK + HISTOGRAM_BYTES);
  try {
    const histogram = space.u32(0, HISTOGRAM_BYTES / 4);
    histogram.fill(0);
    const cells = space.address + HISTOGRAM_BYTES;
    const symbols = cells + share * 2;
    const raw = symbols + share;
    const calls = tried.flatMap((chunk) => {
      const count = Math.min(share, chunk.range.count);
      const places = { cells, symbols, raw, histogram: space.address };
      return [classifyCall(chunk, limit, cells, count), symboliseCall(chunk, places, count)];
    });
    const bits = await pool.run(calls);
    const rawBits = bits.reduce((sum, used, index) => sum + (index % 2 === 1 ? used >>> 0 : 0), 0);
    return estimatedBits(histogram, rawBits);
  } finally {
    space.free();
  }
}

interface Symbolised {
  readonly count: number;
  readonly cells: Slot;
  readonly symbols: Slot;
  readonly raw: readonly { readonly slot: Slot; readonly bits: number }[];
}

function countOf(group: ResidualGroup): number {
  return group.reduce((sum, { range }) => sum + range.count, 0);
}

/**
 * Codes groups of chunks with tables that are counted over all of them. Memory: about 5 bytes an element of a 16-bit
 * grid beside the elements themselves.
 */
export async function encodeResiduals(
  pool: Pool,
  groups: readonly ResidualGroup[],
  signal?: AbortSignal,
): Promise<EncodedGroups> {
  const slots = new SlotSet();
  try {
    const limit = await chooseLimit(pool, groups.flat());
    const histograms = slots.keep(pool.memory.allocate(HISTOGRAM_BYTES * pool.threads));
    histograms.u8().fill(0);
    const histogram = { perWorker: histograms.address, stride: HISTOGRAM_BYTES };
    const symbolised = await inWindow(groups, pool.threads * 2, async (group) => {
      signal?.throwIfAborted();
      return await symboliseGroup(pool, slots, group, limit, histogram);
    });
    const tables = buildTables(summed(histograms.u32(), pool.threads));
    const set = readTables(tables);
    if (!set) throw new Error('tables just written are read');
    const map = slots.keep(pool.memory.allocate(CELLS * 4));
    map.u32().set(tableOffsets(set.map, encodingBytes(ALPHABET)));
    const entries = slots.keep(
      pool.memory.allocate(Math.max(1, set.frequencies.length) * encodingBytes(ALPHABET)),
    );
    entries.u8().set(encodingTables(set.frequencies, ALPHABET));
    const payloads = await inWindow(symbolised, pool.threads * 2, async (item) => {
      signal?.throwIfAborted();
      return await encodeStream(pool, item, map, entries);
    });
    return { tables: Buffer.concat([Uint8Array.of(limit), tables]), payloads };
  } finally {
    slots.free();
  }
}

async function symboliseGroup(
  pool: Pool,
  slots: SlotSet,
  group: ResidualGroup,
  limit: number,
  histogram: KernelArgument,
): Promise<Symbolised> {
  const count = countOf(group);
  const cells = slots.keep(pool.memory.allocate(count * 2));
  const symbols = slots.keep(pool.memory.allocate(count));
  const raw: Slot[] = [];
  const calls: KernelCall[] = [];
  let first = 0;
  for (const chunk of group) {
    const slot = slots.keep(pool.memory.allocate(chunk.range.count * gridBytes[chunk.grid] + SLACK));
    const chunkCells = cells.address + first * 2;
    const space = { cells: chunkCells, symbols: symbols.address + first, raw: slot.address, histogram };
    calls.push(classifyCall(chunk, limit, chunkCells), symboliseCall(chunk, space));
    raw.push(slot);
    first += chunk.range.count;
  }
  const results = await pool.run(calls);
  const bits = raw.map((slot, index) => ({ slot, bits: (results[index * 2 + 1] ?? 0) >>> 0 }));
  return { count, cells, symbols, raw: bits };
}

function summed(all: Uint32Array, parts: number): Uint32Array {
  const size = CELLS * ALPHABET;
  const total = all.slice(0, size);
  for (let part = 1; part < parts; part += 1) {
    const offset = part * size;
    for (let index = 0; index < size; index += 1) {
      total[index] = (total[index] ?? 0) + (all[offset + index] ?? 0);
    }
  }
  return total;
}

/**
 * Payload: u32 number of raw bits, the rANS stream of all symbols, the raw bits of one chunk after the other. Each
 * chunk's raw bits begin on a whole byte; the bits that fill it up are counted, but for the last chunk.
 */
async function encodeStream(pool: Pool, item: Symbolised, map: Slot, entries: Slot): Promise<Uint8Array> {
  const { count, cells, symbols, raw } = item;
  const stream = pool.memory.allocate(count * 2 + SLACK);
  try {
    const end = stream.address + stream.bytes;
    const lanes = lanesFor(count);
    const args = [cells.address, map.address, symbols.address, count, entries.address, lanes, end];
    const [start = 0] = await pool.run([{ kernel: 'encodeSymbols', args }]);
    const coded = stream.u8((start >>> 0) - stream.address, end - (start >>> 0));
    const parts = raw.map(({ slot, bits }) => slot.u8(0, Math.ceil(bits / 8)));
    const rawBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const unused = (8 - ((raw.at(-1)?.bits ?? 0) % 8)) % 8;
    const payload = Buffer.allocUnsafe(4 + coded.length + rawBytes);
    payload.writeUInt32LE(rawBytes * 8 - unused, 0);
    payload.set(coded, 4);
    let at = 4 + coded.length;
    for (const part of parts) {
      payload.set(part, at);
      at += part.length;
    }
    return payload;
  } finally {
    stream.free();
  }
}

/** Tables in shared memory, ready to decode with. */
export class DecodingTables {
  readonly limit: number;
  /** Addresses. */
  readonly map: number;
  readonly entries: number;
  readonly #slot: Slot;

  private constructor(pool: Pool, limit: number, set: TableSet) {
    const mapBytes = CELLS * 4;
    const entryBytes = Math.max(1, set.frequencies.length) * decodingBytes(ALPHABET);
    this.limit = limit;
    this.#slot = pool.memory.allocate(mapBytes + entryBytes);
    this.#slot.u8(mapBytes).fill(0);
    this.#slot.u32(0, CELLS).set(tableOffsets(set.map, decodingBytes(ALPHABET)));
    this.#slot.u8(mapBytes).set(decodingTables(set.frequencies, ALPHABET));
    this.map = this.#slot.address;
    this.entries = this.#slot.address + mapBytes;
  }

  /** @returns undefined when the bytes are no tables */
  static read(pool: Pool, bytes: Uint8Array): DecodingTables | undefined {
    const limit = bytes[0];
    const set = limit === undefined ? undefined : readTables(bytes.subarray(1));
    return limit === undefined || !set ? undefined : new DecodingTables(pool, limit, set);
  }

  free(): void {
    this.#slot.free();
  }
}

/**
 * Decodes a group into the `child` of each of its chunks.
 * @returns false when the payload is damaged
 */
export async function decodeResidual(
  pool: Pool,
  group: ResidualGroup,
  tables: DecodingTables,
  payload: Uint8Array,
): Promise<boolean> {
  const count = countOf(group);
  if (payload.length < 8) return false;
  const rawBits = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const rawBytes = Math.ceil(rawBits / 8);
  const streamBytes = payload.length - 4 - rawBytes;
  const mostRaw = group.reduce((sum, { grid, range }) => sum + range.count * gridBytes[grid] + 1, 0);
  if (streamBytes < 4 || streamBytes > count * 2 + SLACK || rawBytes > mostRaw) return false;
  const slots = new SlotSet();
  try {
    const stream = slots.keep(pool.memory.allocate(streamBytes + SLACK));
    const raw = slots.keep(pool.memory.allocate(rawBytes + SLACK));
    const cells = slots.keep(pool.memory.allocate(count * 2));
    const symbols = slots.keep(pool.memory.allocate(count));
    stream.u8().set(payload.subarray(4, 4 + streamBytes));
    raw.u8().set(payload.subarray(4 + streamBytes));
    const calls: KernelCall[] = [];
    const firsts: number[] = [];
    let first = 0;
    for (const chunk of group) {
      calls.push(classifyCall(chunk, tables.limit, cells.address + first * 2));
      firsts.push(first);
      first += chunk.range.count;
    }
    const symbolArgs = [cells.address, tables.map, symbols.address, count, tables.entries];
    const streamArgs = [lanesFor(count), stream.address, streamBytes];
    calls.push({ kernel: 'decodeSymbols', args: [...symbolArgs, ...streamArgs] });
    let usedBits = 0;
    for (const [index, chunk] of group.entries()) {
      const from = Math.ceil(usedBits / 8);
      if (from * 8 > rawBits) return false;
      const place = { cells: cells.address, symbols: symbols.address, first: firsts[index] ?? 0 };
      calls.push(reconstructCall(chunk, place, raw.address + from, rawBits - from * 8));
      const results = await pool.run(calls.splice(0));
      const used = (results.at(-1) ?? 0) >>> 0;
      if ((index === 0 && results.at(-2) !== 1) || used > rawBits - from * 8) return false;
      usedBits = from * 8 + used;
    }
    return usedBits === rawBits;
  } finally {
    slots.free();
  }
}

function reconstructCall(
  chunk: ResidualChunk,
  place: { cells: number; symbols: number; first: number },
  raw: number,
  rawBits: number,
): KernelCall {
  const { child, prediction } = chunk;
  const tail = [...geometry(chunk), raw, rawBits, child.address];
  const symbols = place.symbols + place.first;
  const grid = grids[chunk.grid];
  if (!prediction) return { kernel: 'reconstructAloneGrid', args: [grid, symbols, ...tail] };
  const cells = place.cells + place.first * 2;
  return { kernel: 'reconstructGrid', args: [grid, prediction.address, cells, symbols, ...tail] };
}
