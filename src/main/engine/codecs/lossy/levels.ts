import type { Pool, Slot } from '../../pool/index.ts';
import { SlotSet } from '../slots.ts';
import { ALPHABET, buildTables, CELLS } from '../tables.ts';
import { CLASSES, levelValues, LevelTables, writeLevelTables } from './level-tables.ts';

// Payload of the method `levels`: u32 raw bits, f32 unit, i16 step scale, u16 bytes of tables of its own (0: the shared
// ones), those tables, the rANS stream of all symbols, the raw bits. Cells come from the tensor's scales, the step scale
// and the exponents of the prediction, as the residual coder's do.

const HEAD = 12;
const SLACK = 64;
/** Symbols from which eight states, which end in 32 bytes, are worth their speed: levels take few bits each. */
const INTERLEAVED = 65_536;
const HISTOGRAM_BYTES = CELLS * ALPHABET * 4;
/** Thresholds per class: from the levels 0, 1, 2 and from all above. */
export const THRESHOLDS = 4;

/** Rows of a tensor with what is needed to tell their cells. */
export interface LevelRows {
  /** Float32. */
  readonly prediction: Slot;
  /** Elements in all, number of the first in the tensor, elements of a row. */
  readonly elements: number;
  readonly firstElement: number;
  readonly columns: number;
  /** Addresses: i16 of the first row on, and of the columns. */
  readonly rowScales: number;
  readonly columnScales: number;
}

/** How a tensor is rounded. */
export interface LevelStep {
  readonly step: number;
  /** In quarter octaves, 4 log2(step) about. */
  readonly stepScale: number;
  /** What a level counts: the step times a factor, float32. */
  readonly unit: number;
  /** Fractions from which levels are rounded up, four per class. */
  readonly thresholds: Float32Array;
}

function lanesOf(symbols: number): 1 | 8 {
  return symbols < INTERLEAVED ? 1 : 8;
}

function classify(rows: LevelRows, stepScale: number, cells: number): { kernel: string; args: number[] } {
  const place = [rows.prediction.address, rows.elements, rows.firstElement, rows.columns];
  const args = [...place, rows.rowScales, rows.columnScales, stepScale, cells];
  return { kernel: 'classifyLevels', args };
}

/**
 * Codes rows.
 * @param change child minus prediction, float32
 */
export async function encodeLevels(
  pool: Pool,
  rows: LevelRows,
  change: Slot,
  { step, stepScale, unit, thresholds }: LevelStep,
  tables: LevelTables,
): Promise<Uint8Array> {
  const { elements } = rows;
  const slots = new SlotSet();
  let own: LevelTables | undefined;
  try {
    const cells = slots.keep(pool.memory.allocate(elements * 2));
    const symbols = slots.keep(pool.memory.allocate(elements));
    const raw = slots.keep(pool.memory.allocate(elements * 4 + SLACK));
    const histogram = slots.keep(pool.memory.allocate(HISTOGRAM_BYTES));
    const limits = slots.keep(pool.memory.allocate(CLASSES * THRESHOLDS * 4));
    const stream = slots.keep(pool.memory.allocate(elements * 2 + SLACK));
    histogram.u8().fill(0);
    limits.f32(0, CLASSES * THRESHOLDS).set(thresholds);
    const where = [symbols.address, raw.address, histogram.address];
    const quantise = [change.address, cells.address, elements, 1 / step, limits.address, ...where];
    const [, bits = 0] = await pool.run([
      classify(rows, stepScale, cells.address),
      { kernel: 'quantiseLevels', args: quantise },
    ]);
    const rawBits = bits >>> 0;
    const counts = histogram.u32(0, HISTOGRAM_BYTES / 4);
    let ownBytes = new Uint8Array();
    if (!tables.cover(counts)) {
      ownBytes = Uint8Array.from(writeLevelTables(tables.means, buildTables(counts.slice())));
      own = LevelTables.read(pool, ownBytes);
    }
    const { encodingMap, encodingEntries } = own ?? tables;
    const end = stream.address + stream.bytes;
    const streams = [cells.address, encodingMap, symbols.address, elements, encodingEntries];
    const [start = 0] = await pool.run([
      { kernel: 'encodeSymbols', args: [...streams, lanesOf(elements), end] },
    ]);
    const coded = stream.u8((start >>> 0) - stream.address, end - (start >>> 0));
    const rawBytes = Math.ceil(rawBits / 8);
    const payload = new Uint8Array(HEAD + ownBytes.length + coded.length + rawBytes);
    const view = new DataView(payload.buffer);
    view.setUint32(0, rawBits, true);
    view.setFloat32(4, unit, true);
    view.setInt16(8, stepScale, true);
    view.setUint16(10, ownBytes.length, true);
    payload.set(ownBytes, HEAD);
    payload.set(coded, HEAD + ownBytes.length);
    payload.set(raw.u8(0, rawBytes), HEAD + ownBytes.length + coded.length);
    return payload;
  } finally {
    own?.free();
    slots.free();
  }
}

/**
 * Decodes rows.
 * @returns the change, float32, for the caller to free; undefined when the payload is damaged
 */
export async function decodeLevels(
  pool: Pool,
  rows: LevelRows,
  payload: Uint8Array,
  shared: LevelTables,
): Promise<Slot | undefined> {
  const { elements } = rows;
  if (payload.length < HEAD) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset);
  const rawBits = view.getUint32(0, true);
  const unit = view.getFloat32(4, true);
  const stepScale = view.getInt16(8, true);
  const ownBytes = view.getUint16(10, true);
  const rawBytes = Math.ceil(rawBits / 8);
  const streamBytes = payload.length - HEAD - ownBytes - rawBytes;
  if (!Number.isFinite(unit) || rawBytes > elements * 4) return undefined;
  if (streamBytes < 4 || streamBytes > elements * 2 + SLACK) return undefined;
  const slots = new SlotSet();
  let own: LevelTables | undefined;
  try {
    if (ownBytes > 0) own = LevelTables.read(pool, payload.subarray(HEAD, HEAD + ownBytes));
    if (ownBytes > 0 && !own) return undefined;
    const tables = own ?? shared;
    const cells = slots.keep(pool.memory.allocate(elements * 2));
    const symbols = slots.keep(pool.memory.allocate(elements));
    const stream = slots.keep(pool.memory.allocate(streamBytes + SLACK));
    const raw = slots.keep(pool.memory.allocate(rawBytes + SLACK));
    const values = slots.keep(pool.memory.allocate(CLASSES * 48 * 4));
    const change = slots.keep(pool.memory.allocate(elements * 4));
    const streamAt = HEAD + ownBytes;
    stream.u8(0, streamBytes).set(payload.subarray(streamAt, streamAt + streamBytes));
    raw.u8(0, rawBytes).set(payload.subarray(streamAt + streamBytes));
    values.f32(0, CLASSES * 48).set(levelValues(tables.means, unit));
    const symbolArgs = [cells.address, tables.decodingMap, symbols.address, elements, tables.decodingEntries];
    const source = [lanesOf(elements), stream.address, streamBytes];
    const levels = [cells.address, symbols.address, elements, values.address, unit];
    const [, sound, used = 0] = await pool.run([
      classify(rows, stepScale, cells.address),
      { kernel: 'decodeSymbols', args: [...symbolArgs, ...source] },
      { kernel: 'reconstructLevels', args: [...levels, raw.address, rawBits, change.address] },
    ]);
    return sound === 1 && used >>> 0 === rawBits ? slots.release(change) : undefined;
  } finally {
    own?.free();
    slots.free();
  }
}
