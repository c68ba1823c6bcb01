import assert from 'node:assert/strict';
import type { Worker } from 'node:worker_threads';
import { DeltashelfError } from '../../../shared/index.ts';
import { cancelled, workerDied } from './failures.ts';
import type { KernelMemory } from './memory.ts';
import type { TaskAnswer, TaskRequest, WorkerStart } from './messages.ts';
import type { KernelCall, Pool } from './pool.ts';

/** Tasks a worker has been given at most: the one it runs and two behind it, so that it never waits for us. */
const tasksPerWorker = 3;

interface Task {
  readonly id: number;
  readonly calls: readonly KernelCall[];
  readonly resolve: (results: number[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread and the tasks it was given, oldest first. */
interface Lane {
  readonly thread: Worker;
  readonly tasks: Map<number, Task>;
}

/**
 * Runs kernels on worker threads. Tasks are handed out in the order in which they were asked for, each to the worker
 * that has fewest; the oldest unfinished task is always running. Idle workers do not keep the process alive,
 * a task that is not done does.
 */
export class WorkerPool implements Pool {
  readonly threads: number;
  readonly memory: KernelMemory;
  readonly #lanes: Lane[] = [];
  readonly #waiting: Task[] = [];
  #nextId = 0;
  /** Why the pool takes no more tasks. */
  #ended: DeltashelfError | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws DeltashelfError `internal` when a worker cannot be started. */
  constructor(module: WebAssembly.Module, memory: KernelMemory, startWorker: () => Worker, threads: number) {
    this.threads = threads;
    this.memory = memory;
    try {
      for (let worker = 0; worker < threads; worker += 1) {
        this.#open(startWorker(), { module, memory: memory.wasm, worker });
      }
    } catch (error) {
      const failure = workerDied('it could not be started', error);
      void this.#stop(failure);
      throw failure;
    }
  }

  run(calls: readonly KernelCall[]): Promise<number[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId, calls, resolve, reject });
      this.#nextId += 1;
      this.#handOut();
    });
  }

  close(): Promise<void> {
    return this.#stop(cancelled());
  }

  #open(thread: Worker, start: WorkerStart): void {
    const lane: Lane = { thread, tasks: new Map() };
    this.#lanes.push(lane);
    thread.on('message', (answer: TaskAnswer) => {
      this.#settle(lane, answer);
    });
    thread.on('messageerror', (error) => void this.#stop(workerDied(error.message, error)));
    thread.on('error', (error) => void this.#stop(workerDied(describe(error), error)));
    thread.on('exit', (code) => void this.#stop(workerDied(`it ended with code ${code}`)));
    thread.postMessage(start);
    thread.unref();
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const lane = this.#lanes.reduce((best, other) => (other.tasks.size < best.tasks.size ? other : best));
      if (lane.tasks.size >= tasksPerWorker) return;
      const task = this.#waiting.shift();
      assert(task !== undefined);
      if (lane.tasks.size === 0) lane.thread.ref();
      lane.tasks.set(task.id, task);
      lane.thread.postMessage({ id: task.id, calls: task.calls } satisfies TaskRequest);
    }
  }

  #settle(lane: Lane, answer: TaskAnswer): void {
    const task = lane.tasks.get(answer.id);
    // Answers that were on their way when the pool stopped are not waited for by anybody.
    if (task === undefined) return;
    lane.tasks.delete(answer.id);
    if (lane.tasks.size === 0) lane.thread.unref();
    if (this.#ended === undefined) this.#handOut();
    if ('results' in answer) task.resolve(answer.results);
    else task.reject(new DeltashelfError('internal', answer.sentence, {}, answer.cause));
  }

  /** Ends all workers, then rejects every task: nobody reuses a slot that a kernel still writes to. */
  #stop(reason: DeltashelfError): Promise<void> {
    this.#ended ??= reason;
    const ended = this.#ended;
    this.#stopped ??= Promise.all(this.#lanes.map(({ thread }) => thread.terminate())).then(() => {
      const tasks = [...this.#lanes.flatMap((lane) => [...lane.tasks.values()]), ...this.#waiting.splice(0)];
      for (const lane of this.#lanes) lane.tasks.clear();
      for (const task of tasks.sort((a, b) => a.id - b.id)) task.reject(ended);
    });
    return this.#stopped;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
