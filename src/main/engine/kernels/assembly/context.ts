import { bitsAt, exponentBias, exponentField, isFiniteBits, mantissaBits } from './grid';

// Contexts of the residual coder (codec study, section 2). Scales are integers in quarter octaves: an element's
// expected residual is s = 2^((row + column) / 4). k4 = 4 log2(s / ulp of the prediction) is an integer sum, so no
// floating point enters a context. cell = class * 16 + exponent bucket:
//   class 0..23   residual in steps of the grid, k4 in half octaves from -24
//   class 24..27  residual in bins of s ("value domain"), by the quarter-octave remainder of s
//   class 28..31  values without a prediction, by the same remainder
// The bucket is the prediction's binary exponent from 2^-14 to 2^1, clamped.

/** First class of the value domain. */
export const VALUE_CLASS: i32 = 24;
/** First class of values coded without a prediction. */
export const ALONE_CLASS: i32 = 28;

// @ts-ignore: decorator
@inline
function cellOf<T>(bits: u32, scale: i32, limit: i32): u32 {
  const field = exponentField<T>(bits);
  const bias = exponentBias<T>();
  const k4 = scale - 4 * (field - bias - mantissaBits<T>());
  let steps = (k4 + 24) >> 1;
  steps = steps < 0 ? 0 : steps;
  steps = steps > 23 ? 23 : steps;
  const group = k4 < limit ? steps : VALUE_CLASS + (scale & 3);
  let bucket = field - bias + 14;
  bucket = bucket < 0 ? 0 : bucket;
  bucket = bucket > 15 ? 15 : bucket;
  return isFiniteBits<T>(bits) ? <u32>((group << 4) | bucket) : 0;
}

/** Exponent fields of eight elements, as i16. */
// @ts-ignore: decorator
@inline
function exponentFields<T>(address: usize): v128 {
  if (isFloat<T>()) {
    const mask = i32x4.splat(0xff);
    const low = v128.and(i32x4.shr_u(v128.load(address), 23), mask);
    const high = v128.and(i32x4.shr_u(v128.load(address, 16), 23), mask);
    return i16x8.narrow_i32x4_s(low, high);
  }
  const bits = v128.load(address);
  if (isSigned<T>()) return v128.and(i16x8.shr_u(bits, 10), i16x8.splat(0x1f));
  return v128.and(i16x8.shr_u(bits, 7), i16x8.splat(0xff));
}

/** Cells of eight neighbours in a row: `cellOf` in lanes. */
// @ts-ignore: decorator
@inline
function cellsOf<T>(address: usize, scales: v128, limit: v128): v128 {
  const raw = exponentFields<T>(address);
  const one = i16x8.splat(1);
  const field = i16x8.max_s(raw, one);
  const bias: i16 = <i16>exponentBias<T>();
  const ulp = i16x8.sub(field, i16x8.splat(bias + <i16>mantissaBits<T>()));
  const k4 = i16x8.sub(scales, i16x8.shl(ulp, 2));
  const half = i16x8.shr_s(i16x8.add(k4, i16x8.splat(24)), 1);
  const steps = i16x8.min_s(i16x8.max_s(half, i16x8.splat(0)), i16x8.splat(23));
  const value = i16x8.add(v128.and(scales, i16x8.splat(3)), i16x8.splat(<i16>VALUE_CLASS));
  const group = v128.bitselect(steps, value, i16x8.lt_s(k4, limit));
  const shifted = i16x8.sub(field, i16x8.splat(bias - 14));
  const bucket = i16x8.min_s(i16x8.max_s(shifted, i16x8.splat(0)), i16x8.splat(15));
  const finite = i16x8.ne(raw, i16x8.splat(isFloat<T>() || !isSigned<T>() ? 0xff : 0x1f));
  return v128.and(v128.or(i16x8.shl(group, 4), bucket), finite);
}

/**
 * Context cells of `count` predictions, the first of them element `first` of a matrix with `columns` columns.
 * `rowScales` (i16, starting at the row of `first`) and `columnScales` (i16, one per column) are in quarter
 * octaves; elements with k4 >= `limit` take the value domain. Writes u16 cells. A prediction that is not finite has
 * cell 0.
 */
export function classify<T>(
  prediction: usize, count: usize, first: usize, columns: usize,
  rowScales: usize, columnScales: usize, limit: i32, cells: usize,
): void {
  let column = first % columns;
  let row = rowScales;
  let index: usize = 0;
  const limits = i16x8.splat(<i16>limit);
  const lane: usize = isFloat<T>() ? 4 : 2;
  while (index < count) {
    const rowScale = load<i16>(row);
    const rowScales8 = i16x8.splat(rowScale);
    const rest = columns - column;
    const end = index + (rest < count - index ? rest : count - index);
    let columnScale = columnScales + (column << 1);
    for (; index + 8 <= end; index += 8) {
      const scales = i16x8.add(rowScales8, v128.load(columnScale));
      v128.store(cells + (index << 1), cellsOf<T>(prediction + index * lane, scales, limits));
      columnScale += 16;
    }
    for (; index < end; index++) {
      const scale = <i32>rowScale + <i32>load<i16>(columnScale);
      store<u16>(cells + (index << 1), cellOf<T>(bitsAt<T>(prediction, index), scale, limit));
      columnScale += 2;
    }
    column = 0;
    row += 2;
  }
}
