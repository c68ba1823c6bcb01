import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TOTAL } from '../../../src/main/engine/codecs/frequencies.ts';
import {
  ALPHABET,
  buildTables,
  CELLS,
  readTables,
  type TableSet,
} from '../../../src/main/engine/codecs/tables.ts';
import { numbers } from '../../bench/pairs.ts';

const UNUSED = 255;
const MOST_TABLES = 48;

/** Counts with cells that occur where asked, each bell-shaped around a place of its own, as wide as asked. */
function histogramOf(cells: readonly number[], seed: number, count: number, spread: number): Uint32Array {
  const next = numbers(seed);
  const histogram = new Uint32Array(CELLS * ALPHABET);
  for (const cell of cells) {
    const centre = Math.floor(next() * 77);
    const amount = 1 + Math.floor(next() * count);
    for (let step = 0; step < Math.min(amount, 400); step += 1) {
      const symbol = Math.round(centre + (next() + next() - 1) * spread * 76);
      const at = cell * ALPHABET + Math.max(0, Math.min(76, symbol));
      histogram[at] = (histogram[at] ?? 0) + Math.ceil(amount / 400);
    }
  }
  return histogram;
}

const countsOf = (histogram: Uint32Array, cell: number): Uint32Array =>
  histogram.subarray(cell * ALPHABET, (cell + 1) * ALPHABET);

/** Whether every counted symbol of every cell has a frequency, and nothing else does. */
function expectComplete(histogram: Uint32Array, { map, frequencies }: TableSet): void {
  expect(map).toHaveLength(CELLS);
  const needed = frequencies.map(() => new Uint8Array(ALPHABET));
  for (let cell = 0; cell < CELLS; cell += 1) {
    const counts = countsOf(histogram, cell);
    const table = map[cell] ?? 0;
    expect(table === UNUSED).toBe(counts.every((count) => count === 0));
    for (const [symbol, count] of counts.entries()) {
      const row = needed[table];
      if (row && count > 0) row[symbol] = 1;
    }
  }
  for (const [table, row] of frequencies.entries()) {
    expect(row.reduce((a, b) => a + b, 0)).toBe(TOTAL);
    expect(Uint8Array.from(row, (frequency) => +(frequency > 0))).toEqual(needed[table]);
  }
}

test('every counted symbol of every cell finds a place in one of a few tables', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: CELLS - 1 }), { minLength: 1, maxLength: 40 }),
      fc.integer(),
      fc.constantFrom(1, 20, 3000, 1_000_000),
      fc.constantFrom(0, 0.05, 0.5),
      (cells, seed, count, spread) => {
        const histogram = histogramOf(cells, seed, count, spread);
        const set = readTables(buildTables(histogram));
        if (!set) throw new Error('tables just built are read');
        expect(set.frequencies.length).toBeLessThanOrEqual(Math.min(MOST_TABLES, cells.length));
        expectComplete(histogram, set);
      },
    ),
  );
});

test('many cells that are all different come to 48 tables', () => {
  const cells = Array.from({ length: 102 }, (_, index) => index * 5);
  const histogram = histogramOf(cells, 9, 5e6, 0.02);
  const set = readTables(buildTables(histogram));
  if (!set) throw new Error('tables just built are read');
  expect(set.frequencies).toHaveLength(MOST_TABLES);
  expectComplete(histogram, set);
});

test('cells that are alike share a table; cells that are not have their own', () => {
  const histogram = new Uint32Array(CELLS * ALPHABET);
  const put = (cell: number, symbol: number): void => {
    for (const [step, count] of [900, 5000, 20_000, 5000, 900].entries()) {
      histogram[cell * ALPHABET + symbol + step] = count;
    }
  };
  // Across a class, and in classes far apart; the last one differs.
  for (const cell of [3, 4, 9, 160, 500]) put(cell, 20);
  put(161, 60);
  const { map, frequencies } = readTables(buildTables(histogram)) ?? { map: [], frequencies: [] };
  expect(frequencies).toHaveLength(2);
  expect([3, 4, 9, 160, 500].map((cell) => map[cell])).toEqual([0, 0, 0, 0, 0]);
  expect(map[161]).toBe(1);
});

test('nothing counted is nothing stored', () => {
  expect(buildTables(new Uint32Array(CELLS * ALPHABET))).toHaveLength(0);
  expect(readTables(new Uint8Array())).toEqual({ map: new Uint8Array(CELLS).fill(UNUSED), frequencies: [] });
});

test('the same counts give the same bytes', () => {
  const histogram = histogramOf([1, 2, 3, 50, 51, 300], 4, 5000, 0.3);
  expect(buildTables(histogram)).toEqual(buildTables(histogram.slice()));
});

/** A set that a decoder can use without looking at it again: every cell has a table that is there, or none. */
function expectSound({ map, frequencies }: TableSet): void {
  expect(frequencies.length).toBeLessThanOrEqual(MOST_TABLES);
  for (const table of map) expect(table === UNUSED || table < frequencies.length).toBe(true);
  for (const row of frequencies) expect(row.reduce((a, b) => a + b, 0)).toBe(TOTAL);
}

test('any bytes are a set that holds together, or none', () => {
  const seen = { sets: 0, none: 0 };
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 50 }),
      fc.uint8Array({ maxLength: 200 }),
      (precision, tables, rest) => {
        const set = readTables(Uint8Array.of(precision, tables, ...rest));
        seen[set ? 'sets' : 'none'] += 1;
        if (set) expectSound(set);
      },
    ),
  );
  expect(seen.none).toBeGreaterThan(10);
});

test('a set with one byte changed or its end missing holds together, or is none', () => {
  const bytes = buildTables(histogramOf([1, 2, 3, 50, 51, 300, 301, 477], 4, 50_000, 0.2));
  const seen = { sets: 0, none: 0 };
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    for (const damaged of [changed, bytes.subarray(0, at)]) {
      const set = readTables(damaged);
      seen[set ? 'sets' : 'none'] += 1;
      if (set) expectSound(set);
    }
  }
  expect(seen.sets).toBeGreaterThan(10);
  expect(seen.none).toBeGreaterThan(10);
});

test('a set that claims fewer tables than its cells name is none', () => {
  const bytes = buildTables(histogramOf([1, 100, 200, 300, 400], 4, 5_000_000, 0.02));
  const tables = bytes[1] ?? 0;
  expect(tables).toBe(5);
  for (let fewer = 0; fewer < tables; fewer += 1) {
    bytes[1] = fewer;
    expect(readTables(bytes)).toBeUndefined();
  }
});
