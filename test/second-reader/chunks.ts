import { AdaptiveBits, RawBits, unfolded } from './bits.ts';
import { check, present } from './damaged.ts';
import {
  binade,
  binEdge,
  fromOrdered,
  isFinitePattern,
  isNegative,
  toOrdered,
  valueOf,
  type Grid,
} from './floats.ts';
import type { Matrix } from './segments.ts';
import { readByteTables, readSymbols, type CellTables, type Scales } from './tables.ts';

/** Section 11.3. Changes the elements, integers of `bits` bits, which hold the prediction. */
export function applySparse(payload: Uint8Array, elements: Uint32Array, bits: number): void {
  const source = new AdaptiveBits(payload);
  const changes = source.exponential(0);
  check(changes <= elements.length, 'it has more changes than elements');
  let place = -1;
  for (let change = 0; change < changes; change += 1) {
    place += 1 + source.exponential(0);
    check(place < elements.length, 'a change lies beyond the elements');
    const value = source.bit(128) === 0 ? source.exponential(64) + 1 : source.octets(129);
    const sum = (elements[place] ?? 0) + unfolded(value);
    elements[place] = Number(BigInt.asUintN(bits, BigInt(sum)));
  }
}

/** Elements of a grid tensor on their way out of a chunk. */
export interface GridRun {
  readonly grid: Grid;
  readonly matrix: Matrix;
  readonly scales: Scales;
  /** First element, and how many. */
  readonly first: number;
  readonly count: number;
  readonly prediction: Uint32Array | undefined;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function scaleOf({ matrix, scales, first }: GridRun, index: number): number {
  const element = first + index;
  const row = scales.rows[Math.floor(element / matrix.columns)];
  const column = scales.columns[element % matrix.columns];
  return present(row, 'scale of a row') + present(column, 'scale of a column');
}

const firstBinClass = 24;

/** Sections 11.4.1 and 11.5. */
function cellOf(run: GridRun, index: number, limit: number): number {
  const scale = scaleOf(run, index);
  const { grid, prediction } = run;
  if (prediction === undefined) return (28 + modulo(scale, 4)) * 16;
  const bits = prediction[index] ?? 0;
  if (!isFinitePattern(grid, bits)) return 0;
  const exponent = binade(grid, bits);
  const k4 = scale - 4 * (exponent - grid.mantissa);
  const group = k4 < limit ? clamp(Math.floor((k4 + 24) / 2), 0, 23) : firstBinClass + modulo(scale, 4);
  return group * 16 + clamp(exponent + 14, 0, 15);
}

/** Section 11.4.2. */
function predictedElement(run: GridRun, index: number, cell: number, symbol: number, raw: RawBits): number {
  const { grid } = run;
  check(symbol <= 76, 'it has a symbol that means nothing');
  if (symbol === 76) return raw.take(grid.bytes * 8);
  let v = symbol - 24;
  let used = 0;
  if (symbol >= 48) {
    used = symbol < 62 ? symbol - 48 : symbol - 62;
    const distance = 2 ** used + raw.take(used);
    v = symbol < 62 ? 23 + distance : -24 - distance;
  }
  const bits = run.prediction?.[index] ?? 0;
  const negative = isNegative(grid, bits);
  if (cell < firstBinClass * 16) return fromOrdered(grid, toOrdered(grid, bits) + (negative ? -v : v));
  const q = negative ? -1 - v : v;
  const exponent = clamp(Math.floor(scaleOf(run, index) / 4) - 2, -126, 126);
  const p = valueOf(grid, bits);
  const low = binEdge(grid, p, q, exponent);
  const values = binEdge(grid, p, q + 1, exponent) - low;
  let inside = 0;
  while (2 ** inside < values) inside += 1;
  check(used + inside <= grid.bytes * 8, 'an element has more raw bits than an escape');
  const place = raw.take(inside);
  check(place < values, 'a place lies beyond its bin');
  return fromOrdered(grid, low + place);
}

/** Section 11.5. */
function aloneElement(run: GridRun, index: number, symbol: number, raw: RawBits): number {
  const { grid } = run;
  check(symbol <= 77, 'it has a symbol that means nothing');
  if (symbol === 76) return raw.take(grid.bytes * 8);
  if (symbol === 77) return 0;
  const fine = symbol < 64;
  const octave = fine ? Math.floor(symbol / 4) : symbol - 48;
  const kept = fine ? grid.mantissa - 2 : grid.mantissa;
  const low = raw.take(kept);
  const sign = raw.take(1);
  const field = Math.floor(scaleOf(run, index) / 4) + 3 - octave + grid.bias;
  check(field >= 1 && field < grid.top, 'an exponent is out of range');
  const mantissa = (fine ? (symbol % 4) * 2 ** kept : 0) + low;
  return sign * 2 ** (grid.bytes * 8 - 1) + field * 2 ** grid.mantissa + mantissa;
}

/** Sections 11.4, 11.5 and 11.8: the elements of one tensor's run, or of the tensors of a bundle. */
export function decodeRuns(payload: Uint8Array, runs: readonly GridRun[], tables: CellTables): Uint32Array[] {
  check(payload.length >= 8, 'it is too short');
  const rawBits = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const rawAt = payload.length - Math.ceil(rawBits / 8);
  check(rawAt >= 4, 'its raw bits do not fit');
  const cells = runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, index) => cellOf(run, index, tables.limit)),
  );
  const symbols = readSymbols(payload.subarray(4, rawAt), cells.length, (index) =>
    tables.of(cells[index] ?? -1),
  );
  const raw = new RawBits(payload.subarray(rawAt), rawBits);
  let from = 0;
  const decoded = runs.map((run) => {
    raw.toWholeByte();
    const elements = Uint32Array.from({ length: run.count }, (_, index) => {
      const symbol = symbols[from + index] ?? 0;
      return run.prediction === undefined
        ? aloneElement(run, index, symbol, raw)
        : predictedElement(run, index, cells[from + index] ?? 0, symbol, raw);
    });
    from += run.count;
    return elements;
  });
  raw.end();
  return decoded;
}

