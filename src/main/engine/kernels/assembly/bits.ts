// Raw bits, least significant first, in a little-endian stream. The writer keeps its state in the caller's locals:
// `held` bits of `buffer` are not yet stored.

/** Stores the whole words of `buffer`; the caller then shifts them out. Writes 8 bytes at `address`, always. */
// @ts-ignore: decorator
@inline
export function spill(address: usize, buffer: u64): void {
  store<u64>(address, buffer);
}

/** The next up to 32 bits from bit position `position`; reads 8 bytes from there on. */
// @ts-ignore: decorator
@inline
export function peekBits(stream: usize, position: usize, width: i32): u32 {
  const word = load<u64>(stream + (position >> 3)) >> <u64>(position & 7);
  return <u32>(word & ((<u64>1 << width) - 1));
}
