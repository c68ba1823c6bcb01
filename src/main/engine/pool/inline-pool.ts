import { Kernels } from './kernels.ts';
import { cancelled } from './failures.ts';
import type { KernelMemory } from './memory.ts';
import type { KernelCall, Pool } from './pool.ts';

/** Milliseconds of work after which the event loop gets its turn. */
const sliceMilliseconds = 20;

interface Task {
  readonly calls: readonly KernelCall[];
  readonly resolve: (results: number[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs kernels on the calling thread. `run` works at once, before it returns; after each 20 ms of work timers,
 * signals and I/O get their turn, and what is asked for meanwhile waits.
 */
export class InlinePool implements Pool {
  readonly threads = 1;
  readonly memory: KernelMemory;
  readonly #kernels: Kernels;
  readonly #waiting: Task[] = [];
  #working = false;
  #closed = false;
  /** Milliseconds of work since the event loop last had its turn. */
  #worked = 0;

  constructor(module: WebAssembly.Module, memory: KernelMemory) {
    this.memory = memory;
    this.#kernels = new Kernels(module, memory.wasm, 0);
  }

  run(calls: readonly KernelCall[]): Promise<number[]> {
    if (this.#closed) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ calls, resolve, reject });
      if (!this.#working) void this.#work();
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#waiting.splice(0)) task.reject(cancelled());
    return Promise.resolve();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      try {
        const results: number[] = [];
        for (const call of task.calls) {
          if (this.#worked >= sliceMilliseconds) await this.#turn();
          results.push(this.#call(call));
        }
        task.resolve(results);
      } catch (error) {
        task.reject(error);
      }
    }
    this.#working = false;
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#worked = 0;
    if (this.#closed) throw cancelled();
  }

  #call(call: KernelCall): number {
    const start = performance.now();
    try {
      return this.#kernels.call(call);
    } finally {
      this.#worked += performance.now() - start;
    }
  }
}
