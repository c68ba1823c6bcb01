import { peekBits, spill } from './bits';
import { ALONE_CLASS } from './context';
import { bitsAt, exponentBias, laneBits, mantissaBits, putBits } from './grid';
import { ALPHABET, ESCAPE } from './symbols';

// Values without a prediction: exponent and leading mantissa bits as a symbol relative to the scale of row and
// column, sign and the rest of the mantissa raw. The idea of coding exponents and leaving the mantissa (ZipNN,
// arXiv 2411.05239) with the codec study's scales as context.
//   rel = floor(log2 s) + 3 - exponent;  rel 0..15 with two mantissa bits: symbols 0..63;  rel 16..27: 64..75
//   76 escape (all bits raw: subnormal, infinite, NaN, -0, far outside);  77 the value +0

const FINE: i32 = 16;
const LEVELS: i32 = 28;
const ZERO: u32 = 77;

/** Cells of values without a prediction; addressing as in `classify`. */
export function classifyAlone(
  count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, cells: usize,
): void {
  let column = first % columns;
  let row = rowScales;
  for (let index: usize = 0; index < count; index++) {
    const scale = <i32>load<i16>(row) + <i32>load<i16>(columnScales + (column << 1));
    store<u16>(cells + (index << 1), (ALONE_CLASS + (scale & 3)) << 4);
    column += 1;
    if (column == columns) {
      column = 0;
      row += 2;
    }
  }
}

/** Symbols, raw bits and counts of values without a prediction; returns the number of raw bits. See `symbolise`. */
export function symboliseAlone<T>(
  child: usize, cells: usize, count: usize, first: usize, columns: usize,
  rowScales: usize, columnScales: usize, symbols: usize, raw: usize, histogram: usize,
): usize {
  let column = first % columns;
  let row = rowScales;
  let buffer: u64 = 0;
  let held: i32 = 0;
  let out = raw;
  const mantissa = mantissaBits<T>();
  for (let index: usize = 0; index < count; index++) {
    const bits = bitsAt<T>(child, index);
    const scale = <i32>load<i16>(row) + <i32>load<i16>(columnScales + (column << 1));
    const field = <i32>((bits & ((1 << (laneBits<T>() - 1)) - 1)) >> mantissa);
    const top = (1 << (laneBits<T>() - 1 - mantissa)) - 1;
    const rel = (scale >> 2) + 3 - (field - exponentBias<T>());
    const sign = bits >> (laneBits<T>() - 1);
    let symbol = ESCAPE;
    let extra: u64 = bits;
    let width = laneBits<T>();
    if (bits == 0) {
      symbol = ZERO;
      extra = 0;
      width = 0;
    } else if (field != 0 && field != top && rel >= 0 && rel < LEVELS) {
      const fine = rel < FINE;
      const kept = mantissa - (fine ? 2 : 0);
      symbol = fine ? (rel << 2) | ((bits >> kept) & 3) : rel + 48;
      extra = <u64>(bits & ((1 << kept) - 1)) | (<u64>sign << kept);
      width = kept + 1;
    }
    store<u8>(symbols + index, symbol);
    const cell = <u32>load<u16>(cells + (index << 1));
    const counter = histogram + ((cell * ALPHABET + symbol) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
    buffer |= extra << held;
    held += width;
    spill(out, buffer);
    const whole = held & 32;
    out += whole >> 3;
    buffer >>= whole;
    held -= whole;
    column += 1;
    if (column == columns) {
      column = 0;
      row += 2;
    }
  }
  return ((out - raw) << 3) + held;
}

/** The inverse of `symboliseAlone`. See `reconstruct`. */
export function reconstructAlone<T>(
  symbols: usize, count: usize, first: usize, columns: usize,
  rowScales: usize, columnScales: usize, raw: usize, rawBits: usize, child: usize,
): usize {
  let column = first % columns;
  let row = rowScales;
  let position: usize = 0;
  const mantissa = mantissaBits<T>();
  const top = (1 << (laneBits<T>() - 1 - mantissa)) - 1;
  for (let index: usize = 0; index < count; index++) {
    if (position > rawBits) return usize.MAX_VALUE;
    const scale = <i32>load<i16>(row) + <i32>load<i16>(columnScales + (column << 1));
    const symbol = <u32>load<u8>(symbols + index);
    let bits: u32 = 0;
    if (symbol < ESCAPE) {
      const fine = symbol < 64;
      const rel = <i32>(fine ? symbol >> 2 : symbol - 48);
      const kept = mantissa - (fine ? 2 : 0);
      const extra = peekBits(raw, position, kept + 1);
      position += kept + 1;
      const field = (scale >> 2) + 3 - rel + exponentBias<T>();
      bits = <u32>(field & top) << mantissa;
      if (fine) bits |= (symbol & 3) << kept;
      bits |= extra & ((1 << kept) - 1);
      bits |= (extra >> kept) << (laneBits<T>() - 1);
    } else if (symbol == ESCAPE) {
      bits = peekBits(raw, position, laneBits<T>());
      position += laneBits<T>();
    }
    putBits<T>(child, index, bits);
    column += 1;
    if (column == columns) {
      column = 0;
      row += 2;
    }
  }
  return position;
}
