// The stream of events: what is told, how often, and that nothing stays behind.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LibraryEvent } from '../../src/shared/index.ts';
import { startHost, type StartedHost } from './started-host.ts';

/** A reader of the stream, with what it was told and when. */
async function listenTo({ origin, token }: StartedHost) {
  const end = new AbortController();
  const response = await fetch(`${origin}/api/events`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: end.signal,
  });
  const events: LibraryEvent[] = [];
  const times: number[] = [];
  let text = '';
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      times.push(performance.now());
      text += decoder.decode(part, { stream: true });
      for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
        const line = text.slice(0, at);
        text = text.slice(at + 2);
        if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)) as LibraryEvent);
      }
    }
  })();
  ended.catch(() => undefined);
  return { response, events, times, ended, end: () => end.abort() };
}

const changed: LibraryEvent = { event: 'changed' };

function progress(id: number, share: number, sentence: string | null = null): LibraryEvent {
  const job = {
    id,
    kind: 'compress',
    title: 'Compress',
    state: 'running',
    phase: 'encode',
    share,
    cause: null,
    doneBytes: 0,
    totalBytes: 1,
    secondsElapsed: 0,
    secondsLeft: null,
    sentence,
    createdAt: '2026-11-30T09:00:00.000Z',
    endedAt: null,
  };
  return { event: 'job', job } as LibraryEvent;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('an event reaches the page at once, and is not held for more', async () => {
  await using started = await startHost();
  const reader = await listenTo(started);
  expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(reader.response.headers.get('cache-control')).toBe('no-store');
  started.service.emit(changed);
  await until(() => reader.events.length > 0);
  expect(reader.events).toEqual([changed]);
  reader.end();
});

test('of a thousand told in a second, the page hears ten, and the last of each job', async () => {
  await using started = await startHost();
  const reader = await listenTo(started);
  const start = performance.now();
  for (let at = 1; at <= 100; at++) {
    for (let id = 1; id <= 10; id++) started.service.emit(progress(id, at / 100));
    await sleep(10);
  }
  const seconds = (performance.now() - start) / 1000;
  await until(
    () =>
      new Set(reader.events.slice(-10).map((event) => JSON.stringify(event))).size === 10 &&
      shareOf(reader.events.at(-1)) === 1,
  );
  // One for the beginning of the stream, one at once, and one at the end.
  expect(reader.times.length).toBeLessThanOrEqual(seconds * 10 + 3);
  expect(reader.events.slice(-10).map(shareOf)).toEqual(Array.from({ length: 10 }, () => 1));
  reader.end();
});

test('what happened before is told before, and no alarm is lost', async () => {
  await using started = await startHost();
  const reader = await listenTo(started);
  const alarm = (sentence: string): LibraryEvent => ({ event: 'alarm', sentence, models: [] });
  const told = [changed, alarm('one'), progress(1, 0.5), alarm('two'), progress(1, 1), changed];
  for (const event of told) started.service.emit(event);
  await until(() => reader.events.at(-1)?.event === 'changed' && reader.events.length > 1);
  expect(reader.events).toEqual([alarm('one'), alarm('two'), progress(1, 1), changed]);
  reader.end();
});

test('a page that does not read costs no memory', async () => {
  await using started = await startHost();
  const response = await fetch(`${started.origin}/api/events`, {
    headers: { Authorization: `Bearer ${started.token}` },
  });
  const before = process.memoryUsage.rss();
  const long = 'x'.repeat(100_000);
  for (let at = 0; at < 30; at++) {
    for (let id = 1; id <= 200; id++) started.service.emit(progress(id, 0, long));
    await sleep(110);
  }
  // 600 MB were told.
  expect(process.memoryUsage.rss() - before).toBeLessThan(250e6);
  await response.body?.cancel();
});

test('the end of the host ends the streams, and lets go of the service', async () => {
  const started = await startHost();
  const readers = [await listenTo(started), await listenTo(started)];
  expect(started.service.listeners).toBe(1);
  await started[Symbol.asyncDispose]();
  await Promise.allSettled(readers.map(({ ended }) => ended));
  expect(started.service.listeners).toBe(0);
});

test('a page that goes away is forgotten', async () => {
  await using started = await startHost();
  for (let at = 0; at < 40; at++) {
    const reader = await listenTo(started);
    reader.end();
    await Promise.allSettled([reader.ended]);
  }
  const last = await listenTo(started);
  expect(last.response.status).toBe(200);
  last.end();
});

test('closing waits for nobody: not for a call that never ends, not for a connection that says nothing', async () => {
  const started = await startHost();
  started.service.answer = () => new Promise(() => undefined);
  const call = started.call('list', {}).catch((error: unknown) => error);
  await sleep(50);
  await started[Symbol.asyncDispose]();
  expect(await call).toBeInstanceOf(Error);
});

function shareOf(event: LibraryEvent | undefined): number | undefined {
  return event?.event === 'job' ? event.job.share : undefined;
}
