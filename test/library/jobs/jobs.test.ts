import { expect, test } from 'vitest';
import { DeltashelfError } from '../../../src/shared/index.ts';
import type { JobStore } from '../../../src/main/library/jobs/job-store.ts';
import { temporaryCatalogue } from '../catalogue/temporary-catalogue.ts';
import { settle, TestQueue } from './queue.ts';

const full = new DeltashelfError('disk-full', 'The disk is full.');

test('jobs run one after the other, in their order, and give their results back', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  const first = queue.enqueue('first', { models: ['#1'] });
  const second = queue.enqueue('second');
  await settle();
  expect(queue.runs).toEqual([]);

  queue.jobs.start();
  await settle();
  expect(queue.runs.map(({ job }) => job.title)).toEqual(['first']);
  expect(queue.last.job.parameters).toEqual({ models: ['#1'] });
  const result = queue.jobs.result(first);
  queue.last.succeed({ stored: 12 });
  expect(await result).toEqual({ stored: 12 });
  await settle();
  expect([queue.state(first), queue.state(second)]).toEqual(['done', 'running']);
  expect(queue.jobs.get(first)).toMatchObject({ share: 1, result: { stored: 12 }, secondsLeft: null });
  expect(await queue.jobs.result(first)).toEqual({ stored: 12 });
  expect(queue.jobs.list().map(({ title }) => title)).toEqual(['second', 'first']);
});

test('as many run as the setting says', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  queue.concurrency = 2;
  const ids = [queue.enqueue(), queue.enqueue(), queue.enqueue()];
  await settle();
  expect(ids.map((id) => queue.state(id))).toEqual(['running', 'running', 'waiting']);
  queue.runs[0]?.succeed();
  await settle();
  expect(ids.map((id) => queue.state(id))).toEqual(['done', 'running', 'running']);
});

test('one job at a time writes to the vault', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  queue.concurrency = 3;
  for (let job = 0; job < 3; job++) queue.enqueue();
  await settle();
  const log: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const writes = queue.runs.map(({ control }, job) =>
    control
      .write(async () => {
        log.push(`begin ${job}`);
        if (job === 0) await gate.promise;
        log.push(`end ${job}`);
      })
      .catch(() => log.push(`left ${job}`)),
  );
  await settle();
  expect(log).toEqual(['begin 0']);
  // The second one is cancelled while it waits for its turn: it gives it up at once.
  void queue.jobs.cancel(queue.runs[1]?.job.id ?? 0);
  await settle();
  expect(log).toEqual(['begin 0', 'left 1']);
  gate.resolve(undefined);
  await Promise.all(writes);
  expect(log).toEqual(['begin 0', 'left 1', 'end 0', 'begin 2', 'end 2']);
});

test('a cancel is told at once and ends when the runner has cleaned up', async () => {
  await using made = await temporaryCatalogue();
  const cleaned = Promise.withResolvers<undefined>();
  const queue = new TestQueue(made.catalogue.jobs, async (_job, { signal }) => {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    await promise.finally(() => cleaned.promise);
  });
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  const end = queue.jobs.cancel(id);
  expect(queue.events.at(-1)).toMatchObject({ id, state: 'running', request: 'cancel' });
  await settle();
  expect(queue.state(id)).toBe('running');
  cleaned.resolve(undefined);
  expect(await end).toMatchObject({
    state: 'cancelled',
    request: null,
    sentence: expect.stringContaining('Cancelled') as string,
  });
  await expect(queue.jobs.result(id)).rejects.toMatchObject({ code: 'cancelled' });
});

test('a job that was done before it heard of the cancel is done', async () => {
  await using made = await temporaryCatalogue();
  const gate = Promise.withResolvers<string>();
  const queue = new TestQueue(made.catalogue.jobs, () => gate.promise);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  const end = queue.jobs.cancel(id);
  gate.resolve('published');
  expect(await end).toMatchObject({ state: 'done', result: 'published' });
});

test('what waits or pauses is cancelled without having run', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  const waiting = queue.enqueue();
  const paused = queue.enqueue();
  await queue.jobs.pause(paused);
  expect((await queue.jobs.cancel(waiting)).state).toBe('cancelled');
  expect((await queue.jobs.cancel(paused)).state).toBe('cancelled');
  queue.jobs.start();
  await settle();
  expect(queue.runs).toEqual([]);
});

