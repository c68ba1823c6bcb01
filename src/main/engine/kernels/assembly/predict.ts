import { bitsAt, isFiniteBits, mantissaBits, putBits, valueOf } from './grid';

/** Rounds a float32 to the nearest value of the grid, ties to even; infinities and NaN keep their kind. */
// @ts-ignore: decorator
@inline
export function round<T>(value: f32): u32 {
  const bits = reinterpret<u32>(value);
  if (isFloat<T>()) return bits;
  const sign = (bits >> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | (isSigned<T>() ? 0x7e00 : 0x7fc0);
  if (!isSigned<T>()) return sign | ((magnitude + 0x7fff + ((magnitude >> 16) & 1)) >> 16);
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | <u32>nearest<f32>(reinterpret<f32>(magnitude) * <f32>16777216.0);
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >> 13) & 1)) >> 13);
}

/** Float32 bits of any bit pattern of the grid; a NaN keeps its payload. */
// @ts-ignore: decorator
@inline
function widen<T>(bits: u32): u32 {
  if (isFloat<T>()) return bits;
  if (isFiniteBits<T>(bits)) return reinterpret<u32>(valueOf<T>(bits));
  const payload = bits & ((1 << mantissaBits<T>()) - 1);
  return ((bits & 0x8000) << 16) | 0x7f800000 | (payload << (23 - mantissaBits<T>()));
}

/**
 * Prediction = round(alpha * value) on the grid of the child: one IEEE multiplication and one rounding per element.
 * With alpha = 1 this is a plain cast.
 */
export function predict<S, T>(source: usize, count: usize, alpha: f32, target: usize): void {
  for (let index: usize = 0; index < count; index++) {
    const bits = bitsAt<S>(source, index);
    const wide = widen<S>(bits);
    if (isFiniteBits<S>(bits)) putBits<T>(target, index, round<T>(reinterpret<f32>(wide) * alpha));
    else if (isFloat<T>()) putBits<T>(target, index, wide);
    else putBits<T>(target, index, round<T>(reinterpret<f32>(wide)));
  }
}

/**
 * Rewrites F32 elements on a narrower grid (u16 = BF16, i16 = F16) where that loses nothing.
 * @returns 1 when every bit pattern comes back by `widen`, else 0
 */
export function narrow<T>(source: usize, count: usize, target: usize): i32 {
  let lost: u32 = 0;
  for (let index: usize = 0; index < count; index++) {
    const bits = bitsAt<f32>(source, index);
    let small = isSigned<T>() ? round<T>(reinterpret<f32>(bits)) : bits >> 16;
    putBits<T>(target, index, small);
    lost |= widen<T>(small) ^ bits;
  }
  return i32(lost == 0);
}

/** Float32 bits of elements on a 16-bit grid; undoes `narrow`. */
export function widenAll<T>(source: usize, count: usize, target: usize): void {
  for (let index: usize = 0; index < count; index++) {
    putBits<f32>(target, index, widen<T>(bitsAt<T>(source, index)));
  }
}
