import type { ByteWriter } from './bytes.ts';

/** Frequencies of all symbols of a model sum up to 2 to this power. */
const totalBits = 16;
/** Symbols between two updates of a model that has seen some. */
const period = 1024;
/** A decoder begins its search for a symbol in a table over this many leading bits. */
const searchBits = 7;

/**
 * Frequencies that follow the symbols, but are recalculated only every 1,024 of them: then the counts of old are
 * halved, and the increment is chosen so that all counts reach the total just at the next recalculation. The first
 * periods are shorter.
 *
 * Source: the quasi-static model of Michael Schindler's range coder, as fpzip (Lindstrom and Isenburg, "Fast and
 * Efficient Compression of Floating-Point Data", 2006) and after it FM-Delta use it.
 */
export class QuasiStaticModel {
  /** Sum of the frequencies of all symbols below, for each symbol, and the total behind the last. */
  readonly starts: Int32Array;
  readonly #counts: Int32Array;
  readonly #firstSymbol = new Uint8Array((1 << searchBits) + 1);
  #interval: number;
  #increment = 0;
  #left = 0;
  #leftLarger = 0;

  constructor(symbols: number) {
    const total = 1 << totalBits;
    this.starts = new Int32Array(symbols + 1);
    this.starts[symbols] = total;
    this.#counts = new Int32Array(symbols).map((_, symbol) => {
      return Math.floor(total / symbols) + (symbol < total % symbols ? 1 : 0);
    });
    this.#interval = (symbols >>> 4) | 2;
    this.#recalculate();
  }

  /** Takes note of a symbol. */
  see(symbol: number): void {
    if (this.#left === 0) this.#recalculate();
    this.#left -= 1;
    this.#counts[symbol] = (this.#counts[symbol] ?? 0) + this.#increment;
  }

  /** The symbol whose frequencies span `place`. */
  find(place: number): number {
    let symbol = this.#firstSymbol[place >>> (totalBits - searchBits)] ?? 0;
    while (place >= (this.starts[symbol + 1] ?? 0)) symbol += 1;
    return symbol;
  }

  #recalculate(): void {
    if (this.#leftLarger > 0) {
      this.#left = this.#leftLarger;
      this.#leftLarger = 0;
      this.#increment += 1;
      return;
    }
    this.#interval = Math.min(this.#interval * 2, period);

    const counts = this.#counts;
    const starts = this.starts;
    let start = 0;
    let missing = 1 << totalBits;
    for (let symbol = 0; symbol < counts.length; symbol++) {
      const count = counts[symbol] ?? 0;
      starts[symbol] = start;
      start += count;
      const halved = (count >>> 1) | 1;
      counts[symbol] = halved;
      missing -= halved;
    }
    this.#increment = Math.floor(missing / this.#interval);
    this.#leftLarger = missing % this.#interval;
    this.#left = this.#interval - this.#leftLarger;

    for (let place = 0, symbol = 0; place <= 1 << searchBits; place++) {
      while ((starts[symbol + 1] ?? 0) <= place << (totalBits - searchBits) && symbol + 1 < counts.length) {
        symbol += 1;
      }
      this.#firstSymbol[place] = symbol;
    }
  }
}

/**
 * A carry-less range coder of 32 bits: bytes leave when both ends of the range agree on them; where the range
 * gets below 2^16 before that, its upper end is cut to the next multiple of 2^16, and no carry can ever happen.
 * All values are signed 32-bit numbers of which the bits count.
 */
export class RangeEncoder {
  readonly #out: ByteWriter;
  #room: Uint8Array;
  #at = 0;
  #low = 0;
  #range = -1;

  constructor(out: ByteWriter) {
    this.#out = out;
    this.#room = out.room(4096);
  }

  symbol(symbol: number, model: QuasiStaticModel): void {
    const start = model.starts[symbol] ?? 0;
    const frequency = (model.starts[symbol + 1] ?? 0) - start;
    model.see(symbol);
    const unit = this.#range >>> totalBits;
    this.#low = (this.#low + Math.imul(unit, start)) | 0;
    this.#range = Math.imul(unit, frequency);
    this.#normalise();
  }

  /** The low `bits` bits of `value`, up to 32 of them, as they are; every bit above must be 0. */
  bits(value: number, bits: number): void {
    if (bits > 16) {
      this.#shift(value & 0xffff, 16);
      this.#shift(value >>> 16, bits - 16);
    } else this.#shift(value, bits);
  }

  finish(): void {
    this.#put();
    this.#put();
    this.#put();
    this.#put();
    this.#out.advance(this.#at);
  }

  #shift(value: number, bits: number): void {
    const unit = this.#range >>> bits;
    this.#low = (this.#low + Math.imul(unit, value)) | 0;
    this.#range = unit | 0;
    this.#normalise();
  }

  #normalise(): void {
    while ((this.#low ^ (this.#low + this.#range)) >>> 24 === 0) {
      this.#put();
      this.#range <<= 8;
    }
    if (this.#range >>> 16 === 0) {
      this.#put();
      this.#put();
      this.#range = -this.#low | 0;
    }
  }

  #put(): void {
    if (this.#at === this.#room.length) {
      this.#out.advance(this.#at);
      this.#room = this.#out.room(65_536);
      this.#at = 0;
    }
    this.#room[this.#at] = this.#low >>> 24;
    this.#at += 1;
    this.#low <<= 8;
  }
}

/** Reads what a `RangeEncoder` wrote, no byte more. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #low = 0;
  #range = -1;
  #code = 0;

  /** @param bytes The code and whatever comes after it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i++) this.#get();
    this.#low = 0;
  }

  /** Bytes read so far; after the last value, all that the encoder wrote. */
  get bytesRead(): number {
    return this.#at;
  }

  symbol(model: QuasiStaticModel): number {
    const unit = this.#range >>> totalBits;
    const place = Math.min(Math.floor(((this.#code - this.#low) >>> 0) / unit), (1 << totalBits) - 1);
    const symbol = model.find(place);
    const start = model.starts[symbol] ?? 0;
    const frequency = (model.starts[symbol + 1] ?? 0) - start;
    model.see(symbol);
    this.#low = (this.#low + Math.imul(unit, start)) | 0;
    this.#range = Math.imul(unit, frequency);
    this.#normalise();
    return symbol;
  }

  bits(bits: number): number {
    if (bits <= 16) return this.#shift(bits);
    const low = this.#shift(16);
    return low | (this.#shift(bits - 16) << 16);
  }

  #shift(bits: number): number {
    const unit = this.#range >>> bits;
    const value = Math.min(Math.floor(((this.#code - this.#low) >>> 0) / (unit >>> 0)), (1 << bits) - 1);
    this.#low = (this.#low + Math.imul(unit, value)) | 0;
    this.#range = unit | 0;
    this.#normalise();
    return value;
  }

  #normalise(): void {
    while ((this.#low ^ (this.#low + this.#range)) >>> 24 === 0) {
      this.#get();
      this.#range <<= 8;
    }
    if (this.#range >>> 16 === 0) {
      this.#get();
      this.#get();
      this.#range = -this.#low | 0;
    }
  }

  #get(): void {
    this.#code = (this.#code << 8) | (this.#bytes[this.#at] ?? 0);
    this.#at += 1;
    this.#low <<= 8;
  }
}
