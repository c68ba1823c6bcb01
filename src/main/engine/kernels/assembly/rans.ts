// Range asymmetric numeral systems (Duda 2013, arXiv 1311.2540), static tables of 2^12 slots, 16-bit words, states in
// [2^15, 2^31): below 2^31 the division by a frequency is exact as a multiplication with a 32-bit reciprocal
// (F. Giesen, "rANS notes", 2014). With eight lanes element i belongs to lane i mod 8; with one lane all belong to
// lane 0. Symbols are encoded last to first, so that the decoder reads states and words in order.
// The lanes are written out: they must live in locals, and the compiler has no macros.

const PRECISION: u32 = 12;
const SLOTS: usize = 4096;
const MASK: u32 = 4095;
const LOWER: u32 = 1 << 15;

/**
 * Encodes `count` symbols; lanes is 1 or 8. `map` gives for each cell (u32) where its table begins within
 * `tables`; a table has an entry of 16 bytes per symbol: u32 bound (state from which a word is put out), u32 reciprocal, u32 bias, u16 complement, u16 shift.
 * Every symbol that occurs must have a frequency above 0 in its table. Writes downwards from `end`: words, and
 * below them the states (u32 each). Uses at most 2 bytes a symbol and 4 a lane.
 * @returns the address of the first byte written
 */
export function encodeSymbols(
  cells: usize, map: usize, symbols: usize, count: usize, tables: usize, lanes: usize, end: usize,
): usize {
  let out = end;
  let entry: usize;
  let full: i32;
  let x0: u32 = LOWER; let x1: u32 = LOWER; let x2: u32 = LOWER; let x3: u32 = LOWER; let x4: u32 = LOWER; let x5: u32 = LOWER; let x6: u32 = LOWER; let x7: u32 = LOWER; 
  if (lanes == 1) {
    for (let at = <isize>count - 1; at >= 0; at--) {
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + (at << 1)) << 2)) + (<usize>load<u8>(symbols + at) << 4);
    full = i32(x0 >= load<u32>(entry));
    store<u16>(out - 2, x0);
    out -= full << 1;
    x0 = select(x0 >> 16, x0, full);
    x0 += load<u32>(entry, 8) + <u32>((<u64>x0 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    }
    store<u32>(out - 4, x0);
    return out - 4;
  }
  const whole = count & ~7;
  for (let rest = count; rest > whole; rest--) {
    // The tail belongs to lanes 0 to 6 in order; taken one at a time by turning the lane wanted into x0 and back.
    const lane = (rest - 1) & 7;
    const at = rest - 1;
    const kept = x0;
    if (lane == 1) x0 = x1; if (lane == 2) x0 = x2; if (lane == 3) x0 = x3; if (lane == 4) x0 = x4; if (lane == 5) x0 = x5; if (lane == 6) x0 = x6; if (lane == 7) x0 = x7; 
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + (at << 1)) << 2)) + (<usize>load<u8>(symbols + at) << 4);
    full = i32(x0 >= load<u32>(entry));
    store<u16>(out - 2, x0);
    out -= full << 1;
    x0 = select(x0 >> 16, x0, full);
    x0 += load<u32>(entry, 8) + <u32>((<u64>x0 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    if (lane == 1) x1 = x0; if (lane == 2) x2 = x0; if (lane == 3) x3 = x0; if (lane == 4) x4 = x0; if (lane == 5) x5 = x0; if (lane == 6) x6 = x0; if (lane == 7) x7 = x0; 
    if (lane != 0) x0 = kept;
  }
  for (let at = <isize>whole - 8; at >= 0; at -= 8) {
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 7) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 7) << 4);
    full = i32(x7 >= load<u32>(entry));
    store<u16>(out - 2, x7);
    out -= full << 1;
    x7 = select(x7 >> 16, x7, full);
    x7 += load<u32>(entry, 8) + <u32>((<u64>x7 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 6) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 6) << 4);
    full = i32(x6 >= load<u32>(entry));
    store<u16>(out - 2, x6);
    out -= full << 1;
    x6 = select(x6 >> 16, x6, full);
    x6 += load<u32>(entry, 8) + <u32>((<u64>x6 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 5) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 5) << 4);
    full = i32(x5 >= load<u32>(entry));
    store<u16>(out - 2, x5);
    out -= full << 1;
    x5 = select(x5 >> 16, x5, full);
    x5 += load<u32>(entry, 8) + <u32>((<u64>x5 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 4) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 4) << 4);
    full = i32(x4 >= load<u32>(entry));
    store<u16>(out - 2, x4);
    out -= full << 1;
    x4 = select(x4 >> 16, x4, full);
    x4 += load<u32>(entry, 8) + <u32>((<u64>x4 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 3) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 3) << 4);
    full = i32(x3 >= load<u32>(entry));
    store<u16>(out - 2, x3);
    out -= full << 1;
    x3 = select(x3 >> 16, x3, full);
    x3 += load<u32>(entry, 8) + <u32>((<u64>x3 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 2) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 2) << 4);
    full = i32(x2 >= load<u32>(entry));
    store<u16>(out - 2, x2);
    out -= full << 1;
    x2 = select(x2 >> 16, x2, full);
    x2 += load<u32>(entry, 8) + <u32>((<u64>x2 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 1) << 1)) << 2)) + (<usize>load<u8>(symbols + at + 1) << 4);
    full = i32(x1 >= load<u32>(entry));
    store<u16>(out - 2, x1);
    out -= full << 1;
    x1 = select(x1 >> 16, x1, full);
    x1 += load<u32>(entry, 8) + <u32>((<u64>x1 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
    entry = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + (at << 1)) << 2)) + (<usize>load<u8>(symbols + at) << 4);
    full = i32(x0 >= load<u32>(entry));
    store<u16>(out - 2, x0);
    out -= full << 1;
    x0 = select(x0 >> 16, x0, full);
    x0 += load<u32>(entry, 8) + <u32>((<u64>x0 * <u64>load<u32>(entry, 4)) >> <u64>load<u16>(entry, 14)) * load<u16>(entry, 12);
  }
  store<u32>(out - 32, x0);
  store<u32>(out - 28, x1);
  store<u32>(out - 24, x2);
  store<u32>(out - 20, x3);
  store<u32>(out - 16, x4);
  store<u32>(out - 12, x5);
  store<u32>(out - 8, x6);
  store<u32>(out - 4, x7);
  return out - 32;
}

