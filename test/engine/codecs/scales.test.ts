import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readScales,
  scaleBits,
  scalesFrom,
  writeScales,
  type Scales,
  type StoredScales,
} from '../../../src/main/engine/codecs/index.ts';
import { DEAD } from '../../../src/main/engine/codecs/scales.ts';
import { numbers } from '../../bench/pairs.ts';

const LARGEST = 1200;

/** A scale as `scalesFrom` gives them: dead, near others, or anywhere in between. */
const anyScale = fc.oneof(
  { weight: 1, arbitrary: fc.constant(DEAD) },
  { weight: 5, arbitrary: fc.integer({ min: -60, max: -20 }) },
  { weight: 2, arbitrary: fc.integer({ min: DEAD + 1, max: LARGEST }) },
);

const anySet = (min: number): fc.Arbitrary<Int16Array> =>
  fc.oneof(
    fc.array(anyScale, { minLength: min, maxLength: 30 }).map((values) => Int16Array.from(values)),
    fc
      .tuple(fc.integer({ min, max: 30 }), fc.oneof(anyScale, fc.constant(0)))
      .map(([length, value]) => new Int16Array(length).fill(value)),
  );

const anyStored: fc.Arbitrary<StoredScales> = fc
  .record({
    rows: anySet(1),
    columns: anySet(1),
    factor: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined }),
  })
  .map(({ rows, columns, factor }) => ({ rows, columns, ...(factor !== undefined && { factor }) }));

const shapesOf = (list: readonly Scales[]): { rows: number; columns: number }[] =>
  list.map(({ rows, columns }) => ({ rows: rows.length, columns: columns.length }));

test('scales of several tensors come back, dead rows, extremes and factors too', () => {
  fc.assert(
    fc.property(fc.array(anyStored, { minLength: 1, maxLength: 5 }), (list) => {
      expect(readScales(writeScales(list), shapesOf(list))).toEqual(list);
    }),
  );
});

test.for([
  ['flat', [-40, -40, -40], [0, 0, 0]],
  ['flat and dead', [DEAD, DEAD], [0, 0, 0]],
  ['the largest and the smallest', [LARGEST, DEAD + 1, LARGEST], [DEAD + 1, LARGEST]],
  ['one dead row among live ones', [-40, DEAD, -39], [0, 1]],
  ['one row, one column', [7], [0]],
  ['dead columns', [7, 8], [DEAD, DEAD]],
  ['flat columns that are not zero', [7, 8], [3, 3]],
] as const)('%s scales come back', ([, rows, columns]) => {
  const scales = { rows: Int16Array.from(rows), columns: Int16Array.from(columns) };
  expect(readScales(writeScales([scales]), shapesOf([scales]))).toEqual([scales]);
});

test('any bytes are scales within bounds, for every shape asked for', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.record({ rows: fc.nat(40), columns: fc.nat(40) }), { maxLength: 4 }),
      (bytes, shapes) => {
        const list = readScales(bytes, shapes);
        expect(shapesOf(list)).toEqual(shapes);
        for (const { rows, columns } of list) {
          for (const scale of [...rows, ...columns]) expect(Math.abs(scale)).toBeLessThanOrEqual(LARGEST);
        }
        for (const { factor } of list as StoredScales[]) {
          expect(factor === undefined || (factor >= 0 && factor < 2 ** 32)).toBe(true);
        }
      },
    ),
  );
});

test('flat scales cost a few bytes, smooth ones a few bits each', () => {
  const flat = { rows: new Int16Array(5000).fill(-33), columns: new Int16Array(5000) };
  expect(writeScales([flat]).length).toBeLessThan(10);
  const next = numbers(2);
  const smooth = {
    rows: Int16Array.from({ length: 4000 }, () => -40 + Math.round((next() + next() + next()) * 3)),
    columns: Int16Array.from({ length: 4000 }, () => Math.round((next() + next() - 1) * 3)),
  };
  expect((writeScales([smooth]).length * 8) / 8000).toBeLessThan(3.3);
});

/** Energies of a matrix of residuals. */
function energiesOf(
  matrix: readonly (readonly number[])[],
  columns = true,
): Parameters<typeof scalesFrom>[0] {
  const width = matrix[0]?.length ?? 0;
  const sums = new Float64Array(columns ? width : 0);
  const rows = Float64Array.from(matrix, (row) => row.reduce((sum, value) => sum + value * value, 0));
  for (const row of matrix) {
    for (const [column, value] of row.entries())
      if (columns) sums[column] = (sums[column] ?? 0) + value * value;
  }
  return { rows, width, columns: sums };
}

