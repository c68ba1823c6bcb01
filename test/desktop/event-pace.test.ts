// However fast the service works, windows are told at a pace they can draw at, and nothing that counts is lost.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventPace } from '../../src/main/desktop/service/event-pace.ts';
import type { JobSummary, LibraryEvent } from '../../src/shared/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const job = (id: number, share: number): LibraryEvent => ({ event: 'job', job: { id, share } as JobSummary });

test('progress is told ten times a second, the last of each job and what came first, first', () => {
  const told: LibraryEvent[] = [];
  const pace = new EventPace((event) => told.push(event));
  for (let at = 0; at <= 1000; at += 1) {
    pace.tell(job(1, at / 1000));
    pace.tell(job(2, at / 1000));
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(100);
  expect(told.length).toBeGreaterThanOrEqual(20);
  expect(told.length).toBeLessThanOrEqual(24);
  expect(told.slice(-2)).toEqual([job(1, 1), job(2, 1)]);
});

test('the first event waits for nothing, and each alarm is told', () => {
  const told: LibraryEvent[] = [];
  const pace = new EventPace((event) => told.push(event));
  const alarm = (sentence: string): LibraryEvent => ({ event: 'alarm', sentence, models: [] });
  pace.tell({ event: 'changed' });
  vi.advanceTimersByTime(0);
  expect(told).toEqual([{ event: 'changed' }]);
  for (const event of [alarm('a'), { event: 'changed' } as const, alarm('b'), { event: 'changed' } as const])
    pace.tell(event);
  vi.advanceTimersByTime(100);
  expect(told.slice(1)).toEqual([alarm('a'), alarm('b'), { event: 'changed' }]);
});
