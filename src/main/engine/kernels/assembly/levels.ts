import { peekBits, spill } from './bits';
import { putBits } from './grid';
import { round } from './predict';

// Kernels of the codec that rounds changes to levels (docs/methods.md, "rd"). A level v stands for about v steps; its
// symbol is that of the residual coder: v = -24..23 are symbols 0..47, beyond are 14 buckets of doubling width on each
// side with raw bits for the place inside; 76 is the escape: a float32, raw. cell = class * 16 + exponent bucket, where
// the class is how large a change is expected to be beside the step, in half octaves.

const DIRECT: i32 = 24;
const ABOVE: u32 = 48;
const BELOW: u32 = 62;
const ESCAPE: u32 = 76;
const ALPHABET: usize = 80;
/** Levels farther from zero are escaped. */
const FARTHEST: f32 = 16000;
/** Thresholds per class: for the levels 0 to 3, the last for all above. */
const THRESHOLDS: usize = 4;

/** target = left - right. @returns 1 when all differences are finite */
export function subtractFloats(left: usize, right: usize, count: usize, target: usize): i32 {
  let index: usize = 0;
  let wrong = f32x4.splat(0);
  for (; index + 4 <= count; index += 4) {
    const at = index << 2;
    const difference = f32x4.sub(v128.load(left + at), v128.load(right + at));
    v128.store(target + at, difference);
    wrong = v128.or(wrong, f32x4.ne(f32x4.sub(difference, difference), f32x4.splat(0)));
  }
  let finite = !v128.any_true(wrong);
  for (; index < count; index++) {
    const at = index << 2;
    const difference = load<f32>(left + at) - load<f32>(right + at);
    store<f32>(target + at, difference);
    if (difference - difference != 0) finite = false;
  }
  return i32(finite);
}

/** Elements of a grid: prediction + change, one addition in float32 and one rounding. */
export function addChange<T>(prediction: usize, change: usize, count: usize, target: usize): void {
  for (let index: usize = 0; index < count; index++) {
    const sum = load<f32>(prediction + (index << 2)) + load<f32>(change + (index << 2));
    putBits<T>(target, index, round<T>(sum));
  }
}

/**
 * How near an approximation comes. Writes f64 to `result`: sum of d * d, of d * a, of a * a, and the largest |a - d|,
 * where d is `change` and a is `decoded` - `prediction`.
 */
export function compareChange(change: usize, decoded: usize, prediction: usize, count: usize, result: usize): i32 {
  let own: f64 = 0;
  let mixed: f64 = 0;
  let other: f64 = 0;
  let largest: f32 = 0;
  for (let index: usize = 0; index < count; index++) {
    const at = index << 2;
    const d = load<f32>(change + at);
    const a = load<f32>(decoded + at) - load<f32>(prediction + at);
    own += <f64>d * <f64>d;
    mixed += <f64>d * <f64>a;
    other += <f64>a * <f64>a;
    largest = max<f32>(largest, abs<f32>(a - d));
  }
  store<f64>(result, own);
  store<f64>(result, mixed, 8);
  store<f64>(result, other, 16);
  store<f64>(result, <f64>largest, 24);
  return 0;
}

/**
 * Cells of `count` elements from element `first` of a matrix with `columns` columns: the class from row and column
 * scales (i16, quarter octaves, `rowScales` from the row of `first` on) less `step` (the step's, in the same unit), the
 * bucket from the prediction's exponent. Writes u16.
 */
export function classifyLevels(
  prediction: usize, count: usize, first: usize, columns: usize,
  rowScales: usize, columnScales: usize, step: i32, cells: usize,
): i32 {
  let column = first % columns;
  let row = rowScales;
  for (let index: usize = 0; index < count; index++) {
    const scale = <i32>load<i16>(row) + <i32>load<i16>(columnScales + (column << 1));
    let group = (scale - step + 24) >> 1;
    group = group < 0 ? 0 : group > 23 ? 23 : group;
    let bucket = <i32>((load<u32>(prediction + (index << 2)) >> 23) & 0xff) - 113;
    bucket = bucket < 0 ? 0 : bucket > 15 ? 15 : bucket;
    store<u16>(cells + (index << 1), <u16>((group << 4) | bucket));
    column++;
    if (column == columns) {
      column = 0;
      row += 2;
    }
  }
  return 0;
}

