import { peekBits, spill } from './bits';
import { VALUE_CLASS } from './context';
import { binEdges4, floats4, ordered4, width4 } from './lanes';
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
/** Numbers farther from zero than this are escaped; below it they fit 14 buckets. */
const FARTHEST: i32 = 16000;
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
 * One element: its symbol in bits 0 to 7, the number of raw bits in 8 to 15, the raw bits from 16 on.
 */
function codeElement<T>(childBits: u32, parentBits: u32, cell: u32, scale: i32): u64 {
  const ordered = toOrdered<T>(childBits);
  const negative = i32(parentBits >> (laneBits<T>() - 1));
  const escape = <u64>ESCAPE | (<u64>laneBits<T>() << 8) | (<u64>childBits << 16);
  if (cell < <u32>VALUE_CLASS << 4) {
    const step = <i64>ordered - <i64>toOrdered<T>(parentBits);
    if (step < -FARTHEST || step > FARTHEST) return escape;
    return codeNumber((<i32>step ^ -negative) + negative, 0, 0);
  }
  if (!isFiniteBits<T>(childBits)) return escape;
  const exponent = binExponent(scale);
  const p = valueOf<T>(parentBits);
  const guess = binGuess<T>(valueOf<T>(childBits), p, exponent);
  if (!(abs<f32>(guess) <= <f32>FARTHEST)) return escape;
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
  const coded = codeNumber(q ^ -negative, inside, <u32>(ordered - low));
  return (<i32>(coded >> 8) & 0xff) <= laneBits<T>() ? coded : escape;
}

/** Symbol and raw bits of a number with a place of `inside` bits behind it. */
// @ts-ignore: decorator
@inline
function codeNumber(v: i32, inside: i32, place: u32): u64 {
  if (v >= -DIRECT && v < DIRECT) return <u64>(v + DIRECT) | (<u64>inside << 8) | (<u64>place << 16);
  const u = v > 0 ? v - DIRECT + 1 : -DIRECT - v;
  const bucket = 31 - clz<i32>(u);
  const extra = <u64>(u - (1 << bucket)) | (<u64>place << bucket);
  return <u64>((v > 0 ? ABOVE : BELOW) + bucket) | (<u64>(bucket + inside) << 8) | (extra << 16);
}

