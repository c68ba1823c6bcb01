// Runs kernels: on worker threads or on the calling one, over one memory that all of them share.
// Knows kernels by name and memory by address; what they mean is decided elsewhere, and no file is touched here.
// May import: shared, and Node's threads. worker.ts is an entry of its own and is imported by nobody.
export { availableThreads, createPool, type PoolOptions } from './create-pool.ts';
export { KernelMemory, type KernelMemoryOptions } from './memory.ts';
export type { KernelArgument, KernelCall, Pool, SharedMemory, Slot } from './pool.ts';
export { Gate, inWindow } from './window.ts';