test('planted scales of rows and columns are found, to a quarter of an octave', () => {
  const next = numbers(11);
  const rows = Array.from({ length: 200 }, () => -50 + Math.round(next() * 30));
  const columns = Array.from({ length: 200 }, () => -15 + Math.round(next() * 30));
  const matrix = rows.map((row) =>
    columns.map((column) => (next() < 0.5 ? -1 : 1) * 2 ** ((row + column) / 4)),
  );
  const found = scalesFrom(energiesOf(matrix));
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) {
      // Both are rounded, and the level of the columns is a third rounding.
      const scale = (found.rows[i] ?? 0) + (found.columns[j] ?? 0);
      expect(Math.abs(scale - row - column)).toBeLessThanOrEqual(2);
    }
  }
});

test('scales that do not differ are not stored one by one', () => {
  const next = numbers(12);
  const matrix = Array.from({ length: 40 }, () => Array.from({ length: 40 }, () => 1 + 0.01 * next()));
  expect(scalesFrom(energiesOf(matrix))).toEqual({ rows: new Int16Array(40), columns: new Int16Array(40) });
  const steep = matrix.map((row, i) => row.map((value) => value * 2 ** i));
  expect(scalesFrom(energiesOf(steep)).rows).toEqual(Int16Array.from({ length: 40 }, (_, i) => i * 4));
  const wide = matrix.map((row) => row.map((value, j) => value * 2 ** (j / 2)));
  const found = scalesFrom(energiesOf(wide));
  expect(new Set(found.rows).size).toBe(1);
  expect((found.columns[30] ?? 0) - (found.columns[10] ?? 0)).toBe(40);
  expect([...scalesFrom(energiesOf(wide, false)).columns]).toEqual(new Array(40).fill(0));
});

test.for([
  [
    'zero',
    [
      [0, 0],
      [0, 0],
    ],
    [DEAD, DEAD],
  ],
  ['one element', [[4]], [8]],
  ['one element of zero', [[0]], [DEAD]],
  [
    'infinite',
    [
      [Infinity, 1],
      [Infinity, 2],
    ],
    [DEAD, DEAD],
  ],
  ['not a number', [[NaN, NaN]], [DEAD]],
] as const)('energies that are %s have scales', ([, matrix, rows]) => {
  const found = scalesFrom(energiesOf(matrix));
  expect([...found.rows]).toEqual(rows);
  expect(found.columns).toHaveLength(matrix[0].length);
});

test('whatever the energies are, the scales are of their shape and within bounds', () => {
  const anyEnergy = fc.oneof(
    fc.constantFrom(0, Infinity, NaN, 5e-324, 1.7e308),
    fc.double({ min: 0, noNaN: true }),
    fc.integer({ min: -300, max: 300 }).map((power) => 10 ** power),
  );
  fc.assert(
    fc.property(
      fc.array(anyEnergy, { maxLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.array(anyEnergy, { minLength: 12, maxLength: 12 }),
      (rows, width, scaled, columns) => {
        const found = scalesFrom({
          rows: Float64Array.from(rows),
          width,
          columns: Float64Array.from(scaled ? columns.slice(0, width) : []),
        });
        expect(found.rows).toHaveLength(rows.length);
        expect(found.columns).toHaveLength(width);
        for (const scale of [...found.rows, ...found.columns]) {
          expect(Math.abs(scale)).toBeLessThanOrEqual(LARGEST);
        }
      },
    ),
  );
});

test('the bits of scales are those of all elements; what is dead is cheaper than the average of the live', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anySet(1), anySet(1)), { minLength: 1, maxLength: 3 }), (sets) => {
      const list = sets.map(([rows, columns]) => ({ rows, columns }));
      const live = list.map(({ rows, columns }) =>
        [...rows].flatMap((row) =>
          [...columns].flatMap((column) => (row > DEAD && column > DEAD ? [(row + column) / 4] : [])),
        ),
      );
      const means = live.flatMap((bits) => (bits.length > 0 ? [sum(bits) / bits.length] : []));
      const dead = means.length > 0 ? Math.min(...means) - 4 : 0;
      const expected = list.map(({ rows, columns }, index) => {
        const bits = live[index] ?? [];
        return sum(bits) + (rows.length * columns.length - bits.length) * dead;
      });
      for (const [index, bits] of scaleBits(list).entries())
        expect(bits).toBeCloseTo(expected[index] ?? NaN, 6);
    }),
  );
});

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

test('rows and columns in which nothing changed are told from the others', () => {
  const next = numbers(13);
  for (const level of [1e-9, 1e-3, 100]) {
    const deadRows = Array.from({ length: 60 }, () => next() < 0.6);
    const deadColumns = Array.from({ length: 60 }, () => next() < 0.3);
    const matrix = deadRows.map((row) =>
      deadColumns.map((column) => (row || column ? 0 : level * (1 + next()))),
    );
    const { rows, columns } = scalesFrom(energiesOf(matrix));
    expect([...rows].map((scale) => scale === DEAD)).toEqual(deadRows);
    expect([...columns].map((scale) => scale === DEAD)).toEqual(deadColumns);
  }
});
