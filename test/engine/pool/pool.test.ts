import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { InlinePool } from '../../../src/main/engine/pool/inline-pool.ts';
import {
  availableThreads,
  createPool,
  KernelMemory,
  type KernelCall,
  type Pool,
} from '../../../src/main/engine/pool/index.ts';
import { WorkerPool } from '../../../src/main/engine/pool/worker-pool.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { startWorker, testModule } from './support.ts';

const module = testModule();
const open: Pool[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

function makePool(threads: number, start = startWorker): Pool {
  const pool = createPool({ module, startWorker: start, threads });
  open.push(pool);
  return pool;
}

const call = (kernel: string, ...args: KernelCall['args']): KernelCall => ({ kernel, args });
const internal = expect.objectContaining({ code: 'internal' }) as unknown;
const isCancelled = expect.objectContaining({ code: 'cancelled' }) as unknown;

/** A word on which kernels can be made to sleep. */
function makeGate(pool: Pool): { address: number; open: () => void } {
  const slot = pool.memory.allocate(4);
  slot.u32().fill(0);
  return {
    address: slot.address,
    open: () => {
      const word = new Int32Array(slot.u32().buffer, slot.address, 1);
      Atomics.store(word, 0, 1);
      Atomics.notify(word, 0);
    },
  };
}

/** How far to spin for about so many milliseconds on this machine. */
async function spinsFor(milliseconds: number): Promise<number> {
  const pool = makePool(1);
  const sample = 10_000_000;
  // The fastest of several: the first runs code that is not yet optimized, any may wait for other work on the machine.
  let fastest = Infinity;
  for (let run = 0; run < 5; run += 1) {
    const start = performance.now();
    await pool.run([call('spin', sample)]);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return Math.ceil((sample * milliseconds) / fastest);
}

describe.each([1, 2])('pool of %i', (threads) => {
  test('gives each task its own results, whatever each takes', async () => {
    const pool = makePool(threads);
    const task = fc.record({ a: fc.nat(1e6), b: fc.nat(1e6), spin: fc.integer({ min: 1, max: 300_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 20 }), async (tasks) => {
        const settled: number[] = [];
        const results = await Promise.all(
          tasks.map(async ({ a, b, spin }, index) => {
            const result = await pool.run([call('spin', spin), call('add', a, b), call('add', a, index)]);
            settled.push(index);
            return result;
          }),
        );
        expect(results).toEqual(tasks.map(({ a, b }, index) => [0, a + b, a + index]));
        expect(settled.length).toBe(tasks.length);
      }),
      { numRuns: 20 },
    );
  });

  test('a task without calls has no results', async () => {
    expect(await makePool(threads).run([])).toEqual([]);
  });

  test('kernels work on slots, also after the memory grew and above 2 GiB', async () => {
    const pool = makePool(threads);
    const first = pool.memory.allocate(100);
    await pool.run([call('fill', first.address, 7, 100)]);
    const low = pool.memory.allocate(2 ** 31);
    const high = pool.memory.allocate(100);
    expect(high.address).toBeGreaterThan(2 ** 31);
    const results = await pool.run([call('fill', high.address, 9, 100), call('add', high.address, 0)]);
    expect(first.u8().every((byte) => byte === 7)).toBe(true);
    expect(high.u8().every((byte) => byte === 9)).toBe(true);
    expect((results[1] ?? 0) >>> 0).toBe(high.address);
    low.free();
  });

  test('arguments can differ per worker, and nothing of a sum is lost', async () => {
    const pool = makePool(threads);
    const sums = pool.memory.allocate(16 * threads);
    sums.u8().fill(0);
    const gate = makeGate(pool);
    const mine = { perWorker: sums.address, stride: 16 };
    if (threads > 1) {
      // Each worker is held once, so that each has to take its part.
      const held = Array.from({ length: threads }, () => pool.run([call('hold', gate.address)]));
      gate.open();
      await Promise.all(held);
    }
    await Promise.all(
      Array.from({ length: 200 }, (_, value) =>
        pool.run([call('accumulate', mine, value), call('spin', 1000)]),
      ),
    );
    const parts = Array.from({ length: threads }, (_, worker) => sums.u32(16 * worker, 1)[0] ?? 0);
    expect(parts.reduce((a, b) => a + b, 0)).toBe((200 * 199) / 2);
    for (const part of parts) expect(part).toBeGreaterThan(0);
  });

  test.each([
    ['trap', [], '"trap" failed: unreachable'],
    ['stop', [], '"stop" failed: it stopped itself at line 7, column 9'],
    ['fill', [2 ** 32 - 10, 0, 100], '"fill" failed: memory access out of bounds'],
    ['absent', [], '"absent" failed: there is no such kernel'],
    ['toString', [], '"toString" failed: there is no such kernel'],
    ['add', [1], '"add" failed: it takes 2 arguments and was given 1'],
    ['wide', [], '"wide" failed: its result is a bigint, not a number'],
  ])('the kernel %s fails alone', async (kernel, args, sentence) => {
    const pool = makePool(threads);
    const failing = pool.run([call('add', 1, 2), call(kernel, ...args), call('forever')]);
    const after = pool.run([call('add', 3, 4)]);
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeltashelfError);
    expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining(sentence) as string });
    expect(await after).toEqual([7]);
  });

  test('a closed pool takes nothing more, and can be closed again', async () => {
    const pool = makePool(threads);
    expect(await pool.run([call('add', 1, 2)])).toEqual([3]);
    await pool.close();
    await expect(pool.run([call('add', 1, 2)])).rejects.toEqual(isCancelled);
    await pool.close();
  });
});

