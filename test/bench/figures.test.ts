import { expect, test } from 'vitest';
import {
  bestOf,
  formatJsonRows,
  formatPeerRows,
  formatTable,
  geometricMean,
  megabytesPerSecond,
  storedRatio,
} from '../../src/main/bench/index.ts';

test('means, ratios and speeds', () => {
  expect(geometricMean([0.25, 1])).toBeCloseTo(0.5, 12);
  expect(geometricMean([])).toBeNaN();
  expect(storedRatio(1, 4)).toBe(0.25);
  expect(storedRatio(0, 0)).toBe(1);
  expect(megabytesPerSecond(5_000_000, 20)).toBe(250);
});

test('the best of several runs, and what the last one gave', () => {
  let runs = 0;
  const { milliseconds, result } = bestOf(4, () => {
    runs += 1;
    return runs;
  });
  expect(result).toBe(4);
  expect(milliseconds).toBeGreaterThanOrEqual(0);
  expect(bestOf(0, () => 'once').result).toBe('once');
});

test('a table has aligned columns and no space at the end of a line', () => {
  const table = formatTable(
    [{ title: 'name' }, { title: 'bytes', align: 'right' }],
    [['a', '1'], ['longer', '123456'], ['lonely']],
  );
  expect(table).toBe('name     bytes\n------  ------\na            1\nlonger  123456\nlonely\n');
});

test('JSON rows stand one a line', () => {
  const rows = [{ name: 'a', ratio: 0.5 }, { name: 'b' }];
  expect(JSON.parse(formatJsonRows(rows))).toEqual(rows);
  expect(formatJsonRows(rows).split('\n')).toHaveLength(5);
  expect(JSON.parse(formatJsonRows([]))).toEqual([]);
});

test('rows of peers for people say what is not exact and what cannot run', () => {
  const figures = { storedBytes: 1234, ratio: 0.5, encodeMBps: 250.4, decodeMBps: 3.25 };
  const table = formatPeerRows([
    { name: 'good', ...figures, roundTrip: true },
    { name: 'bad', ...figures, roundTrip: false },
    { name: 'absent', unavailable: 'not available in this Node' },
  ]);
  const [, , good, bad, absent] = table.split('\n');
  expect(good?.split(/ {2,}/)).toEqual(['good', '1234', '0.5000', '250', '3.3', 'yes']);
  expect(bad).toMatch(/NO$/);
  expect(absent).toMatch(/^absent +not available in this Node$/);
});
