import { bitsAt, valueOf } from './grid';

// How far a tensor is from its prediction, in one pass: what scales, choices and the figures shown to people are
// made from. Nothing here is needed to decode, so float32 sums are enough.

/** Values of four neighbours. Infinities and NaN of F16 become some of these. */
// @ts-ignore: decorator
@inline
function values4<T>(address: usize, index: usize): v128 {
  if (isFloat<T>()) return v128.load(address + (index << 2));
  const bits = v128.load16x4_u(address + (index << 1));
  if (!isSigned<T>()) return i32x4.shl(bits, 16);
  const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x0f7fffff)), i32x4.splat(0x7f800000));
  return v128.or(f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000))), v128.or(sign, special));
}

/** Value of one element, as `values4`. */
// @ts-ignore: decorator
@inline
function value1<T>(bits: u32): f32 {
  const special = !isFloat<T>() && isSigned<T>() && (bits & 0x7c00) == 0x7c00;
  return special ? NaN : valueOf<T>(bits);
}

/** Numbers that are finite, others as zero. */
// @ts-ignore: decorator
@inline
function finite4(values: v128): v128 {
  return v128.and(values, f32x4.eq(f32x4.sub(values, values), f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function bits4<T>(address: usize, index: usize): v128 {
  return isFloat<T>() ? v128.load(address + (index << 2)) : v128.load16x4_u(address + (index << 1));
}

// @ts-ignore: decorator
@inline
function total(sums: v128): f64 {
  return (
    (<f64>f32x4.extract_lane(sums, 0) + <f64>f32x4.extract_lane(sums, 1)) +
    (<f64>f32x4.extract_lane(sums, 2) + <f64>f32x4.extract_lane(sums, 3))
  );
}

/**
 * Energies of child - prediction (`prediction` 0: of the child alone) for `count` elements from element `first` of a
 * matrix with `columns` columns. Adds to `rowSums` (f64, starting at the row of `first`) and, unless 0, to
 * `columnSums` (f32, per column). What is not finite is left out. Squares are float32; all that are summed
 * are those of numbers times `unit`, a power of two that keeps them in range.
 * Writes f64 to `result`: changed elements, largest |difference| (as it is), sum of squared differences, of squared
 * predictions.
 */
export function statistics<T>(
  child: usize, prediction: usize, count: usize, first: usize, columns: usize,
  rowSums: usize, columnSums: usize, unit: f32, result: usize,
): void {
  let column = first % columns;
  let row = rowSums;
  let index: usize = 0;
  const unit4 = f32x4.splat(unit);
  let changed4 = i32x4.splat(0);
  let largest4 = f32x4.splat(0);
  let changed: i32 = 0;
  let largest: f32 = 0;
  let differences: f64 = 0;
  let predictions: f64 = 0;
  while (index < count) {
    const rest = columns - column;
    const end = index + (rest < count - index ? rest : count - index);
    let sum = columnSums + (column << 2);
    let rowSum4 = f32x4.splat(0);
    let predicted4 = f32x4.splat(0);
    let rowSum: f32 = 0;
    for (; index + 4 <= end; index += 4) {
      let d = values4<T>(child, index);
      if (prediction) {
        const p = values4<T>(prediction, index);
        d = f32x4.sub(d, p);
        const scaled = f32x4.mul(finite4(p), unit4);
        predicted4 = f32x4.add(predicted4, f32x4.mul(scaled, scaled));
        changed4 = i32x4.sub(changed4, i32x4.ne(bits4<T>(child, index), bits4<T>(prediction, index)));
      }
      d = finite4(d);
      largest4 = f32x4.max(largest4, f32x4.abs(d));
      d = f32x4.mul(d, unit4);
      const square = f32x4.mul(d, d);
      rowSum4 = f32x4.add(rowSum4, square);
      if (columnSums) {
        v128.store(sum, f32x4.add(v128.load(sum), square));
        sum += 16;
      }
    }
    for (; index < end; index++) {
      const bits = bitsAt<T>(child, index);
      let d = value1<T>(bits);
      if (prediction) {
        const parentBits = bitsAt<T>(prediction, index);
        const p = value1<T>(parentBits);
        d -= p;
        const scaled = p - p == 0 ? p * unit : 0;
        predictions += <f64>scaled * <f64>scaled;
        changed += i32(bits != parentBits);
      }
      d = d - d == 0 ? d : 0;
      largest = max<f32>(largest, abs<f32>(d));
      d *= unit;
      rowSum += d * d;
      if (columnSums) {
        store<f32>(sum, load<f32>(sum) + d * d);
        sum += 4;
      }
    }
    const rowTotal = total(rowSum4) + <f64>rowSum;
    store<f64>(row, load<f64>(row) + rowTotal);
    differences += rowTotal;
    predictions += total(predicted4);
    column = 0;
    row += 8;
  }
  changed += i32x4.extract_lane(changed4, 0) + i32x4.extract_lane(changed4, 1);
  changed += i32x4.extract_lane(changed4, 2) + i32x4.extract_lane(changed4, 3);
  largest = max<f32>(largest, max<f32>(f32x4.extract_lane(largest4, 0), f32x4.extract_lane(largest4, 1)));
  largest = max<f32>(largest, max<f32>(f32x4.extract_lane(largest4, 2), f32x4.extract_lane(largest4, 3)));
  store<f64>(result, <f64>changed);
  store<f64>(result, <f64>largest, 8);
  store<f64>(result, differences, 16);
  store<f64>(result, predictions, 24);
}
