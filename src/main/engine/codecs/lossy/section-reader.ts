const NOTHING = new Uint8Array();

/** Reads a payload from its start: numbers, and sections of u32 bytes. What is missing reads as 0 and is remembered. */
export class SectionReader {
  readonly #bytes: Buffer;
  #at = 0;
  #sound = true;

  constructor(payload: Uint8Array) {
    this.#bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  }

  /** Whether everything that was asked for was there. */
  get sound(): boolean {
    return this.#sound;
  }

  /** Whether everything was there, and nothing is left. */
  get atEnd(): boolean {
    return this.#sound && this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.#take(1)?.readUInt8() ?? 0;
  }

  u16(): number {
    return this.#take(2)?.readUInt16LE() ?? 0;
  }

  u32(): number {
    return this.#take(4)?.readUInt32LE() ?? 0;
  }

  f32(): number {
    return this.#take(4)?.readFloatLE() ?? 0;
  }

  /** The bytes of a section, a view; empty when they are not all there. */
  section(): Uint8Array {
    return this.#take(this.u32()) ?? NOTHING;
  }

  #take(bytes: number): Buffer | undefined {
    this.#sound &&= bytes <= this.#bytes.length - this.#at;
    if (!this.#sound) return undefined;
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }
}
