import { check } from './damaged.ts';

/** Section 8: the adaptive binary code. */
export class AdaptiveBits {
  readonly #bytes: Uint8Array;
  readonly #zero = new Map<number, number>();
  readonly #seen = new Map<number, number>();
  #at = 0;
  #range = 2 ** 32 - 1;
  #code = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let byte = 0; byte < 4; byte += 1) this.#code = this.#code * 256 + this.#next();
  }

  bit(context: number): number {
    check(this.#code < this.#range, 'its code left its range');
    const zero = this.#zero.get(context) ?? 32_768;
    const seen = this.#seen.get(context) ?? 0;
    const bound = Math.floor(this.#range / 65_536) * Math.min(65_472, Math.max(64, zero));
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#code -= bound;
      this.#range -= bound;
    }
    const target = bit === 0 ? 65_536 : 0;
    this.#zero.set(context, zero + Math.trunc((2 * (target - zero)) / (2 * seen + 3)));
    if (seen < 60) this.#seen.set(context, seen + 1);
    while (this.#range < 2 ** 24) {
      this.#range *= 256;
      this.#code = this.#code * 256 + this.#next();
    }
    return bit;
  }

  tree(base: number, width: number): number {
    let node = 1;
    for (let place = 0; place < width; place += 1) node = 2 * node + this.bit(base + node);
    return node - 2 ** width;
  }

  exponential(base: number): number {
    let length = 0;
    while (length < 31 && this.bit(base + length) === 1) length += 1;
    let value = 1;
    for (let place = length - 1; place >= 0; place -= 1) value = 2 * value + this.bit(base + 32 + place);
    return value - 1;
  }

  /** Four bytes, most significant first, each a tree of its own. */
  octets(base: number): number {
    let value = 0;
    for (let octet = 0; octet < 4; octet += 1) value = value * 256 + this.tree(base + 256 * octet, 8);
    return value;
  }

  #next(): number {
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }
}

/** 0, -1, 1, -2 ... from 0, 1, 2, 3 ... */
export function unfolded(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Section 10.2: raw bits, the least significant first. */
export class RawBits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position = 0;

  /** @param end how many bits there are */
  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes;
    this.#end = end;
  }

  take(width: number): number {
    check(this.#position + width <= this.#end, 'its raw bits run out');
    let value = 0;
    for (let bit = 0; bit < width; bit += 1) {
      const byte = this.#bytes[this.#position >> 3] ?? 0;
      value += ((byte >> (this.#position & 7)) & 1) * 2 ** bit;
      this.#position += 1;
    }
    return value;
  }

  toWholeByte(): void {
    this.#position = Math.ceil(this.#position / 8) * 8;
  }

  end(): void {
    check(this.#position === this.#end, 'it has another number of raw bits than it says');
  }
}
