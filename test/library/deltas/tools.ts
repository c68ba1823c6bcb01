import { readFileSync } from 'node:fs';
import { createPool } from '../../../src/main/engine/pool/index.ts';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import type { Runtime } from '../../../src/main/service/index.ts';
import type { Tools } from '../../../src/main/library/deltas/tools.ts';
import { startWorker } from '../../engine/pool/support.ts';

/** The compiled kernels of the build, with workers on the TypeScript source. */
export const runtime: Runtime = {
  module: new WebAssembly.Module(readFileSync(new URL('../../../build/kernels.wasm', import.meta.url))),
  startWorker,
};

/** One pool for all tests of a file: a new memory for each of hundreds of runs would not be given back in time. */
const pool = createPool({ ...runtime, threads: 1 });

/** What the calls of the service work with; the kernels run on the calling thread. */
export function toolsWith(fs: FileSystem = nodeFileSystem): Tools {
  return { fs, pool, writer: 'test' };
}
