import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** What runs the kernels: the compiled module, and a way to start a worker thread. */
export interface Runtime {
  readonly module: WebAssembly.Module;
  readonly startWorker: () => Worker;
}

/** Loads the kernels and the worker that the build puts beside this file. Tests pass a runtime of their own. */
export async function loadRuntime(): Promise<Runtime> {
  const bytes = await readFile(new URL('./kernels.wasm', import.meta.url));
  return {
    module: await WebAssembly.compile(bytes),
    // Options of this process, such as a debugger's port, are not the worker's.
    startWorker: () => new Worker(new URL('./pool-worker.js', import.meta.url), { execArgv: [] }),
  };
}
