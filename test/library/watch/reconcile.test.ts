import { expect, test } from 'vitest';
import { reconcile } from '../../../src/main/library/watch/index.ts';
import { FakeTimer } from './fake-timer.ts';

test('it scans at the start and on the timer, never twice at a time, and ends with the scan that runs', async () => {
  const timer = new FakeTimer();
  const ends: (() => void)[] = [];
  const scan = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const stop = reconcile(timer, scan, 1000);
  expect(ends).toHaveLength(1);
  timer.advance(3000);
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await Promise.resolve();
  await Promise.resolve();
  timer.advance(1000);
  expect(ends).toHaveLength(2);
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await Promise.resolve();
  expect(stopped).toBe(false);
  ends[1]?.();
  await stopping;
  timer.advance(10_000);
  expect(ends).toHaveLength(2);
});
