import { peekBits, spill } from './bits';
import { VALUE_CLASS } from './context';
import {
  binEdge, binExponent, binGuess, bitsAt, fromOrdered, isFiniteBits, laneBits, putBits, toOrdered, valueOf,
} from './grid';

// Symbols of the residual coder: v = -24..23 are symbols 0..47; beyond, 14 buckets of doubling width on each side
// (48..61 above, 62..75 below) with raw bits for the place inside; 76 is the escape: the element's bits, raw.
// v is the residual t in steps of the grid, or the number q of its bin, mirrored away from zero by the sign of the
// prediction (t -> -t, q -> -1 - q). In the value domain the place among the values of the bin follows, raw.

const DIRECT: i32 = 24;
const ABOVE: u32 = 48;
const BELOW: u32 = 62;
const BUCKETS: i32 = 14;
/** The escape symbol. */
export const ESCAPE: u32 = 76;
/** Room per table in symbols. */
export const ALPHABET: u32 = 80;

/** Number of raw bits that tell `n` values apart. */
// @ts-ignore: decorator
@inline
function bitsFor(n: u32): i32 {
  return n > 1 ? 32 - <i32>clz<u32>(n - 1) : 0;
}

/**
 * Symbols and raw bits of `count` elements (see `classify` for the addressing). Writes u8 symbols, raw bits, and
 * counts into `histogram` (u32, 80 per cell).
 * @returns the number of raw bits; the stream has been written up to 8 bytes beyond
 */
export function symbolise<T>(
  child: usize, prediction: usize, cells: usize, count: usize, first: usize, columns: usize,
  rowScales: usize, columnScales: usize, symbols: usize, raw: usize, histogram: usize,
): usize {
  let column = first % columns;
  let row = rowScales;
  let index: usize = 0;
  let buffer: u64 = 0;
  let held: i32 = 0;
  let out = raw;
  while (index < count) {
    const rowScale = <i32>load<i16>(row);
    const rest = columns - column;
    const end = index + (rest < count - index ? rest : count - index);
    let columnScale = columnScales + (column << 1);
    for (; index < end; index++) {
      const cell = <u32>load<u16>(cells + (index << 1));
      const childBits = bitsAt<T>(child, index);
      const parentBits = bitsAt<T>(prediction, index);
      const ordered = toOrdered<T>(childBits);
      const negative = i32(parentBits >> (laneBits<T>() - 1));
      let symbol = ESCAPE;
      let extra: u64 = childBits;
      let width: i32 = laneBits<T>();
      if (cell < <u32>VALUE_CLASS << 4) {
        const step = <i64>ordered - <i64>toOrdered<T>(parentBits);
        if (step >= -16000 && step <= 16000) {
          const mirrored = <i32>step;
          const v = (mirrored ^ -negative) + negative;
          if (v >= -DIRECT && v < DIRECT) {
            symbol = v + DIRECT;
            width = 0;
            extra = 0;
          } else {
            const u = v > 0 ? v - DIRECT + 1 : -DIRECT - v;
            const bucket = 31 - clz<i32>(u);
            symbol = (v > 0 ? ABOVE : BELOW) + bucket;
            width = bucket;
            extra = u - (1 << bucket);
          }
        }
      } else if (isFiniteBits<T>(childBits)) {
        const exponent = binExponent(rowScale + <i32>load<i16>(columnScale));
        const p = valueOf<T>(parentBits);
        const guess = binGuess<T>(valueOf<T>(childBits), p, exponent);
        if (guess >= -16000 && guess <= 16000) {
          let q = <i32>guess;
          let low = binEdge<T>(p, q, exponent);
          let high = binEdge<T>(p, q + 1, exponent);
          while (ordered < low) {
            q -= 1;
            high = low;
            low = binEdge<T>(p, q, exponent);
          }
          while (ordered >= high) {
            q += 1;
            low = high;
            high = binEdge<T>(p, q + 1, exponent);
          }
          const inside = bitsFor(high - low);
          const place = <u32>(ordered - low);
          const v = q ^ -negative;
          if (v >= -DIRECT && v < DIRECT) {
            symbol = v + DIRECT;
            width = inside;
            extra = place;
          } else {
            const u = v > 0 ? v - DIRECT + 1 : -DIRECT - v;
            const bucket = 31 - clz<i32>(u);
            if (bucket + inside <= laneBits<T>()) {
              symbol = (v > 0 ? ABOVE : BELOW) + bucket;
              width = bucket + inside;
              extra = <u64>(u - (1 << bucket)) | (<u64>place << bucket);
            }
          }
        }
      }
      columnScale += 2;
      store<u8>(symbols + index, symbol);
      const counter = histogram + ((cell * ALPHABET + symbol) << 2);
      store<u32>(counter, load<u32>(counter) + 1);
      buffer |= extra << held;
      held += width;
      spill(out, buffer);
      const whole = held & 32;
      out += whole >> 3;
      buffer >>= whole;
      held -= whole;
    }
    column = 0;
    row += 2;
  }
  spill(out, buffer);
  return ((out - raw) << 3) + held;
}

/**
 * The inverse of `symbolise`: writes `count` elements.
 * `raw` needs 16 readable bytes behind its end. Damaged input gives wrong elements, never a wrong address.
 * @returns the number of raw bits used, to be compared with the number written; or usize.MAX when they ran out
 */
export function reconstruct<T>(
  prediction: usize, cells: usize, symbols: usize, count: usize, first: usize, columns: usize,
  rowScales: usize, columnScales: usize, raw: usize, rawBits: usize, child: usize,
): usize {
  let column = first % columns;
  let row = rowScales;
  let index: usize = 0;
  let position: usize = 0;
  while (index < count) {
    const rowScale = <i32>load<i16>(row);
    const rest = columns - column;
    const end = index + (rest < count - index ? rest : count - index);
    let columnScale = columnScales + (column << 1);
    for (; index < end; index++) {
      if (position > rawBits) return usize.MAX_VALUE;
      const cell = <u32>load<u16>(cells + (index << 1));
      const parentBits = bitsAt<T>(prediction, index);
      const negative = i32(parentBits >> (laneBits<T>() - 1));
      const symbol = <u32>load<u8>(symbols + index);
      if (symbol >= ESCAPE) {
        putBits<T>(child, index, peekBits(raw, position, laneBits<T>()));
        position += laneBits<T>();
        columnScale += 2;
        continue;
      }
      let v = <i32>symbol - DIRECT;
      if (symbol >= ABOVE) {
        const below = symbol >= BELOW;
        const bucket = <i32>(symbol - (below ? BELOW : ABOVE));
        const u = (1 << bucket) + <i32>peekBits(raw, position, bucket);
        position += bucket;
        v = below ? -DIRECT - u : u + DIRECT - 1;
      }
      let ordered: i32;
      if (cell < <u32>VALUE_CLASS << 4) {
        ordered = toOrdered<T>(parentBits) + ((v ^ -negative) + negative);
      } else {
        const exponent = binExponent(rowScale + <i32>load<i16>(columnScale));
        const p = valueOf<T>(parentBits);
        const q = v ^ -negative;
        const low = binEdge<T>(p, q, exponent);
        const inside = bitsFor(binEdge<T>(p, q + 1, exponent) - low);
        ordered = low + <i32>peekBits(raw, position, inside);
        position += inside;
      }
      putBits<T>(child, index, fromOrdered<T>(ordered));
      columnScale += 2;
    }
    column = 0;
    row += 2;
  }
  return position;
}
