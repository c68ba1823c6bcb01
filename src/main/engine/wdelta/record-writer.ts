import { createHash } from 'node:crypto';
import type { Sink } from '../streams.ts';
import { arrayTypes, magic, version, type ArrayType } from './layout.ts';

/** Bytes that are collected before they go to the sink. */
const bufferBytes = 1 << 18;

/** Writes the parts of a .wdelta file in order and takes their SHA-256. */
export class RecordWriter {
  readonly #sink: Sink;
  readonly #hash = createHash('sha256');
  readonly #buffer = new Uint8Array(bufferBytes);
  readonly #view = new DataView(this.#buffer.buffer);
  #filled = 0;
  #written = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async begin(header: Uint8Array): Promise<void> {
    await this.bytes(magic);
    await this.#u32(version);
    await this.#u32(header.length);
    await this.bytes(header);
  }

  /** The head of an array record; `count` elements follow by the calls below. */
  async array(tensor: string, field: string, type: ArrayType, count: number): Promise<void> {
    for (const text of [tensor, field, type]) {
      const bytes = Buffer.from(text, 'utf8');
      await this.#u32(bytes.length);
      await this.bytes(bytes);
    }
    await this.#u32(1);
    await this.#u64(count);
    await this.#u64(count * arrayTypes[type]);
  }

  /** Makes room for an element. Not needed before every one: see `hasRoom`. */
  async flush(): Promise<void> {
    const part = this.#buffer.subarray(0, this.#filled);
    this.#hash.update(part);
    await this.#sink.write(part);
    this.#written += part.length;
    this.#filled = 0;
  }

  /** Whether an element of any type can be put without `flush`. */
  get hasRoom(): boolean {
    return this.#filled + 8 <= bufferBytes;
  }

  putInt64(value: number): void {
    this.#view.setUint32(this.#filled, value >>> 0, true);
    this.#view.setUint32(this.#filled + 4, Math.floor(value / 2 ** 32), true);
    this.#filled += 8;
  }

  putFloat32(value: number): void {
    this.#view.setFloat32(this.#filled, value, true);
    this.#filled += 4;
  }

  putFloat16(value: number): void {
    this.#view.setFloat16(this.#filled, value, true);
    this.#filled += 2;
  }

  putUint8(value: number): void {
    this.#buffer[this.#filled] = value;
    this.#filled += 1;
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === bufferBytes) await this.flush();
      const part = bytes.subarray(at, at + bufferBytes - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
  }

  /** Ends the file with its checksum; returns the bytes of all of it. */
  async end(): Promise<number> {
    await this.flush();
    const checksum = this.#hash.digest();
    await this.#sink.write(checksum);
    return this.#written + checksum.length;
  }

  async #u32(value: number): Promise<void> {
    if (!this.hasRoom) await this.flush();
    this.#view.setUint32(this.#filled, value, true);
    this.#filled += 4;
  }

  async #u64(value: number): Promise<void> {
    if (!this.hasRoom) await this.flush();
    this.putInt64(value);
  }
}
