// Small fields of a payload, read without trust.

/** Grows as it is written to. */
export class FieldWriter {
  readonly #bytes: number[] = [];

  u8(value: number): void {
    this.#bytes.push(value);
  }

  f32(value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.bytes(bytes);
  }

  bytes(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  /** A number below 2^53, seven bits a byte, the lowest first; all bytes but the last have the top bit set. */
  variable(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) + 128);
    this.#bytes.push(rest);
  }

  /** A signed number: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
  signed(value: number): void {
    this.variable(value < 0 ? -2 * value - 1 : 2 * value);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reads what `FieldWriter` wrote. Past the end, and past what a field can hold, it is `broken` and gives zeros. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  broken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.bytes(1)[0] ?? 0;
  }

  f32(): number {
    const bytes = this.bytes(4);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return bytes.length === 4 ? view.getFloat32(0, true) : 0;
  }

  bytes(count: number): Uint8Array {
    const end = this.#at + count;
    if (this.broken || end > this.#bytes.length) {
      this.broken = true;
      return new Uint8Array();
    }
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  variable(): number {
    let value = 0;
    for (let weight = 1; weight < 2 ** 35; weight *= 128) {
      const byte = this.u8();
      value += (byte % 128) * weight;
      if (byte < 128) return value;
    }
    this.broken = true;
    return 0;
  }

  signed(): number {
    const value = this.variable();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }
}
