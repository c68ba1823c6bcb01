/**
 * A number, or an address that differs per worker: worker `w` (0-based) passes `perWorker + w * stride`.
 * Lets workers accumulate (histograms) without meeting each other.
 */
export type KernelArgument = number | { readonly perWorker: number; readonly stride: number };

/** One call of one exported kernel. Addresses are byte offsets into the shared memory. */
export interface KernelCall {
  readonly kernel: string;
  readonly args: readonly KernelArgument[];
}

/**
 * Runs kernels over one shared memory. `threads` = 1 runs them on the calling thread, in turn with everything
 * else; more start that many workers. Reading, writing and file hashes stay with the caller.
 */
export interface Pool {
  readonly threads: number;
  readonly memory: SharedMemory;
  /**
   * Runs the calls one after another on one worker and gives their results in order; 0 for a kernel without one.
   * A 32-bit integer comes signed, as WebAssembly gives it: `result >>> 0` where it is a size or an address.
   * Tasks are handed to the threads in the order in which they were asked for; the oldest unfinished one always runs.
   * @throws DeltashelfError `internal` when a kernel trapped or is unknown; only this task fails.
   * @throws DeltashelfError `internal` when a worker died; every later call fails the same way.
   * @throws DeltashelfError `cancelled` when the pool was closed.
   */
  run(calls: readonly KernelCall[]): Promise<number[]>;
  /** Stops the workers; waiting tasks are rejected with `cancelled`. */
  close(): Promise<void>;
}

/** The memory that all kernels see, handed out in slots. */
export interface SharedMemory {
  /** A slot of `bytes` bytes, 16-byte aligned, content undefined. Grows the memory when needed. */
  allocate(bytes: number): Slot;
  /** Bytes handed out now. */
  readonly used: number;
}

/**
 * A region of the shared memory. Views are made anew on each call: never keep one across `allocate`.
 * As in the constructors of typed arrays `offset` is in bytes, a multiple of the element's size, and `length` is in
 * elements; by default a view starts at the start and takes every whole element up to the end.
 */
export interface Slot {
  readonly address: number;
  readonly bytes: number;
  u8(offset?: number, length?: number): Uint8Array<SharedArrayBuffer>;
  u16(offset?: number, length?: number): Uint16Array<SharedArrayBuffer>;
  i16(offset?: number, length?: number): Int16Array<SharedArrayBuffer>;
  u32(offset?: number, length?: number): Uint32Array<SharedArrayBuffer>;
  f32(offset?: number, length?: number): Float32Array<SharedArrayBuffer>;
  f64(offset?: number, length?: number): Float64Array<SharedArrayBuffer>;
  /** Gives the slot back; using it afterwards is a programming error. No kernel may be running on it. */
  free(): void;
}
