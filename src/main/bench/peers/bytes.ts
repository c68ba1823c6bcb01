/** A byte string that grows at its end. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** @param capacity Bytes to reserve at once. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16));
  }

  byte(value: number): void {
    this.room(1)[0] = value;
    this.#length += 1;
  }

  /** An unsigned number below 2^53, seven bits a byte, low bits first. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  append(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes);
    this.#length += bytes.length;
  }

  /** At least `bytes` bytes behind the end, to be filled before `advance`. Not to be kept. */
  room(bytes: number): Uint8Array {
    if (this.#length + bytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#bytes.subarray(this.#length);
  }

  /** Takes the first `bytes` bytes of `room` as written. */
  advance(bytes: number): void {
    this.#length += bytes;
  }

  /** What was written, without a copy; the writer is not to be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Reads from front to back what a `ByteWriter` wrote. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RangeError('The encoded bytes end early');
    this.#at += 1;
    return value;
  }

  varint(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte % 128) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  }

  take(bytes: number): Uint8Array {
    const end = this.#at + bytes;
    if (end > this.#bytes.length) throw new RangeError('The encoded bytes end early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** All that was not read yet. Does not move. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  /** Skips `bytes` bytes of `rest`. */
  advance(bytes: number): void {
    this.take(bytes);
  }
}