/**
 * Levels of changes: |change| * `inverse` is rounded up where its fraction reaches the threshold of its class and whole
 * part (`thresholds`: f32, four per class, the last for all parts from 3 on). Writes u8 symbols and raw bits, counts
 * into `histogram` (u32, 80 per cell). Writes up to 8 bytes beyond the raw bits.
 * @returns the number of raw bits
 */
export function quantiseLevels(
  change: usize, cells: usize, count: usize, inverse: f32, thresholds: usize, symbols: usize, raw: usize, histogram: usize,
): usize {
  let buffer: u64 = 0;
  let held: i32 = 0;
  let out = raw;
  for (let index: usize = 0; index < count; index++) {
    const value = load<f32>(change + (index << 2));
    const cell = <usize>load<u16>(cells + (index << 1));
    const size = abs<f32>(value) * inverse;
    let symbol: u32;
    if (size < FARTHEST) {
      const whole = <i32>size;
      const part: i32 = whole < 3 ? whole : 3;
      const threshold = load<f32>(thresholds + ((((cell >> 4) * THRESHOLDS) + <usize>part) << 2));
      const level = whole + i32(size - <f32>whole >= threshold);
      const v = value < 0 ? -level : level;
      if (v >= -DIRECT && v < DIRECT) {
        symbol = <u32>(v + DIRECT);
      } else {
        const u = v > 0 ? v - DIRECT + 1 : -DIRECT - v;
        const bucket = 31 - clz<i32>(u);
        symbol = (v > 0 ? ABOVE : BELOW) + bucket;
        buffer |= <u64>(u - (1 << bucket)) << held;
        held += bucket;
      }
    } else {
      symbol = ESCAPE;
      buffer |= <u64>reinterpret<u32>(value) << held;
      held += 32;
    }
    spill(out, buffer);
    const moved = held & 32;
    out += moved >> 3;
    buffer >>= moved;
    held -= moved;
    store<u8>(symbols + index, <u8>symbol);
    const counter = histogram + ((cell * ALPHABET + symbol) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  spill(out, buffer);
  return ((out - raw) << 3) + held;
}

/**
 * Changes from levels: `values` (f32, 48 per class) for levels -24 to 23, level * `step` beyond, an escaped one as it is.
 * `raw` needs 16 readable bytes behind its end. Damaged input gives wrong numbers, never a wrong address.
 * @returns the number of raw bits used; usize.MAX when they ran out
 */
export function reconstructLevels(
  cells: usize, symbols: usize, count: usize, values: usize, step: f32, raw: usize, rawBits: usize, change: usize,
): usize {
  let position: usize = 0;
  for (let index: usize = 0; index < count; index++) {
    const symbol = <u32>load<u8>(symbols + index);
    if (symbol < ABOVE) {
      const group = <usize>load<u16>(cells + (index << 1)) >> 4;
      store<f32>(change + (index << 2), load<f32>(values + ((group * 48 + <usize>symbol) << 2)));
      continue;
    }
    if (position > rawBits) return usize.MAX_VALUE;
    if (symbol >= ESCAPE) {
      store<u32>(change + (index << 2), peekBits(raw, position, 32));
      position += 32;
      continue;
    }
    const below = symbol >= BELOW;
    const bits = <i32>(symbol - (below ? BELOW : ABOVE));
    const u = (1 << bits) + <i32>peekBits(raw, position, bits);
    const v = below ? -DIRECT - u : u + DIRECT - 1;
    store<f32>(change + (index << 2), <f32>v * step);
    position += bits;
  }
  return position;
}
