import type { KernelCall } from './pool.ts';

/** The first message to a worker. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** 0-based number of the worker. */
  readonly worker: number;
}

/** Every later message to a worker; it answers each with one `TaskAnswer`, in order. */
export interface TaskRequest {
  readonly id: number;
  readonly calls: readonly KernelCall[];
}

/** The results of a task's calls, or why it failed: a sentence for people, and what was thrown. */
export type TaskAnswer =
  | { readonly id: number; readonly results: number[] }
  | { readonly id: number; readonly sentence: string; readonly cause: unknown };
