import assert from 'node:assert/strict';
import { DeltashelfError, formatBytes } from '../../../shared/index.ts';
import { FreeList } from './free-list.ts';
import type { SharedMemory, Slot } from './pool.ts';

const page = 65_536;
const alignment = 16;
const smallestGrowth = 16 * 1024 * 1024;
/** The declared maximum of the memory; the kernels declare the same. */
const declaredPages = 65_536;
/** The last page stays unused: in a kernel, `memory.size() * 65536` and the end of a slot then fit in 32 bits. */
const usablePages = declaredPages - 1;

/** What `KernelMemory` can be told; all of it in bytes and rounded up to whole pages of 64 KiB where it grows. */
export interface KernelMemoryOptions {
  /** Bytes at the start that belong to the module's static data; default 64 KiB. */
  readonly reserved?: number;
  /** Size at the start, in bytes; at least what the module declares. Default 16 MiB. */
  readonly initial?: number;
  /** Bytes beyond which it does not grow; default (and most) 4 GiB - 64 KiB. */
  readonly limit?: number;
}

/** The shared memory over one `WebAssembly.Memory`. It grows in steps of 16 MiB or more and never shrinks. */
export class KernelMemory implements SharedMemory {
  /** What the module imports as `env.memory`. */
  readonly wasm: WebAssembly.Memory;
  readonly #free = new FreeList();
  readonly #limitPages: number;
  #pages: number;
  #used = 0;
  #peak = 0;

  /** @throws DeltashelfError `internal` when the machine gives no address space for it. */
  constructor(options: KernelMemoryOptions = {}) {
    const reserved = roundUp(options.reserved ?? page, alignment);
    this.#limitPages = Math.min(usablePages, Math.floor((options.limit ?? usablePages * page) / page));
    this.#pages = Math.ceil((options.initial ?? smallestGrowth) / page);
    assert(this.#pages <= this.#limitPages, 'The memory starts within its limit');
    assert(reserved < this.#pages * page, 'The memory starts larger than what is reserved');
    try {
      this.wasm = new WebAssembly.Memory({ initial: this.#pages, maximum: declaredPages, shared: true });
    } catch (error) {
      throw new DeltashelfError(
        'internal',
        'This machine has no address space left for the working memory of the kernels (4 GiB, mostly untouched). ' +
          'No file was changed. Close other programs, or raise the limit on virtual memory, and try again.',
        {},
        error,
      );
    }
    this.#free.give(reserved, this.#pages * page - reserved);
  }

  /** Bytes handed out now, each slot rounded up to 16. */
  get used(): number {
    return this.#used;
  }

  /** Most bytes that were ever handed out at once. */
  get peak(): number {
    return this.#peak;
  }

  /** Bytes the memory has grown to. What was never written is not in the machine's memory. */
  get size(): number {
    return this.#pages * page;
  }

  /** @throws DeltashelfError `internal` when the memory cannot grow any further. */
  allocate(bytes: number): Slot {
    assert(Number.isSafeInteger(bytes) && bytes >= 0, `A slot of ${bytes} bytes`);
    // A slot without bytes has an address of its own all the same.
    const rounded = Math.max(alignment, roundUp(bytes, alignment));
    let address = this.#free.take(rounded);
    if (address === undefined) {
      this.#grow(rounded);
      address = this.#free.take(rounded);
    }
    assert(address !== undefined, 'A grown memory holds what it grew for');
    this.#used += rounded;
    this.#peak = Math.max(this.#peak, this.#used);
    return new KernelSlot(this.wasm, address, bytes, (given) => {
      this.#used -= rounded;
      this.#free.give(given, rounded);
    });
  }

  /** Grows until the last gap holds `bytes` bytes. */
  #grow(bytes: number): void {
    const end = this.size;
    const needed = Math.ceil((bytes - this.#free.freeBelow(end)) / page);
    const room = this.#limitPages - this.#pages;
    if (needed > room) throw this.#exhausted(bytes);
    const pages = Math.min(room, Math.max(needed, smallestGrowth / page));
    let before: number;
    try {
      before = this.wasm.grow(pages);
    } catch (error) {
      throw this.#exhausted(bytes, error);
    }
    assert(before === this.#pages, 'Only this object grows the memory');
    this.#pages += pages;
    this.#free.give(end, pages * page);
  }

  #exhausted(bytes: number, cause?: unknown): DeltashelfError {
    return new DeltashelfError(
      'internal',
      `The working memory of the kernels is exhausted: ${formatBytes(this.#used)} of ` +
        `${formatBytes(this.#limitPages * page)} are in use and ${formatBytes(bytes)} more were asked for. ` +
        'No file was changed. Use fewer threads or smaller chunks, and report this if it happens again.',
      {},
      cause,
    );
  }
}

class KernelSlot implements Slot {
  readonly bytes: number;
  readonly #wasm: WebAssembly.Memory;
  readonly #address: number;
  #release: ((address: number) => void) | undefined;

  constructor(wasm: WebAssembly.Memory, address: number, bytes: number, release: (address: number) => void) {
    this.#wasm = wasm;
    this.#address = address;
    this.bytes = bytes;
    this.#release = release;
  }

  get address(): number {
    assert(this.#release !== undefined, 'A slot is not used after it was freed');
    return this.#address;
  }

  u8(offset = 0, length = this.#rest(offset, 1)): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#buffer(), this.#start(offset, length, 1), length);
  }

  u16(offset = 0, length = this.#rest(offset, 2)): Uint16Array<SharedArrayBuffer> {
    return new Uint16Array(this.#buffer(), this.#start(offset, length, 2), length);
  }

  i16(offset = 0, length = this.#rest(offset, 2)): Int16Array<SharedArrayBuffer> {
    return new Int16Array(this.#buffer(), this.#start(offset, length, 2), length);
  }

  u32(offset = 0, length = this.#rest(offset, 4)): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.#buffer(), this.#start(offset, length, 4), length);
  }

  f32(offset = 0, length = this.#rest(offset, 4)): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.#buffer(), this.#start(offset, length, 4), length);
  }

  f64(offset = 0, length = this.#rest(offset, 8)): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.#buffer(), this.#start(offset, length, 8), length);
  }

  free(): void {
    assert(this.#release !== undefined, 'A slot is freed once');
    const release = this.#release;
    this.#release = undefined;
    release(this.#address);
  }

  /** Whole elements from `offset` to the end of the slot. */
  #rest(offset: number, elementBytes: number): number {
    return Math.floor((this.bytes - offset) / elementBytes);
  }

  /** Checks a view of `length` elements from byte `offset` on and gives its first address. */
  #start(offset: number, length: number, elementBytes: number): number {
    const fits =
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length >= 0 &&
      offset % elementBytes === 0 &&
      offset + length * elementBytes <= this.bytes;
    assert(fits, `A view of ${length} x ${elementBytes} bytes at ${offset} in a slot of ${this.bytes} bytes`);
    return this.address + offset;
  }

  #buffer(): SharedArrayBuffer {
    const { buffer } = this.#wasm;
    assert(buffer instanceof SharedArrayBuffer, 'The memory of the kernels is shared');
    return buffer;
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
