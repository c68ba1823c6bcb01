import { RawBits } from './bits.ts';
import { check, present } from './damaged.ts';
import { floatBits, floatOf, round, type Grid } from './floats.ts';
import type { Matrix } from './segments.ts';
import { noTable, readSymbols, readTablesOfCells, type Scales, type Table } from './tables.ts';

/** Section 15.3: tables of a levels chunk. */
export interface LevelTables {
  /** Means of the levels 1, 2 and from 3 on (what is added), of a class. */
  means(group: number): readonly [number, number, number];
  of(cell: number): Table;
}

/** Section 15.3: the payload of a side object, or a chunk's own tables. */
export function readLevelTables(payload: Uint8Array): LevelTables {
  const classes = present(payload[0], 'number of classes');
  const end = 1 + 7 * classes;
  check(classes <= 24 && end <= payload.length, 'it has too many classes');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const known = new Map<number, readonly [number, number, number]>();
  for (let at = 1; at < end; at += 7) {
    const group = view.getUint8(at);
    check(group < 24 && !known.has(group), 'it has a class that there is not, or one twice');
    known.set(group, [half(view, at + 1), half(view, at + 3), half(view, at + 5)]);
  }
  const of = end === payload.length ? noTable : readTablesOfCells(payload.subarray(end), 76);
  return { means: (group) => known.get(group) ?? [1, 2, 0], of };
}

/** A binary16 value, exact. */
function half(view: DataView, at: number): number {
  const bits = view.getUint16(at, true);
  const field = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >= 0x8000 ? -1 : 1;
  check(field !== 31, 'it has a mean that is not finite');
  return sign * (field === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (field - 25));
}

/** A run of elements that a levels chunk gives. */
export interface LevelRun {
  readonly matrix: Matrix;
  readonly scales: Scales;
  readonly first: number;
  readonly count: number;
  /** Float32 bits. */
  readonly prediction: Uint32Array;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Sections 15.2 and 15.3: the elements of a chunk, patterns on the grid of the tensor. */
export function decodeLevels(
  payload: Uint8Array,
  run: LevelRun,
  grid: Grid,
  shared: LevelTables,
): Uint32Array {
  const { matrix, scales, first, count, prediction } = run;
  check(first % matrix.columns === 0 && count % matrix.columns === 0, 'a chunk cuts a row');
  check(payload.length >= 12, 'it is too short');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const rawBits = view.getUint32(0, true);
  const unit = view.getFloat32(4, true);
  check(Number.isFinite(unit), 'its unit is not finite');
  const step = view.getInt16(8, true);
  const symbolsAt = 12 + view.getUint16(10, true);
  const rawAt = payload.length - Math.ceil(rawBits / 8);
  check(symbolsAt <= rawAt, 'its parts do not fit');
  const tables = symbolsAt > 12 ? readLevelTables(payload.subarray(12, symbolsAt)) : shared;
  const classes = Uint8Array.from(prediction, (_, index) => {
    const element = first + index;
    const row = present(scales.rows[Math.floor(element / matrix.columns)], 'scale of a row');
    const column = present(scales.columns[element % matrix.columns], 'scale of a column');
    return clamp(Math.floor((row + column - step + 24) / 2), 0, 23);
  });
  const tableOf = (index: number): Table => {
    const field = ((prediction[index] ?? 0) >>> 23) & 255;
    return tables.of((classes[index] ?? 0) * 16 + clamp(field - 113, 0, 15));
  };
  const symbols = readSymbols(payload.subarray(symbolsAt, rawAt), count, tableOf, 65_536);
  const raw = new RawBits(payload.subarray(rawAt), rawBits);
  const elements = prediction.map((bits, index) => {
    const x = change(symbols[index] ?? 0, unit, tables.means(classes[index] ?? 0), raw);
    return round(grid, floatBits(Math.fround(floatOf(bits) + x)));
  });
  raw.end();
  return elements;
}

/** Section 15.3: what a symbol adds to the prediction. */
function change(
  symbol: number,
  unit: number,
  [one, two, more]: readonly [number, number, number],
  raw: RawBits,
): number {
  check(symbol <= 76, 'it has a symbol that means nothing');
  if (symbol === 76) return floatOf(raw.take(32));
  if (symbol >= 62) return Math.fround((-24 - 2 ** (symbol - 62) - raw.take(symbol - 62)) * unit);
  if (symbol >= 48) return Math.fround((23 + 2 ** (symbol - 48) + raw.take(symbol - 48)) * unit);
  const level = symbol - 24;
  const size = Math.abs(level);
  if (size === 0) return Math.fround(0 * unit);
  const steps = size === 1 ? one : size === 2 ? two : Math.fround(size + more);
  const distance = Math.fround(steps * unit);
  return level < 0 ? -distance : distance;
}
