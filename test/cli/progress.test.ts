// What a person sees while a job runs.
import { expect, test } from 'vitest';
import { clock, estimate } from '../../src/main/cli/estimate.ts';
import { progressLine } from '../../src/main/cli/progress-bar.ts';

test('an estimate appears after five seconds and two per cent, rounded', () => {
  expect(estimate(0.5, 4)).toBeUndefined();
  expect(estimate(0.01, 60)).toBeUndefined();
  expect(estimate(1, 60)).toBeUndefined();
  expect(estimate(0.5, 6)).toBe('a few seconds');
  expect(estimate(0.25, 11)).toBe('about 35 s');
  expect(estimate(0.1, 26)).toBe('about 4 min');
  expect(estimate(0.02, 57)).toBe('about 47 min');
  expect(estimate(0.02, 200)).toBe('about 2.7 h');
});

test('the clock', () => {
  expect(clock(7.9)).toBe('0:07');
  expect(clock(754)).toBe('12:34');
  expect(clock(3723)).toBe('1:02:03');
});

test('a line names the phase, the share, the speed and the time, and fits its screen', () => {
  const progress = { phase: 'encode', doneBytes: 430e6, totalBytes: 1000e6 } as const;
  const line = progressLine(progress, 10, 90);
  expect(line).toMatch(/^Encoding +\S+ +43 % {2}43\.0 MB\/s {2}0:10 {2}about 15 s left$/u);
  for (const columns of [10, 20, 40, 60, 200]) {
    expect(progressLine(progress, 10, columns).length).toBeLessThan(columns);
  }
});

test('all is only done when it is published', () => {
  const done = { doneBytes: 5, totalBytes: 5 };
  expect(progressLine({ phase: 'encode', ...done }, 1, 80)).toContain(' 99 %');
  expect(progressLine({ phase: 'publish', ...done }, 1, 80)).toContain('100 %');
});
