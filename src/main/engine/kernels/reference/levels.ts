import { BitReader, BitWriter } from './bits.ts';
import { gridOf, putBits } from './grid.ts';
import { count as countOne, placesOf, scaleAt, type Memory } from './memory.ts';
import { nearest } from './predict.ts';

function floatAt(memory: Memory, address: number, index: number): number {
  return new DataView(memory).getFloat32(address + index * 4, true);
}

function putFloat(memory: Memory, address: number, index: number, value: number): void {
  new DataView(memory).setFloat32(address + index * 4, value, true);
}

export function subtractFloats(
  memory: Memory,
  left: number,
  right: number,
  count: number,
  target: number,
): number {
  let finite = 1;
  for (let index = 0; index < count; index += 1) {
    const difference = Math.fround(floatAt(memory, left, index) - floatAt(memory, right, index));
    putFloat(memory, target, index, difference);
    if (!Number.isFinite(difference)) finite = 0;
  }
  return finite;
}

export function addChange(
  memory: Memory,
  grid: number,
  prediction: number,
  change: number,
  count: number,
  target: number,
): number {
  for (let index = 0; index < count; index += 1) {
    const sum = Math.fround(floatAt(memory, prediction, index) + floatAt(memory, change, index));
    putBits(memory, gridOf(grid), target, index, nearest(gridOf(grid), sum));
  }
  return 0;
}

export function compareChange(
  memory: Memory,
  change: number,
  decoded: number,
  prediction: number,
  count: number,
  result: number,
): number {
  const sums = [0, 0, 0, 0];
  for (let index = 0; index < count; index += 1) {
    const d = floatAt(memory, change, index);
    const a = Math.fround(floatAt(memory, decoded, index) - floatAt(memory, prediction, index));
    sums[0]! += d * d;
    sums[1]! += d * a;
    sums[2]! += a * a;
    sums[3] = Math.max(sums[3]!, Math.abs(Math.fround(a - d)));
  }
  for (const [index, sum] of sums.entries()) new DataView(memory).setFloat64(result + index * 8, sum, true);
  return 0;
}

export function classifyLevels(
  memory: Memory,
  prediction: number,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  step: number,
  cells: number,
): number {
  const view = new DataView(memory);
  for (const place of placesOf(count, first, columns)) {
    const relative = scaleAt(memory, place, rowScales, columnScales) - step;
    const group = Math.min(23, Math.max(0, Math.floor((relative + 24) / 2)));
    const field = (view.getUint32(prediction + place.index * 4, true) >>> 23) & 0xff;
    const bucket = Math.min(15, Math.max(0, field - 127 + 14));
    view.setUint16(cells + place.index * 2, group * 16 + bucket, true);
  }
  return 0;
}

/** Symbol of a level, and the raw bits behind it. */
function symbolOf(level: number): { symbol: number; raw: number; bits: number } {
  if (level >= -24 && level <= 23) return { symbol: level + 24, raw: 0, bits: 0 };
  const beyond = level > 0 ? level - 23 : -24 - level;
  const bits = Math.floor(Math.log2(beyond));
  return { symbol: (level > 0 ? 48 : 62) + bits, raw: beyond - 2 ** bits, bits };
}

export function quantiseLevels(
  memory: Memory,
  change: number,
  cells: number,
  count: number,
  inverse: number,
  thresholds: number,
  symbols: number,
  raw: number,
  histogram: number,
): number {
  const view = new DataView(memory);
  const out = new BitWriter(memory, raw);
  for (let index = 0; index < count; index += 1) {
    const value = floatAt(memory, change, index);
    const cell = view.getUint16(cells + index * 2, true);
    const size = Math.fround(Math.abs(value) * inverse);
    let symbol = 76;
    if (size < 16_000) {
      const whole = Math.floor(size);
      const threshold = floatAt(memory, thresholds, Math.floor(cell / 16) * 4 + Math.min(3, whole));
      const level = Math.fround(size - whole) >= threshold ? whole + 1 : whole;
      const coded = symbolOf(value < 0 ? -level : level);
      symbol = coded.symbol;
      out.put(coded.raw, coded.bits);
    } else {
      out.put(view.getUint32(change + index * 4, true), 32);
    }
    view.setUint8(symbols + index, symbol);
    countOne(memory, histogram, cell * 80 + symbol);
  }
  return out.length;
}

export function reconstructLevels(
  memory: Memory,
  cells: number,
  symbols: number,
  count: number,
  values: number,
  step: number,
  raw: number,
  rawBits: number,
  change: number,
): number {
  const view = new DataView(memory);
  const source = new BitReader(memory, raw);
  for (let index = 0; index < count; index += 1) {
    const symbol = view.getUint8(symbols + index);
    if (symbol < 48) {
      const group = Math.floor(view.getUint16(cells + index * 2, true) / 16);
      view.setUint32(change + index * 4, view.getUint32(values + (group * 48 + symbol) * 4, true), true);
      continue;
    }
    if (source.position > rawBits) return 0xffff_ffff;
    if (symbol >= 76) {
      view.setUint32(change + index * 4, source.take(32), true);
      continue;
    }
    const bits = symbol - (symbol >= 62 ? 62 : 48);
    const beyond = 2 ** bits + source.take(bits);
    const level = symbol >= 62 ? -24 - beyond : beyond + 23;
    putFloat(memory, change, index, Math.fround(level * step));
  }
  return source.position;
}
