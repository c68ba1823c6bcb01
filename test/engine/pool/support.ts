import { Worker } from 'node:worker_threads';

const entry = new URL('../../../src/main/engine/pool/worker.ts', import.meta.url);

/** Starts a worker on the TypeScript source itself; Node strips the types. */
export function startWorker(): Worker {
  return new Worker(entry, { execArgv: [] });
}

const i32 = 0x7f;
const i64 = 0x7e;
const get = (local: number) => [0x20, local];
const end = 0x0b;

/** Kernels for tests, assembled by hand: [parameters, results, code]. */
const kernels: Record<string, readonly [number[], number[], number[]]> = {
  /** a + b */
  add: [[i32, i32], [i32], [...get(0), ...get(1), 0x6a]],
  /** Sets `length` bytes at `address` to `value`. */
  fill: [[i32, i32, i32], [], [...get(0), ...get(1), ...get(2), 0xfc, 0x0b, 0x00]],
  /** Adds `value` to the word at `address`, not atomically. */
  accumulate: [[i32, i32], [], [...get(0), ...get(0), 0x28, 0x02, 0x00, ...get(1), 0x6a, 0x36, 0x02, 0x00]],
  /** Adds 1 to the word at `address`, atomically; gives what it was. */
  count: [[i32], [i32], [...get(0), 0x41, 0x01, 0xfe, 0x1e, 0x02, 0x00]],
  /** Sleeps until somebody notifies the word at `address`, unless it is not 0. */
  hold: [[i32], [i32], [...get(0), 0x41, 0x00, 0x42, 0x7f, 0xfe, 0x01, 0x02, 0x00]],
  /** Counts down from `n` > 0: about a nanosecond each. */
  spin: [[i32], [], [0x03, 0x40, ...get(0), 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, end]],
  forever: [[], [], [0x03, 0x40, 0x0c, 0x00, end]],
  trap: [[], [], [0x00]],
  /** Calls `env.abort`, as a failed assertion does: line 7, column 9. */
  stop: [[], [], [0x41, 0x00, 0x41, 0x00, 0x41, 0x07, 0x41, 0x09, 0x10, 0x00]],
  wide: [[], [i64], [0x42, 0x01]],
};

/** The module with the kernels above; `memory` is the name under which it imports its memory from `env`. */
export function testModule(memory = 'memory'): WebAssembly.Module {
  const names = Object.keys(kernels);
  const bodies = Object.values(kernels);
  const type = (parameters: number[], results: number[]) => [0x60, ...list(parameters), ...list(results)];
  const sharedMemory = [0x02, 0x03, ...unsigned(1), ...unsigned(65_536)];
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      // Type 0 is that of `abort`; kernel k has type k + 1 and, after the imported function, index k + 1.
      ...section(1, [type([i32, i32, i32, i32], []), ...bodies.map(([p, r]) => type(p, r))]),
      ...section(2, [
        [...text('env'), ...text(memory), ...sharedMemory],
        [...text('env'), ...text('abort'), 0x00, 0x00],
      ]),
      ...section(
        3,
        names.map((_, index) => unsigned(index + 1)),
      ),
      ...section(
        7,
        names.map((name, index) => [...text(name), 0x00, ...unsigned(index + 1)]),
      ),
      ...section(
        10,
        bodies.map(([, , code]) => list([0x00, ...code, end])),
      ),
    ]),
  );
}

function section(id: number, items: readonly number[][]): number[] {
  return [id, ...list([...unsigned(items.length), ...items.flat()])];
}

/** Bytes after their number. */
function list(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return list([...Buffer.from(value)]);
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