test('a pause keeps what was finished, lets the next job run, and survives a restart', async () => {
  await using made = await temporaryCatalogue();
  const { jobs: store } = made.catalogue;
  const queue = new TestQueue(store);
  queue.jobs.start();
  const id = queue.enqueue();
  const next = queue.enqueue();
  await settle();
  queue.last.control.checkpoint({ finished: ['a'] });
  expect(await queue.jobs.pause(id)).toMatchObject({ state: 'paused', cause: 'person' });
  await settle();
  expect(queue.state(next)).toBe('running');
  expect(() => queue.runs[0]?.control.checkpoint({ finished: ['a', 'b'] })).toThrow('Stopped');

  await queue.jobs.close();
  const later = new TestQueue(store);
  later.concurrency = 2;
  later.jobs.start();
  await settle();
  expect([later.state(id), later.state(next)]).toEqual(['paused', 'running']);
  later.jobs.resume(id);
  await settle();
  expect(later.last.control.resumeFrom).toEqual({ finished: ['a', 'b'] });
});

test('what ran when the process died runs again from its checkpoint', async () => {
  await using made = await temporaryCatalogue();
  const { jobs: store } = made.catalogue;
  const queue = new TestQueue(store);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.last.control.checkpoint(['a']);
  // The process dies here: nothing is closed.
  const later = new TestQueue(store);
  expect(later.state(id)).toBe('waiting');
  later.jobs.start();
  await settle();
  expect(later.last.control.resumeFrom).toEqual(['a']);
});

test('a request that the process died over is granted at the next start', async () => {
  await using made = await temporaryCatalogue();
  const { jobs: store } = made.catalogue;
  const queue = new TestQueue(store, () => new Promise(() => undefined));
  queue.jobs.start();
  queue.concurrency = 2;
  const [cancelled, paused] = [queue.enqueue(), queue.enqueue()];
  await settle();
  void queue.jobs.cancel(cancelled);
  void queue.jobs.pause(paused);
  const later = new TestQueue(store);
  expect([later.state(cancelled), later.state(paused)]).toEqual(['cancelled', 'paused']);
});

test('a job that takes the process down again and again is not started a fourth time', async () => {
  await using made = await temporaryCatalogue();
  const { jobs: store } = made.catalogue;
  const id = new TestQueue(store).enqueue();
  for (let crash = 0; crash < 3; crash++) {
    const queue = new TestQueue(store);
    queue.jobs.start();
    await settle();
    expect(queue.runs.length).toBe(1);
  }
  const last = new TestQueue(store);
  expect(last.jobs.get(id)).toMatchObject({
    state: 'failed',
    sentence: expect.stringContaining('3 times') as string,
  });
  last.jobs.start();
  last.jobs.retry(id);
  await settle();
  expect(last.state(id)).toBe('running');
});

test('restarts in good order are no crashes', async () => {
  await using made = await temporaryCatalogue();
  const { jobs: store } = made.catalogue;
  const id = new TestQueue(store).enqueue();
  for (let restart = 0; restart < 5; restart++) {
    const queue = new TestQueue(store);
    queue.jobs.start();
    await settle();
    expect(queue.state(id)).toBe('running');
    await queue.jobs.close();
  }
});

test('a failure is kept with its sentence, stops no other job, and can be tried again', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const [failing, next] = [queue.enqueue(), queue.enqueue()];
  await settle();
  const error = new DeltashelfError('parent-mismatch', 'The base has changed.', { file: 'base' });
  const result = queue.jobs.result(failing).catch((failure: unknown) => failure);
  queue.last.fail(error);
  expect(await result).toBe(error);
  await settle();
  expect(queue.jobs.get(failing)).toMatchObject({
    state: 'failed',
    code: 'parent-mismatch',
    sentence: 'The base has changed.',
  });
  await expect(queue.jobs.result(failing)).rejects.toMatchObject({ code: 'parent-mismatch' });
  expect(queue.state(next)).toBe('running');
  queue.last.succeed();
  await settle();
  queue.jobs.retry(failing);
  await settle();
  expect(queue.jobs.get(failing)).toMatchObject({ state: 'running', sentence: null, code: null });
});

