/**
 * Entry of a worker thread: takes the module and the memory, then runs one task per message. It is started by
 * whoever knows where this file is; the pool only gets a function that starts it.
 */
import assert from 'node:assert/strict';
import { parentPort } from 'node:worker_threads';
import { Kernels } from './kernels.ts';
import type { TaskAnswer, TaskRequest, WorkerStart } from './messages.ts';

const port = parentPort;
assert(port !== null, 'This file is the entry of a worker thread');

port.once('message', ({ module, memory, worker }: WorkerStart) => {
  const kernels = new Kernels(module, memory, worker);
  port.on('message', (request: TaskRequest) => {
    port.postMessage(answer(kernels, request));
  });
});

function answer(kernels: Kernels, { id, calls }: TaskRequest): TaskAnswer {
  try {
    return { id, results: calls.map((call) => kernels.call(call)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { id, sentence: error.message, cause: error.cause };
  }
}