describe('inline pool', () => {
  test('has done a short task before run returns', () => {
    const pool = makePool(1);
    const slot = pool.memory.allocate(8);
    void pool.run([call('fill', slot.address, 3, 8)]);
    expect([...slot.u8()]).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
  });

  test('lets the event loop turn in long work, within a task and across tasks', async () => {
    const spins = await spinsFor(2);
    for (const [tasks, callsEach] of [
      [1, 60],
      [60, 1],
    ] as const) {
      const pool = makePool(1);
      let turns = 0;
      const timer = setInterval(() => (turns += 1), 1);
      const calls = Array.from({ length: callsEach }, () => call('spin', spins));
      const start = performance.now();
      for (let task = 0; task < tasks; task += 1) await pool.run(calls);
      const milliseconds = performance.now() - start;
      clearInterval(timer);
      expect(turns).toBeGreaterThanOrEqual(2);
      // About every 20 ms, not after every call.
      expect(turns).toBeLessThanOrEqual(milliseconds / 20 + 1);
    }
  });

  test('starts tasks in order, also those asked for while it lets the event loop turn', async () => {
    const pool = makePool(1);
    const counter = pool.memory.allocate(4);
    counter.u32().fill(0);
    const spins = await spinsFor(5);
    const ticketTask = () => pool.run([call('count', counter.address), call('spin', spins)]);
    const late: Promise<number[]>[] = [];
    const timer = setInterval(() => late.push(ticketTask()), 1);
    const early = await Promise.all(Array.from({ length: 20 }, ticketTask));
    clearInterval(timer);
    const all = [...early, ...(await Promise.all(late))];
    expect(late.length).toBeGreaterThan(0);
    expect(all.map(([ticket]) => ticket)).toEqual(all.map((_, index) => index));
  });

  test('close cancels what waits, also the task it is in', async () => {
    const pool = makePool(1);
    const spins = await spinsFor(5);
    const calls = Array.from({ length: 100 }, () => call('spin', spins));
    const tasks = [pool.run(calls), pool.run(calls)];
    setImmediate(() => void pool.close());
    expect(await Promise.allSettled(tasks)).toEqual(
      tasks.map(() => ({ status: 'rejected', reason: isCancelled })),
    );
  });

  test('no worker is started for one thread', () => {
    const pool = makePool(1, () => {
      throw new Error('not for one thread');
    });
    expect(pool).toBeInstanceOf(InlinePool);
    expect(pool.threads).toBe(1);
  });
});

