import type { KernelCall, Pool, SharedMemory } from '../../engine/pool/index.ts';

/** A pool whose threads start when they are first needed, and again after one died: most calls need none. */
export class LazyPool implements Pool {
  readonly threads: number;
  readonly #start: () => Pool;
  #pool: Pool | undefined;

  constructor(threads: number, start: () => Pool) {
    this.threads = threads;
    this.#start = start;
  }

  get memory(): SharedMemory {
    return this.#started().memory;
  }

  run(calls: readonly KernelCall[]): Promise<number[]> {
    return this.#started().run(calls);
  }

  /** Stops the threads; a later call starts new ones. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.close();
  }

  #started(): Pool {
    this.#pool ??= this.#start();
    return this.#pool;
  }
}
