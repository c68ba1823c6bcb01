import type { Memory } from './memory.ts';

/** Writes raw bits, least significant first, one at a time. */
export class BitWriter {
  readonly #bytes: Uint8Array;
  /** Bits written. */
  length = 0;

  constructor(memory: Memory, address: number) {
    this.#bytes = new Uint8Array(memory, address);
  }

  put(value: number, width: number): void {
    for (let bit = 0; bit < width; bit += 1) {
      const at = this.length >> 3;
      const place = this.length & 7;
      if (place === 0) this.#bytes[at] = 0;
      this.#bytes[at] = this.#bytes[at]! | ((Math.floor(value / 2 ** bit) % 2) << place);
      this.length += 1;
    }
  }
}

/** Reads what `BitWriter` wrote. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** Bits read. */
  position = 0;

  constructor(memory: Memory, address: number) {
    this.#bytes = new Uint8Array(memory, address);
  }

  take(width: number): number {
    let value = 0;
    for (let bit = 0; bit < width; bit += 1) {
      value += ((this.#bytes[this.position >> 3]! >> (this.position & 7)) & 1) * 2 ** bit;
      this.position += 1;
    }
    return value;
  }
}