test('a full disk pauses a job, which goes on when there is room', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.last.fail(full);
  await settle();
  expect(queue.jobs.get(id)).toMatchObject({
    state: 'paused',
    cause: 'disk-full',
    sentence: 'The disk is full.',
  });

  // Looks again after pauses that double, up to five minutes.
  const pauses: number[] = [];
  for (let look = 0; look < 8; look++) {
    const [pause = 0] = queue.clock.pending;
    pauses.push(pause / 1000);
    queue.clock.advance(pause);
    await settle();
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  expect(queue.runs.length).toBe(1);

  queue.room = true;
  queue.clock.advance(300_000);
  await settle();
  expect(queue.jobs.get(id)).toMatchObject({ state: 'running', cause: null, sentence: null });
  expect(queue.clock.pending).toEqual([]);
});

test('a volume that was pulled out pauses a job; plugged in, it goes on at once', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.away = true;
  queue.last.fail(new DeltashelfError('not-readable', 'The disk failed.'));
  await settle();
  expect(queue.jobs.get(id)).toMatchObject({ state: 'paused', cause: 'offline' });
  queue.away = false;
  await queue.jobs.recheck();
  await settle();
  expect(queue.state(id)).toBe('running');
});

test('the same failure with all volumes there is a failure', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.last.fail(new DeltashelfError('not-readable', 'The disk failed.'));
  await settle();
  expect(queue.state(id)).toBe('failed');
});

test('a person can cancel while it is being found out why a job failed', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.last.fail(full);
  expect((await queue.jobs.cancel(id)).state).toBe('cancelled');
});

test('sleep pauses what runs and holds the rest; waking lets both go on', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const [first, second] = [queue.enqueue(), queue.enqueue()];
  await settle();
  await queue.jobs.sleep();
  await settle();
  expect(queue.jobs.get(first)).toMatchObject({ state: 'paused', cause: 'sleep' });
  expect(queue.state(second)).toBe('waiting');
  queue.jobs.wake();
  await settle();
  expect([queue.state(first), queue.state(second)]).toEqual(['running', 'waiting']);
});

test('a catalogue whose disk is full does not lose track of jobs', async () => {
  await using made = await temporaryCatalogue();
  const { jobs: store } = made.catalogue;
  let broken = false;
  const faulty: JobStore = {
    get: (id) => store.get(id),
    open: () => store.open(),
    list: (limit) => store.list(limit),
    add: (job) => store.add(job),
    save: (job) => {
      if (broken) throw full;
      store.save(job);
    },
  };
  const queue = new TestQueue(faulty);
  queue.jobs.start();
  const [first, second] = [queue.enqueue('first'), queue.enqueue('second')];
  await settle();
  broken = true;
  queue.last.succeed('fine');
  await settle();
  expect([queue.state(first), queue.state(second)]).toEqual(['done', 'running']);
  expect(store.get(first)?.state).toBe('running');
  broken = false;
  queue.last.succeed();
  await settle();
  expect([store.get(first)?.state, store.get(second)?.state]).toEqual(['done', 'done']);
});

test.each([
  ['a job that is not there', (queue: TestQueue) => queue.jobs.resume(99)],
  ['resume of a job that waits', (queue: TestQueue) => queue.jobs.resume(queue.enqueue())],
  ['retry of a job that waits', (queue: TestQueue) => queue.jobs.retry(queue.enqueue())],
])('%s is refused in words', async (_name, action) => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  expect(() => action(queue)).toThrow(DeltashelfError);
});

test('a pause of a job that has ended is refused; a cancel changes nothing', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.last.succeed();
  await settle();
  await expect(queue.jobs.pause(id)).rejects.toMatchObject({ code: 'usage' });
  expect((await queue.jobs.cancel(id)).state).toBe('done');
});

test('at most ten updates a second are told, and progress is kept now and then', async () => {
  await using made = await temporaryCatalogue();
  const queue = new TestQueue(made.catalogue.jobs);
  queue.jobs.start();
  const id = queue.enqueue();
  await settle();
  queue.events.length = 0;
  for (let ms = 0; ms < 3000; ms++) {
    queue.clock.advance(1);
    queue.last.control.onProgress({ phase: 'encode', doneBytes: ms, totalBytes: 10_000 });
  }
  expect(queue.events.length).toBe(30);
  expect(made.catalogue.jobs.get(id)).toMatchObject({ phase: 'encode', totalBytes: 10_000 });
  expect(made.catalogue.jobs.get(id)?.doneBytes).toBeGreaterThan(1900);
  expect(queue.jobs.get(id).secondsElapsed).toBe(3);
});
