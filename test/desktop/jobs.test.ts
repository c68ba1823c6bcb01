// What a person sees of jobs outside the window.
import { expect, test } from 'vitest';
import { ActiveJobs } from '../../src/main/desktop/jobs/active-jobs.ts';
import { jobNote } from '../../src/main/desktop/jobs/job-note.ts';
import type { JobSummary } from '../../src/shared/index.ts';

const job = (some: Partial<JobSummary>): JobSummary => ({
  id: 1,
  kind: 'compress',
  title: 'Compress 12 models',
  state: 'running',
  phase: 'encode',
  share: 0,
  cause: null,
  doneBytes: 0,
  totalBytes: 100,
  bytesPerSecond: null,
  secondsLeft: null,
  secondsElapsed: 60,
  sentence: null,
  createdAt: '2026-11-30T00:00:00.000Z',
  endedAt: null,
  ...some,
});

function told(...jobs: Partial<JobSummary>[]): ActiveJobs {
  const active = new ActiveJobs();
  for (const some of jobs) active.tell(job(some));
  return active;
}

test('the taskbar shows the mean of what runs, and nothing when nothing does', () => {
  expect(told().progress).toEqual({ share: null });
  expect(told({ id: 1, share: 0.5 }, { id: 2, share: 0 }).progress).toEqual({ share: 0.25, mode: 'normal' });
  expect(told({ share: 0.5 }, { state: 'done', share: 1 }).progress).toEqual({ share: null });
  expect(told({ share: 0.5 }, { id: 2, state: 'waiting' }).progress).toEqual({ share: 0.5, mode: 'normal' });
});

test('what is paused shows when nothing runs', () => {
  expect(told({ state: 'paused', share: 0.3 }).progress).toEqual({ share: 0.3, mode: 'paused' });
  expect(told({ state: 'paused', share: 0.3 }, { id: 2, share: 0.6 }).progress).toEqual({
    share: 0.6,
    mode: 'normal',
  });
});

test('jobs that run or wait make the app busy; paused and ended ones do not', () => {
  expect(told({ id: 1 }, { id: 2, state: 'waiting' }, { id: 3, state: 'paused' }).busy).toBe(2);
  expect(told({ id: 1 }, { id: 1, state: 'cancelled' }).busy).toBe(0);
  const forgotten = told({ id: 1 });
  forgotten.forget();
  expect(forgotten.busy).toBe(0);
});

test('the end of a long job is worth a note', () => {
  expect(jobNote(job({ state: 'done', secondsElapsed: 660 }))).toEqual({
    title: 'Compress 12 models',
    body: 'Done in 11 min.',
  });
  expect(jobNote(job({ state: 'failed', sentence: 'The disk is full.' }))).toEqual({
    title: 'Not done: Compress 12 models',
    body: 'The disk is full.',
  });
});

test.each([
  ['short', { state: 'done', secondsElapsed: 9 }],
  ['still running', { state: 'running' }],
  ['paused', { state: 'paused' }],
  ['cancelled by the person', { state: 'cancelled' }],
] as const)('no note: %s', (_, some) => {
  expect(jobNote(job(some))).toBeNull();
});