describe('worker pool', () => {
  test('one worker starts its tasks in order', async () => {
    const pool = new WorkerPool(module, new KernelMemory(), startWorker, 1);
    open.push(pool);
    const counter = pool.memory.allocate(4);
    counter.u32().fill(0);
    const settled: number[] = [];
    const tickets = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const [ticket] = await pool.run([
          call('count', counter.address),
          call('spin', 1 + ((index * 7919) % 50_000)),
        ]);
        settled.push(index);
        return ticket;
      }),
    );
    expect(tickets).toEqual(tickets.map((_, index) => index));
    expect(settled).toEqual(tickets);
  });

  test('a worker that is held keeps at most two tasks behind it; the other one does the rest', async () => {
    const pool = makePool(2);
    const gate = makeGate(pool);
    const done: number[] = [];
    const first = pool.run([call('hold', gate.address)]);
    const others = Array.from({ length: 20 }, async (_, index) => {
      await pool.run([call('add', 1, 1)]);
      done.push(index);
    });
    while (done.length < 18) await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    await first;
    await Promise.all(others);
    // Tasks 1 and 3 after the held one were behind it.
    expect(done.slice(0, 18)).toEqual([0, 2, ...Array.from({ length: 16 }, (_, index) => index + 4)]);
    expect(done.slice(18)).toEqual([1, 3]);
  });

  test('close cancels running and waiting tasks in order, also a kernel that never ends', async () => {
    const pool = makePool(2);
    const gate = makeGate(pool);
    const rejected: number[] = [];
    const tasks = Array.from({ length: 20 }, (_, index) =>
      pool.run([index === 0 ? call('forever') : call('hold', gate.address)]).catch((error: unknown) => {
        rejected.push(index);
        return error;
      }),
    );
    await pool.close();
    for (const reason of await Promise.all(tasks)) expect(reason).toEqual(isCancelled);
    expect(rejected).toEqual(tasks.map((_, index) => index));
  });

  test('the death of a worker fails everything, now and later', async () => {
    const threads: Worker[] = [];
    const pool = makePool(2, () => {
      const thread = startWorker();
      threads.push(thread);
      return thread;
    });
    const gate = makeGate(pool);
    const tasks = Array.from({ length: 10 }, () => pool.run([call('hold', gate.address)]));
    const settled = Promise.allSettled(tasks);
    await threads[1]?.terminate();
    for (const outcome of await settled) expect(outcome).toEqual({ status: 'rejected', reason: internal });
    await expect(pool.run([])).rejects.toThrow(
      /^A worker thread stopped unexpectedly: it ended with code \d/,
    );
    await pool.close();
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });

  test('an exception in a worker fails everything and is told', async () => {
    const pool = makePool(2, () => new Worker('throw new Error("out of luck")', { eval: true }));
    await expect(pool.run([])).rejects.toThrow('out of luck');
    await expect(pool.run([])).rejects.toEqual(internal);
  });

  test('a module that does not fit fails everything', async () => {
    const pool = createPool({ module: testModule('other'), startWorker, threads: 2 });
    await expect(pool.run([])).rejects.toThrow(
      'A worker thread stopped unexpectedly: WebAssembly.Instance()',
    );
    await pool.close();
  });

  test('a worker that cannot be started fails the pool and ends the others', async () => {
    const first = startWorker();
    const ended = once(first, 'exit');
    const threads = [first];
    const start = () => {
      const thread = threads.pop();
      if (thread === undefined) throw new Error('no more threads');
      return thread;
    };
    expect(() => makePool(2, start)).toThrow(internal);
    await ended;
  });

  test('a pending task keeps the process alive, an idle pool does not', async () => {
    const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      import { createPool } from ${source('../../../src/main/engine/pool/index.ts')};
      import { startWorker, testModule } from ${source('support.ts')};
      const pool = createPool({ module: testModule(), startWorker, threads: 2 });
      pool.run([{ kernel: 'spin', args: [20000000] }, { kernel: 'add', args: [20, 22] }])
        .then((results) => console.log(results[1]));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 2],
    });
    let output = '';
    child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, output]).toEqual([0, '42\n']);
  });
});

test('a pool has at least one thread', () => {
  expect(() => makePool(0)).toThrow('A pool of 0 threads');
  expect(() => makePool(1.5)).toThrow('A pool of 1.5 threads');
  expect(availableThreads()).toBeGreaterThanOrEqual(1);
});