interface PlaneReader {
  readonly payload: Uint8Array;
  readonly count: number;
  /** The prediction's bytes, where units have one byte each. */
  readonly parent: Uint8Array | undefined;
}

/** Section 11.6: one plane, and where the next begins. */
function readPlane({ payload, count, parent }: PlaneReader, at: number): { plane: Uint8Array; end: number } {
  const how = present(payload[at], 'plane');
  if (how === 0) return { plane: new Uint8Array(count).fill(present(payload[at + 1], 'byte')), end: at + 2 };
  if (how === 1) {
    const end = at + 1 + count;
    check(end <= payload.length, 'a plane is too short');
    return { plane: payload.slice(at + 1, end), end };
  }
  check(how === 2 || (how === 3 && parent !== undefined), 'a plane is coded in no known way');
  check(at + 9 <= payload.length, 'a plane is too short');
  const view = new DataView(payload.buffer, payload.byteOffset);
  const streamAt = at + 9 + view.getUint32(at + 1, true);
  const end = streamAt + view.getUint32(at + 5, true);
  check(end <= payload.length, 'a plane is too short');
  const tableOf = readByteTables(payload.subarray(at + 9, streamAt), how === 2 ? 1 : 32);
  const plane = readSymbols(payload.subarray(streamAt, end), count, (index) =>
    tableOf(how === 2 ? 0 : (parent?.[index] ?? 0) >> 3),
  );
  return { plane, end };
}

function unitAt(bytes: Uint8Array, width: number, index: number): bigint {
  let value = 0n;
  for (let byte = width - 1; byte >= 0; byte -= 1) {
    value = value * 256n + BigInt(bytes[index * width + byte] ?? 0);
  }
  return value;
}

/** Section 11.6: the bytes of `count` units of `width` bytes. */
export function decodePlanes(
  payload: Uint8Array,
  count: number,
  width: number,
  prediction: Uint8Array | undefined,
): Uint8Array {
  const mode = present(payload[0], 'mode');
  check(mode === 0 || (mode <= 2 && prediction !== undefined), 'it has a wrong mode');
  const parent = width === 1 ? prediction : undefined;
  const bytes = new Uint8Array(count * width);
  let at = 1;
  for (let byte = 0; byte < width; byte += 1) {
    const { plane, end } = readPlane({ payload, count, parent }, at);
    for (const [index, value] of plane.entries()) bytes[index * width + byte] = value;
    at = end;
  }
  check(at === payload.length, 'it has bytes after its last plane');
  if (mode === 0 || prediction === undefined) return bytes;
  for (let index = 0; index < count; index += 1) {
    const value = unitAt(bytes, width, index);
    const p = unitAt(prediction, width, index);
    const difference = value % 2n === 0n ? value / 2n : -(value + 1n) / 2n;
    let unit = mode === 1 ? value ^ p : BigInt.asUintN(8 * width, p + difference);
    for (let byte = 0; byte < width; byte += 1) {
      bytes[index * width + byte] = Number(unit % 256n);
      unit /= 256n;
    }
  }
  return bytes;
}
