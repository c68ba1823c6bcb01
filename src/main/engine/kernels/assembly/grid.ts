// The three grids of floating-point values that the residual kernels work on. A lane type stands for a grid, so
// that each kernel is compiled once per grid: u16 = BF16, i16 = F16, f32 = F32.
// "Ordered" is the order-preserving integer of a value: x for sign bit 0, -1 - magnitude for sign bit 1. It is a
// bijection of the bit patterns, so -0 (ordered -1) and +0 (ordered 0) stay different.

/** Numbers of the grids in kernel arguments. */
export const BF16: i32 = 0;
export const F16: i32 = 1;

/** Bits of one element. */
// @ts-ignore: decorator
@inline
export function laneBits<T>(): i32 {
  return isFloat<T>() ? 32 : 16;
}

/** Bit pattern of element `index`. */
// @ts-ignore: decorator
@inline
export function bitsAt<T>(address: usize, index: usize): u32 {
  return isFloat<T>() ? load<u32>(address + (index << 2)) : <u32>load<u16>(address + (index << 1));
}

/** Stores a bit pattern. */
// @ts-ignore: decorator
@inline
export function putBits<T>(address: usize, index: usize, bits: u32): void {
  if (isFloat<T>()) store<u32>(address + (index << 2), bits);
  else store<u16>(address + (index << 1), bits);
}

/** Bit pattern -> ordered integer. */
// @ts-ignore: decorator
@inline
export function toOrdered<T>(bits: u32): i32 {
  const signed: i32 = isFloat<T>() ? <i32>bits : (<i32>bits << 16) >> 16;
  return signed ^ ((signed >> 31) & (isFloat<T>() ? 0x7fffffff : 0x7fff));
}

/** Ordered integer -> bit pattern. */
// @ts-ignore: decorator
@inline
export function fromOrdered<T>(ordered: i32): u32 {
  const signed = ordered ^ ((ordered >> 31) & (isFloat<T>() ? 0x7fffffff : 0x7fff));
  return isFloat<T>() ? <u32>signed : <u32>signed & 0xffff;
}

/** Whether the bit pattern is neither infinite nor NaN. */
// @ts-ignore: decorator
@inline
export function isFiniteBits<T>(bits: u32): bool {
  if (isFloat<T>()) return (bits & 0x7f800000) != 0x7f800000;
  return isSigned<T>() ? (bits & 0x7c00) != 0x7c00 : (bits & 0x7f80) != 0x7f80;
}

/** Value of a finite bit pattern as float32: exact for all three grids. */
// @ts-ignore: decorator
@inline
export function valueOf<T>(bits: u32): f32 {
  if (isFloat<T>()) return reinterpret<f32>(bits);
  if (!isSigned<T>()) return reinterpret<f32>(bits << 16);
  // A half's fields moved into a float's are 2^-112 of its value, subnormals included.
  const magnitude = reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>(0x77800000);
  return reinterpret<f32>(reinterpret<u32>(magnitude) | ((bits & 0x8000) << 16));
}

/** Biased exponent field, at least 1: subnormals share the spacing of the smallest normal binade. */
// @ts-ignore: decorator
@inline
export function exponentField<T>(bits: u32): i32 {
  let field: i32;
  if (isFloat<T>()) field = <i32>((bits >> 23) & 0xff);
  else field = isSigned<T>() ? <i32>((bits >> 10) & 0x1f) : <i32>((bits >> 7) & 0xff);
  return field + i32(field == 0);
}

/** Bias of the exponent field. */
// @ts-ignore: decorator
@inline
export function exponentBias<T>(): i32 {
  return isFloat<T>() || !isSigned<T>() ? 127 : 15;
}

/** Stored bits of the mantissa. */
// @ts-ignore: decorator
@inline
export function mantissaBits<T>(): i32 {
  if (isFloat<T>()) return 23;
  return isSigned<T>() ? 10 : 7;
}

/**
 * Lower edge of bin `q` around the prediction `p`: the smallest ordered integer of the grid whose value is at least
 * p + q * 2^exponent, and 0 (that of +0) when the sum is zero. The sum is taken in float32 for the 16-bit grids, in
 * float64 for F32; rounding keeps it monotone in q, which is all that the bins need, and IEEE operations make it the
 * same on every machine. |q| <= 2^15. F16 knows no sums beyond its range: from 65536 on they count as infinities.
 */
// @ts-ignore: decorator
@inline
export function binEdge<T>(p: f32, q: i32, exponent: i32): i32 {
  if (isFloat<T>()) {
    const y = <f64>p + <f64>q * powerOfTwo(exponent);
    const nearest = <f32>y;
    return toOrdered<f32>(reinterpret<u32>(nearest)) + i32(<f64>nearest < y);
  }
  const ordered = toOrdered<f32>(reinterpret<u32>(p + <f32>q * powerOfTwo32(exponent)));
  if (!isSigned<T>()) return (ordered + (~(ordered >> 31) & 0xffff)) >> 16;
  return ceilHalf(ordered);
}

/**
 * First guess of the bin of `c`; right but for rounding.
 * @returns a float, since it may lie far outside of i32
 */
// @ts-ignore: decorator
@inline
export function binGuess<T>(c: f32, p: f32, exponent: i32): f32 {
  if (isFloat<T>()) return <f32>floor<f64>((<f64>c - <f64>p) * powerOfTwo(-exponent));
  return floor<f32>((c - p) * powerOfTwo32(-exponent));
}

/** Smallest ordered integer of F16 not below a value given as ordered integer of F32. */
function ceilHalf(ordered: i32): i32 {
  const up = i32(ordered >= 0);
  const magnitude = ordered >= 0 ? ordered : ~ordered;
  let half: i32;
  if (magnitude >= 0x38800000) {
    half = (magnitude - 0x38000000 + up * 0x1fff) >> 13;
    if (half > 0x7c00) half = 0x7c00;
  } else {
    const units = reinterpret<f32>(magnitude) * <f32>16777216.0;
    half = <i32>(up ? ceil<f32>(units) : floor<f32>(units));
  }
  return up ? half : ~half;
}

// @ts-ignore: decorator
@inline
function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>(<u64>(1023 + exponent) << 52);
}

// @ts-ignore: decorator
@inline
function powerOfTwo32(exponent: i32): f32 {
  return reinterpret<f32>((127 + exponent) << 23);
}

/** Exponent of the bin width for a scale in quarter octaves: a quarter of s rounded down to a power of two. */
// @ts-ignore: decorator
@inline
export function binExponent(scale: i32): i32 {
  const exponent = (scale >> 2) - 2;
  return exponent < -126 ? -126 : exponent > 126 ? 126 : exponent;
}
