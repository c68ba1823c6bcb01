import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { InlinePool } from './inline-pool.ts';
import { KernelMemory } from './memory.ts';
import type { Pool } from './pool.ts';
import { WorkerPool } from './worker-pool.ts';

/** What a pool is made of. The engine knows no paths: who builds the product knows where module and worker are. */
export interface PoolOptions {
  /** The compiled kernels; they import `env.memory`, shared, with a maximum of 65536 pages. */
  readonly module: WebAssembly.Module;
  /** Starts a thread on `worker.ts`, without data. Not called for one thread. */
  readonly startWorker: () => Worker;
  /** Threads that run kernels: 1 is the calling thread alone, more are that many workers. */
  readonly threads: number;
  /** The memory to use; by default a new one. */
  readonly memory?: KernelMemory;
}

/**
 * A pool that is ready for tasks.
 * @throws DeltashelfError `internal` when memory or a worker cannot be had.
 */
export function createPool({ module, startWorker, threads, memory = new KernelMemory() }: PoolOptions): Pool {
  assert(Number.isSafeInteger(threads) && threads >= 1, `A pool of ${threads} threads`);
  if (threads === 1) return new InlinePool(module, memory);
  return new WorkerPool(module, memory, startWorker, threads);
}

/** Threads that this process may use at once. */
export function availableThreads(): number {
  return availableParallelism();
}
