/** A run of bytes that nobody holds. */
interface Gap {
  readonly address: number;
  readonly bytes: number;
}

/**
 * Which bytes of an address range are free. Pure bookkeeping: first fit from the lowest address, neighbours merge
 * at once, so that a range that was given back completely is one gap again.
 */
export class FreeList {
  /** Sorted by address; no two touch. */
  readonly #gaps: Gap[] = [];

  /** The gaps, lowest address first. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Takes `bytes` bytes out of the lowest gap that holds them; `undefined` when none does. */
  take(bytes: number): number | undefined {
    const index = this.#gaps.findIndex((gap) => gap.bytes >= bytes);
    const gap = this.#gaps[index];
    if (gap === undefined) return undefined;
    if (gap.bytes === bytes) this.#gaps.splice(index, 1);
    else this.#gaps[index] = { address: gap.address + bytes, bytes: gap.bytes - bytes };
    return gap.address;
  }

  /** Gives `bytes` bytes from `address` on to the list. They must not be in it already. */
  give(address: number, bytes: number): void {
    const found = this.#gaps.findIndex((gap) => gap.address > address);
    const index = found === -1 ? this.#gaps.length : found;
    const before = this.#gaps[index - 1];
    const after = this.#gaps[index];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    const start = joinsBefore ? before.address : address;
    const end = joinsAfter ? after.address + after.bytes : address + bytes;
    this.#gaps.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), {
      address: start,
      bytes: end - start,
    });
  }

  /** Bytes free directly below `end`: what a growth at `end` would join. */
  freeBelow(end: number): number {
    const last = this.#gaps.at(-1);
    return last !== undefined && last.address + last.bytes === end ? last.bytes : 0;
  }
}
