// Adaptive binary range coder for what is small and read once: scales, tables, context maps. Carry handling as in
// G. N. N. Martin's range encoding (1979) in the byte-wise form known from LZMA; each context estimates its
// probability by counting, with a memory of about 120 bits (Krichevsky-Trofimov start).

const ONE = 65536;
const FLOOR = 64;
const MEMORY = 60;
const TOP = 2 ** 24;

/** Adaptive state of many binary contexts, addressed by number. */
class Contexts {
  readonly #zeros: Uint32Array;
  readonly #seen: Uint8Array;

  constructor(size: number) {
    this.#zeros = new Uint32Array(size).fill(ONE / 2);
    this.#seen = new Uint8Array(size);
  }

  /** Probability that the next bit is 0, in 1/65536, within [64, 65472]. */
  zero(context: number): number {
    const p = this.#zeros[context];
    if (p === undefined) throw new RangeError('context out of range');
    return Math.min(ONE - FLOOR, Math.max(FLOOR, p));
  }

  learn(context: number, bit: number): void {
    const p = this.#zeros[context] ?? 0;
    const seen = this.#seen[context] ?? 0;
    const target = bit === 0 ? ONE : 0;
    this.#zeros[context] = p + Math.trunc(((target - p) * 2) / (2 * seen + 3));
    if (seen < MEMORY) this.#seen[context] = seen + 1;
  }
}

/** Writes bits, each in a context. */
export class AdaptiveBitWriter {
  readonly #contexts: Contexts;
  readonly #bytes: number[] = [];
  #low = 0;
  #range = 2 ** 32 - 1;
  #cache = 0;
  #pending = 0;
  #started = false;

  /** @param contexts how many contexts there are */
  constructor(contexts: number) {
    this.#contexts = new Contexts(contexts);
  }

  bit(context: number, bit: number): void {
    const bound = Math.floor(this.#range / ONE) * this.#contexts.zero(context);
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#low += bound;
      this.#range -= bound;
    }
    this.#contexts.learn(context, bit);
    while (this.#range < TOP) {
      this.#range *= 256;
      this.#shift();
    }
  }

  /** A number of `width` bits, most significant first, through the tree of contexts `base + 1 .. base + 2^width - 1`. */
  tree(base: number, width: number, value: number): void {
    let node = 1;
    for (let place = width - 1; place >= 0; place -= 1) {
      const bit = (value >>> place) & 1;
      this.bit(base + node, bit);
      node = node * 2 + bit;
    }
  }

  /** A number >= 0 below 2^31 by its bit length (unary, contexts `base..base + 31`) and its lower bits (`base + 32 ..+63`). */
  exponential(base: number, value: number): void {
    const length = 32 - Math.clz32(value + 1) - 1;
    for (let step = 0; step < length; step += 1) this.bit(base + step, 1);
    if (length < 31) this.bit(base + length, 0);
    for (let place = length - 1; place >= 0; place -= 1)
      this.bit(base + 32 + place, ((value + 1) >>> place) & 1);
  }

  /** Ends the stream and gives its bytes, without trailing zero bytes (the reader takes missing bytes as zero). */
  finish(): Uint8Array {
    for (let step = 0; step < 5; step += 1) this.#shift();
    let end = this.#bytes.length;
    while (end > 0 && this.#bytes[end - 1] === 0) end -= 1;
    return Uint8Array.from(this.#bytes.slice(0, end));
  }

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= 2 ** 32) {
      const carry = this.#low >= 2 ** 32 ? 1 : 0;
      if (this.#started) this.#bytes.push((this.#cache + carry) & 0xff);
      this.#started = true;
      for (; this.#pending > 0; this.#pending -= 1) this.#bytes.push((0xff + carry) & 0xff);
      this.#cache = Math.floor(this.#low / TOP) & 0xff;
    } else {
      this.#pending += 1;
    }
    this.#low = (this.#low % TOP) * 256;
  }
}

/** Reads what `AdaptiveBitWriter` wrote. Damaged bytes give wrong bits, never an error or an endless loop. */
export class AdaptiveBitReader {
  readonly #contexts: Contexts;
  readonly #bytes: Uint8Array;
  #at = 0;
  #range = 2 ** 32 - 1;
  #code = 0;

  constructor(contexts: number, bytes: Uint8Array) {
    this.#contexts = new Contexts(contexts);
    this.#bytes = bytes;
    for (let step = 0; step < 4; step += 1) this.#code = this.#code * 256 + this.#next();
  }

  bit(context: number): number {
    const bound = Math.floor(this.#range / ONE) * this.#contexts.zero(context);
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#code -= bound;
      this.#range -= bound;
    }
    this.#contexts.learn(context, bit);
    while (this.#range < TOP) {
      this.#range *= 256;
      this.#code = this.#code * 256 + this.#next();
    }
    return bit;
  }

  tree(base: number, width: number): number {
    let node = 1;
    for (let place = 0; place < width; place += 1) node = node * 2 + this.bit(base + node);
    return node - 2 ** width;
  }

  exponential(base: number): number {
    let length = 0;
    while (length < 31 && this.bit(base + length) === 1) length += 1;
    let value = 1;
    for (let place = length - 1; place >= 0; place -= 1) value = value * 2 + this.bit(base + 32 + place);
    return value - 1;
  }

  #next(): number {
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }
}
