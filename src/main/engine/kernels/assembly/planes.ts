// Byte planes: byte k of every element, one plane after another. For elements that are no floats of a grid
// (integers, booleans, fp8, float64, packed quants), and for the peers of the benchmark.

/** How the parent takes part: not at all, by exclusive or, or by difference folded to unsigned (0, -1, 1, -2 ...). */
const PLAIN: i32 = 0;
const XOR: i32 = 1;

// @ts-ignore: decorator
@inline
function residual<T>(child: T, parent: T, mode: i32): T {
  if (mode == PLAIN) return child;
  if (mode == XOR) return child ^ parent;
  const d = child - parent;
  return (d << 1) ^ (0 - (d >> <T>(sizeof<T>() * 8 - 1)));
}

// @ts-ignore: decorator
@inline
function restored<T>(value: T, parent: T, mode: i32): T {
  if (mode == PLAIN) return value;
  if (mode == XOR) return value ^ parent;
  return parent + ((value >> 1) ^ (0 - (value & 1)));
}

/** Planes of `count` elements of type T; `parent` is not read in mode 0. */
export function split<T>(child: usize, parent: usize, count: usize, mode: i32, planes: usize): void {
  for (let index: usize = 0; index < count; index++) {
    const at = index * sizeof<T>();
    const p: T = mode == PLAIN ? <T>0 : load<T>(parent + at);
    const value = residual<T>(load<T>(child + at), p, mode);
    for (let plane: usize = 0; plane < sizeof<T>(); plane++) {
      store<u8>(planes + plane * count + index, <u8>(<u64>value >> <u64>(plane << 3)));
    }
  }
}

/** The inverse of `split`. */
export function merge<T>(planes: usize, parent: usize, count: usize, mode: i32, child: usize): void {
  for (let index: usize = 0; index < count; index++) {
    const at = index * sizeof<T>();
    const p: T = mode == PLAIN ? <T>0 : load<T>(parent + at);
    let value: u64 = 0;
    for (let plane: usize = 0; plane < sizeof<T>(); plane++) {
      value |= <u64>load<u8>(planes + plane * count + index) << <u64>(plane << 3);
    }
    store<T>(child + at, restored<T>(<T>value, p, mode));
  }
}

/** XOR of 16-bit elements into two planes, sixteen elements at a time. `count` is a multiple of 16. */
export function splitXor16(child: usize, parent: usize, count: usize, planes: usize): i32 {
  const mask = i16x8.splat(0xff);
  for (let index: usize = 0; index < count; index += 16) {
    const at = index << 1;
    const a = v128.xor(v128.load(child + at), v128.load(parent + at));
    const b = v128.xor(v128.load(child + at, 16), v128.load(parent + at, 16));
    v128.store(planes + index, i8x16.narrow_i16x8_u(v128.and(a, mask), v128.and(b, mask)));
    v128.store(planes + count + index, i8x16.narrow_i16x8_u(i16x8.shr_u(a, 8), i16x8.shr_u(b, 8)));
  }
  return 0;
}

/** The inverse of `splitXor16`. */
export function mergeXor16(planes: usize, parent: usize, count: usize, child: usize): i32 {
  for (let index: usize = 0; index < count; index += 16) {
    const at = index << 1;
    const low = v128.load(planes + index);
    const high = v128.load(planes + count + index);
    const a = v128.or(i16x8.extend_low_i8x16_u(low), i16x8.shl(i16x8.extend_low_i8x16_u(high), 8));
    const b = v128.or(i16x8.extend_high_i8x16_u(low), i16x8.shl(i16x8.extend_high_i8x16_u(high), 8));
    v128.store(child + at, v128.xor(a, v128.load(parent + at)));
    v128.store(child + at, v128.xor(b, v128.load(parent + at, 16)), 16);
  }
  return 0;
}

/** Contexts of bytes, as u16 cells: `parent`[i] >> `shift`, or 0 when `parent` is 0. */
export function byteContexts(parent: usize, shift: i32, count: usize, cells: usize): i32 {
  for (let index: usize = 0; index < count; index++) {
    store<u16>(cells + (index << 1), parent ? <u16>(<u32>load<u8>(parent + index) >> shift) : 0);
  }
  return 0;
}

/** Writes the contexts of bytes (see `byteContexts`) and counts into `histogram` (u32, 256 per context). */
export function countBytes(bytes: usize, parent: usize, shift: i32, count: usize, cells: usize, histogram: usize): i32 {
  byteContexts(parent, shift, count, cells);
  for (let index: usize = 0; index < count; index++) {
    const cell = <u32>load<u16>(cells + (index << 1));
    const counter = histogram + (((cell << 8) + <u32>load<u8>(bytes + index)) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  return 0;
}

/**
 * Places where two runs of bytes of `count` elements of `width` bytes (a divisor of 16) differ, as u32 element numbers.
 * @returns how many; at most `most` are written, one more than `most` is returned when there are more
 */
export function findChanges(child: usize, parent: usize, count: usize, width: usize, most: usize, places: usize): usize {
  let found: usize = 0;
  const whole = (count * width) & ~15;
  let at: usize = 0;
  const end = count * width;
  while (at < end) {
    if (at < whole && !v128.any_true(v128.xor(v128.load(child + at), v128.load(parent + at)))) {
      at += 16;
      continue;
    }
    const stop = at < whole ? at + 16 : end;
    for (; at < stop; at += width) {
      let different: u8 = 0;
      for (let byte: usize = 0; byte < width; byte++) {
        different |= load<u8>(child + at + byte) ^ load<u8>(parent + at + byte);
      }
      if (!different) continue;
      if (found == most) return most + 1;
      store<u32>(places + (found << 2), <u32>(at / width));
      found += 1;
    }
  }
  return found;
}