/**
 * `map` as in `encodeSymbols`; a decoding table is 4,096 slot bytes (the symbol), then per symbol u32
 * frequency << 16 | start. Decodes `count` symbols from `input` (states, then words, as `encodeSymbols` wrote them) of `bytes` bytes; the 32
 * bytes behind them must be readable. Damaged input gives wrong symbols, never a wrong address.
 * @returns 1 when the input was used to its end and all states came back to their start, else 0
 */
export function decodeSymbols(
  cells: usize, map: usize, symbols: usize, count: usize, tables: usize, lanes: usize, input: usize, bytes: usize,
): i32 {
  if (bytes < lanes << 2) return 0;
  const last = input + bytes;
  let next = input + (lanes << 2);
  let table: usize;
  let slot: u32;
  let symbol: u32;
  let info: u32;
  let low: i32;
  let x0 = load<u32>(input);
  if (lanes == 1) {
    for (let at: usize = 0; at < count; at++) {
    if (next > last) return 0;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + (at << 1)) << 2));
    slot = x0 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x0 = (info >> 16) * (x0 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x0 < LOWER);
    x0 = select((x0 << 16) | load<u16>(next), x0, low);
    next += low << 1;
    }
    return i32(x0 == LOWER && next == last);
  }
  let x1 = load<u32>(input, 4);
  let x2 = load<u32>(input, 8);
  let x3 = load<u32>(input, 12);
  let x4 = load<u32>(input, 16);
  let x5 = load<u32>(input, 20);
  let x6 = load<u32>(input, 24);
  let x7 = load<u32>(input, 28);
  const whole = count & ~7;
  for (let at: usize = 0; at < whole; at += 8) {
    if (next > last) return 0;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + (at << 1)) << 2));
    slot = x0 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x0 = (info >> 16) * (x0 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x0 < LOWER);
    x0 = select((x0 << 16) | load<u16>(next), x0, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 1) << 1)) << 2));
    slot = x1 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 1, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x1 = (info >> 16) * (x1 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x1 < LOWER);
    x1 = select((x1 << 16) | load<u16>(next), x1, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 2) << 1)) << 2));
    slot = x2 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 2, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x2 = (info >> 16) * (x2 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x2 < LOWER);
    x2 = select((x2 << 16) | load<u16>(next), x2, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 3) << 1)) << 2));
    slot = x3 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 3, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x3 = (info >> 16) * (x3 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x3 < LOWER);
    x3 = select((x3 << 16) | load<u16>(next), x3, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 4) << 1)) << 2));
    slot = x4 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 4, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x4 = (info >> 16) * (x4 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x4 < LOWER);
    x4 = select((x4 << 16) | load<u16>(next), x4, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 5) << 1)) << 2));
    slot = x5 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 5, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x5 = (info >> 16) * (x5 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x5 < LOWER);
    x5 = select((x5 << 16) | load<u16>(next), x5, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 6) << 1)) << 2));
    slot = x6 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 6, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x6 = (info >> 16) * (x6 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x6 < LOWER);
    x6 = select((x6 << 16) | load<u16>(next), x6, low);
    next += low << 1;
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + ((at + 7) << 1)) << 2));
    slot = x7 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at + 7, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x7 = (info >> 16) * (x7 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x7 < LOWER);
    x7 = select((x7 << 16) | load<u16>(next), x7, low);
    next += low << 1;
  }
  for (let at = whole; at < count; at++) {
    const lane = at & 7;
    const kept = x0;
    if (lane == 1) x0 = x1; if (lane == 2) x0 = x2; if (lane == 3) x0 = x3; if (lane == 4) x0 = x4; if (lane == 5) x0 = x5; if (lane == 6) x0 = x6; if (lane == 7) x0 = x7; 
    table = tables + <usize>load<u32>(map + (<usize>load<u16>(cells + (at << 1)) << 2));
    slot = x0 & MASK;
    symbol = load<u8>(table + slot);
    store<u8>(symbols + at, symbol);
    info = load<u32>(table + (symbol << 2), SLOTS);
    x0 = (info >> 16) * (x0 >> PRECISION) + slot - (info & 0xffff);
    low = i32(x0 < LOWER);
    x0 = select((x0 << 16) | load<u16>(next), x0, low);
    next += low << 1;
    if (lane == 1) x1 = x0; if (lane == 2) x2 = x0; if (lane == 3) x3 = x0; if (lane == 4) x4 = x0; if (lane == 5) x5 = x0; if (lane == 6) x6 = x0; if (lane == 7) x7 = x0; 
    if (lane != 0) x0 = kept;
  }
  const back = x0 == LOWER && x1 == LOWER && x2 == LOWER && x3 == LOWER && x4 == LOWER && x5 == LOWER && x6 == LOWER && x7 == LOWER;
  return i32(back && next == last);
}
