// Four elements of a 16-bit grid at a time: the lane forms of grid.ts, with the same results bit for bit for
// finite patterns. An F16 infinity counts as +-65536 here: -infinity may then be coded in a bin, where codeElement
// would escape it. Both come back, since both decoders know the same bins.

/** Ordered integers of four 16-bit patterns. */
// @ts-ignore: decorator
@inline
export function ordered4(bits: v128): v128 {
  const signed = i32x4.shr_s(i32x4.shl(bits, 16), 16);
  return v128.xor(signed, v128.and(i32x4.shr_s(signed, 31), i32x4.splat(0x7fff)));
}

/** Values of four 16-bit patterns; those of infinities and NaN of F16 are large finite numbers. */
// @ts-ignore: decorator
@inline
export function floats4<T>(bits: v128): v128 {
  if (!isSigned<T>()) return i32x4.shl(bits, 16);
  const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  return v128.or(f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000))), sign);
}

/** Lower edges of four bins (`binEdge`): `q` as floats, `bin` the widths. */
// @ts-ignore: decorator
@inline
export function binEdges4<T>(p: v128, q: v128, bin: v128): v128 {
  const sum = f32x4.add(p, f32x4.mul(q, bin));
  const sign = i32x4.shr_s(sum, 31);
  const ordered = v128.xor(sum, v128.and(sign, i32x4.splat(i32.MAX_VALUE)));
  if (!isSigned<T>()) {
    return i32x4.shr_s(i32x4.add(ordered, v128.andnot(i32x4.splat(0xffff), sign)), 16);
  }
  const magnitude = v128.xor(ordered, sign);
  const rebased = i32x4.sub(magnitude, i32x4.splat(0x38000000));
  const up = i32x4.add(rebased, v128.andnot(i32x4.splat(0x1fff), sign));
  const normal = i32x4.min_s(i32x4.shr_s(up, 13), i32x4.splat(0x7c00));
  const units = f32x4.mul(magnitude, f32x4.splat(16777216.0));
  const whole = v128.bitselect(f32x4.floor(units), f32x4.ceil(units), sign);
  const small = i32x4.trunc_sat_f32x4_s(whole);
  const half = v128.bitselect(small, normal, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)));
  return v128.xor(half, sign);
}

/** Raw bits that tell so many values apart, below 2^24 of them (`bitsFor`): a float's exponent is their logarithm. */
// @ts-ignore: decorator
@inline
export function width4(values: v128): v128 {
  const last = f32x4.convert_i32x4_s(i32x4.sub(values, i32x4.splat(1)));
  const exponent = i32x4.sub(i32x4.shr_s(last, 23), i32x4.splat(126));
  return i32x4.max_s(exponent, i32x4.splat(0));
}