/** Adds 1 to a u32 counter. */
// @ts-ignore: decorator
@inline
function count1(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/**
 * Symbols and raw bits of `count` elements (see `classify` for the addressing). Writes u8 symbols, raw bits, and
 * counts into `histogram` (u32, 80 per cell). The 16-bit grids go four elements at a time; an element that needs
 * more than its guess, or does not fit a direct symbol, is coded by itself.
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
    if (!isFloat<T>()) {
      const rowScale4 = i32x4.splat(rowScale);
      for (; index + 4 <= end; index += 4) {
        const c = v128.load16x4_u(child + (index << 1));
        const p = v128.load16x4_u(prediction + (index << 1));
        const cells4 = v128.load16x4_u(cells + (index << 1));
        const negative = i32x4.shr_s(i32x4.shl(p, 16), 31);
        const ordered = ordered4(c);
        const step = i32x4.sub(ordered, ordered4(p));
        let values = i32x4.sub(v128.xor(step, negative), negative);
        let places = i32x4.splat(0);
        let widths = places;
        const inBins = i32x4.ge_u(cells4, i32x4.splat(VALUE_CLASS << 4));
        if (v128.any_true(inBins)) {
          const scale = i32x4.add(rowScale4, v128.load16x4_s(columnScale));
          const limit = i32x4.splat(126);
          const octaves = i32x4.sub(i32x4.shr_s(scale, 2), i32x4.splat(2));
          const exponent = i32x4.max_s(i32x4.min_s(octaves, limit), i32x4.neg(limit));
          const bias = i32x4.splat(127);
          const bin = i32x4.shl(i32x4.add(bias, exponent), 23);
          const inverse = i32x4.shl(i32x4.sub(bias, exponent), 23);
          const from = floats4<T>(p);
          const q = f32x4.floor(f32x4.mul(f32x4.sub(floats4<T>(c), from), inverse));
          const low = binEdges4<T>(from, q, bin);
          const high = binEdges4<T>(from, f32x4.add(q, f32x4.splat(1)), bin);
          // A guess that is off, far, infinite or NaN fails this and is left to codeElement.
          const near = f32x4.le(f32x4.abs(q), f32x4.splat(<f32>FARTHEST));
          const right = v128.and(near, v128.and(i32x4.ge_s(ordered, low), i32x4.lt_s(ordered, high)));
          const number = v128.xor(i32x4.trunc_sat_f32x4_s(q), negative);
          values = v128.bitselect(v128.bitselect(number, i32x4.splat(i32.MAX_VALUE), right), values, inBins);
          places = v128.and(i32x4.sub(ordered, low), inBins);
          widths = v128.and(width4(i32x4.sub(high, low)), inBins);
        }

        const direct = i32x4.add(values, i32x4.splat(DIRECT));
        if (!i32x4.all_true(i32x4.lt_u(direct, i32x4.splat(<i32>ABOVE)))) {
          for (let stop = index + 4; index < stop; index++) {
            const cell = <u32>load<u16>(cells + (index << 1));
            const scale = rowScale + <i32>load<i16>(columnScale);
            const coded = codeElement<T>(bitsAt<T>(child, index), bitsAt<T>(prediction, index), cell, scale);
            store<u8>(symbols + index, <u8>coded);
            count1(histogram + ((cell * ALPHABET + (<u32>coded & 0xff)) << 2));
            buffer |= (coded >> 16) << held;
            held += <i32>(coded >> 8) & 0xff;
            spill(out, buffer);
            const whole = held & 32;
            out += whole >> 3;
            buffer >>= whole;
            held -= whole;
            columnScale += 2;
          }
          index -= 4;
          continue;
        }
        const narrow = i16x8.narrow_i32x4_u(direct, direct);
        store<u32>(symbols + index, i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0));
        const counters = i32x4.shl(i32x4.add(i32x4.mul(cells4, i32x4.splat(<i32>ALPHABET)), direct), 2);
        count1(histogram + i32x4.extract_lane(counters, 0));
        count1(histogram + i32x4.extract_lane(counters, 1));
        count1(histogram + i32x4.extract_lane(counters, 2));
        count1(histogram + i32x4.extract_lane(counters, 3));
        if (!v128.any_true(widths)) {
          columnScale += 8;
          continue;
        }
        // Two places of at most 16 bits each, behind fewer than 32 bits held.
        const width0 = i32x4.extract_lane(widths, 0);
        const first2 = <u32>i32x4.extract_lane(places, 0) | (<u32>i32x4.extract_lane(places, 1) << width0);
        buffer |= <u64>first2 << held;
        held += width0 + i32x4.extract_lane(widths, 1);
        spill(out, buffer);
        let whole = held & 32;
        out += whole >> 3;
        buffer >>= whole;
        held -= whole;
        const width2 = i32x4.extract_lane(widths, 2);
        const last2 = <u32>i32x4.extract_lane(places, 2) | (<u32>i32x4.extract_lane(places, 3) << width2);
        buffer |= <u64>last2 << held;
        held += width2 + i32x4.extract_lane(widths, 3);
        spill(out, buffer);
        whole = held & 32;
        out += whole >> 3;
        buffer >>= whole;
        held -= whole;
        columnScale += 8;
      }
    }
    for (; index < end; index++) {
      const cell = <u32>load<u16>(cells + (index << 1));
      const scale = rowScale + <i32>load<i16>(columnScale);
      const coded = codeElement<T>(bitsAt<T>(child, index), bitsAt<T>(prediction, index), cell, scale);
      store<u8>(symbols + index, <u8>coded);
      count1(histogram + ((cell * ALPHABET + (<u32>coded & 0xff)) << 2));
      buffer |= (coded >> 16) << held;
      held += <i32>(coded >> 8) & 0xff;
      columnScale += 2;
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
 * One element back. Its raw bits begin at bit `position`.
 * @returns the element's bits in 0 to 31, the number of raw bits that it used from 32 on
 */
function decodeElement<T>(parentBits: u32, cell: u32, symbol: u32, scale: i32, raw: usize, position: usize): u64 {
  if (symbol >= ESCAPE) return <u64>peekBits(raw, position, laneBits<T>()) | (<u64>laneBits<T>() << 32);
  const negative = i32(parentBits >> (laneBits<T>() - 1));
  let used: i32 = 0;
  let v = <i32>symbol - DIRECT;
  if (symbol >= ABOVE) {
    const below = symbol >= BELOW;
    used = <i32>(symbol - (below ? BELOW : ABOVE));
    const u = (1 << used) + <i32>peekBits(raw, position, used);
    v = below ? -DIRECT - u : u + DIRECT - 1;
  }
  if (cell < <u32>VALUE_CLASS << 4) {
    const ordered = toOrdered<T>(parentBits) + ((v ^ -negative) + negative);
    return <u64>fromOrdered<T>(ordered) | (<u64>used << 32);
  }
  const exponent = binExponent(scale);
  const p = valueOf<T>(parentBits);
  const q = v ^ -negative;
  const low = binEdge<T>(p, q, exponent);
  const inside = bitsFor(binEdge<T>(p, q + 1, exponent) - low);
  const ordered = low + <i32>peekBits(raw, position + used, inside);
  return <u64>fromOrdered<T>(ordered) | (<u64>(used + inside) << 32);
}

/**
 * The inverse of `symbolise`: writes `count` elements.
 * `raw` needs 24 readable bytes behind its end. Damaged input gives wrong elements, never a wrong address.
 * @returns the number of raw bits used, to be compared with the number written; something above it, usize.MAX among
 * others, when they ran out
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
    if (!isFloat<T>()) {
      const rowScale4 = i32x4.splat(rowScale);
      for (; index + 4 <= end; index += 4) {
        const four = load<u32>(symbols + index);
        // Direct symbols are below 48: any byte from 48 on carries into its top bit.
        if ((((four & 0x7f7f7f7f) + 0x50505050) | four) & 0x80808080) {
          for (let stop = index + 4; index < stop; index++) {
            if (position > rawBits) return usize.MAX_VALUE;
            const scale = rowScale + <i32>load<i16>(columnScale);
            const cell = <u32>load<u16>(cells + (index << 1));
            const symbol = <u32>load<u8>(symbols + index);
            const decoded = decodeElement<T>(bitsAt<T>(prediction, index), cell, symbol, scale, raw, position);
            putBits<T>(child, index, <u32>decoded);
            position += <usize>(decoded >> 32);
            columnScale += 2;
          }
          index -= 4;
          continue;
        }
        if (position > rawBits) return usize.MAX_VALUE;
        const p = v128.load16x4_u(prediction + (index << 1));
        const cells4 = v128.load16x4_u(cells + (index << 1));
        const negative = i32x4.shr_s(i32x4.shl(p, 16), 31);
        const widened = i16x8.extend_low_i8x16_u(i32x4.replace_lane(i32x4.splat(0), 0, four));
        const v = i32x4.sub(i32x4.extend_low_i16x8_u(widened), i32x4.splat(DIRECT));
        const mirrored = v128.xor(v, negative);
        let ordered = i32x4.add(ordered4(p), i32x4.sub(mirrored, negative));
        const inBins = i32x4.ge_u(cells4, i32x4.splat(VALUE_CLASS << 4));
        if (v128.any_true(inBins)) {
          const scale = i32x4.add(rowScale4, v128.load16x4_s(columnScale));
          const limit = i32x4.splat(126);
          const octaves = i32x4.sub(i32x4.shr_s(scale, 2), i32x4.splat(2));
          const exponent = i32x4.max_s(i32x4.min_s(octaves, limit), i32x4.neg(limit));
          const bin = i32x4.shl(i32x4.add(i32x4.splat(127), exponent), 23);
          const from = floats4<T>(p);
          const q = f32x4.convert_i32x4_s(mirrored);
          const low = binEdges4<T>(from, q, bin);
          const high = binEdges4<T>(from, f32x4.add(q, f32x4.splat(1)), bin);
          const widths = v128.and(width4(i32x4.sub(high, low)), inBins);
          const w0 = i32x4.extract_lane(widths, 0);
          const w1 = i32x4.extract_lane(widths, 1);
          const w2 = i32x4.extract_lane(widths, 2);
          const w3 = i32x4.extract_lane(widths, 3);
          // Two places of at most 16 bits and 7 bits of offset fit one word.
          const word = load<u64>(raw + (position >> 3)) >> <u64>(position & 7);
          const middle = position + w0 + w1;
          const next = load<u64>(raw + (middle >> 3)) >> <u64>(middle & 7);
          let places = i32x4.splat(<i32>word & ((1 << w0) - 1));
          places = i32x4.replace_lane(places, 1, <i32>(word >> w0) & ((1 << w1) - 1));
          places = i32x4.replace_lane(places, 2, <i32>next & ((1 << w2) - 1));
          places = i32x4.replace_lane(places, 3, <i32>(next >> w2) & ((1 << w3) - 1));
          position = middle + w2 + w3;
          ordered = v128.bitselect(i32x4.add(low, places), ordered, inBins);
        }
        // Ordered integers of 16 bits: the pattern is their lower half, flipped below zero.
        const bits = v128.xor(ordered, v128.and(i32x4.shr_s(i32x4.shl(ordered, 16), 31), i32x4.splat(0x7fff)));
        const narrow = i16x8.narrow_i32x4_u(v128.and(bits, i32x4.splat(0xffff)), i32x4.splat(0));
        store<u64>(child + (index << 1), i64x2.extract_lane(narrow, 0));
        columnScale += 8;
      }
    }
    for (; index < end; index++) {
      if (position > rawBits) return usize.MAX_VALUE;
      const scale = rowScale + <i32>load<i16>(columnScale);
      const cell = <u32>load<u16>(cells + (index << 1));
      const symbol = <u32>load<u8>(symbols + index);
      const decoded = decodeElement<T>(bitsAt<T>(prediction, index), cell, symbol, scale, raw, position);
      putBits<T>(child, index, <u32>decoded);
      position += <usize>(decoded >> 32);
      columnScale += 2;
    }
    column = 0;
    row += 2;
  }
  return position;
}
