import type { RandomAccess } from '../streams.ts';
import { Malformed, ReadFailure } from './malformed.ts';

/** Bytes that a cursor holds at a time unless told otherwise. */
const defaultWindow = 256 * 1024;

/** Fills `target` from `offset`, telling a failure of the storage apart from a malformed file. */
export async function readExactly(bytes: RandomAccess, offset: number, target: Uint8Array): Promise<void> {
  try {
    await bytes.read(offset, target);
  } catch (error) {
    throw new ReadFailure(error);
  }
}

/**
 * Reads a range of a file forwards through a window of bounded size. Getting is synchronous and works on what
 * `fill` brought in; so a tight loop awaits only once per window. Numbers are little-endian.
 */
export class ByteCursor {
  /** The window; valid from `index` to `limit`. Only for reading, and only until the next `fill`. */
  readonly window: Uint8Array;
  index = 0;
  limit = 0;
  readonly #view: DataView;
  readonly #source: RandomAccess;
  readonly #end: number;
  /** File offset of `limit`. */
  #loaded: number;

  constructor(source: RandomAccess, start: number, end: number, window = defaultWindow) {
    this.#source = source;
    this.#loaded = start;
    this.#end = end;
    this.window = new Uint8Array(Math.min(window, Math.max(0, end - start)));
    this.#view = new DataView(this.window.buffer);
  }

  /** File offset of the next byte. */
  get position(): number {
    return this.#loaded - (this.limit - this.index);
  }

  /** Bytes from here to the end of the range. */
  get remaining(): number {
    return this.#end - this.position;
  }

  /** Bytes that can be had without reading. */
  get available(): number {
    return this.limit - this.index;
  }

  /** Makes `count` bytes available, or all that remain if they are fewer. `count` is at most the window. */
  async fill(count: number): Promise<void> {
    if (this.available >= count || this.#loaded >= this.#end) return;
    this.window.copyWithin(0, this.index, this.limit);
    this.limit -= this.index;
    this.index = 0;
    const length = Math.min(this.window.length - this.limit, this.#end - this.#loaded);
    await readExactly(this.#source, this.#loaded, this.window.subarray(this.limit, this.limit + length));
    this.limit += length;
    this.#loaded += length;
  }

  /** Steps over `count` bytes; reads none of them. */
  skip(count: number): void {
    if (count > this.remaining) throw endsEarly();
    if (count <= this.available) {
      this.index += count;
      return;
    }
    this.#loaded = this.position + count;
    this.index = 0;
    this.limit = 0;
  }

  /** The next `count` bytes, in place: valid until the next `fill`. */
  take(count: number): Uint8Array {
    return this.window.subarray(this.#advance(count), this.index);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A double, most significant byte first: the one such number in a pickle. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A 64-bit count, length or offset. One that no file can have (above 2^53 - 1) is malformed. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Malformed(`it states the impossible size ${value}`);
    return Number(value);
  }

  /** Moves over `count` available bytes; returns where they begin. */
  #advance(count: number): number {
    if (count > this.available) throw endsEarly();
    const start = this.index;
    this.index += count;
    return start;
  }
}

function endsEarly(): Malformed {
  return new Malformed('it ends in the middle of its structure');
}
