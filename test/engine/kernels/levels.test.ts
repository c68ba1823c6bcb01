import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitsOf, gridNumbers, elementBytes } from './arbitraries.ts';
import { Twins } from './twins.ts';

const CELLS = 512;
const ALPHABET = 80;

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
/** Changes of weights: small, tiny, zero, and some that no level reaches. */
const changes = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -1, max: 1, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -40, max: 40 }).map((steps) => steps / 8) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 2 ** -149, 1999.9, 2000, -2000.1, 1e30) },
);

const matrices = fc.record({
  columns: fc.integer({ min: 1, max: 9 }),
  skipped: fc.nat(8),
  values: fc.array(changes, { minLength: 1, maxLength: 40 }),
  scales: fc.array(fc.integer({ min: -1000, max: 60 }), { minLength: 60, maxLength: 60 }),
  step: fc.integer({ min: -60, max: 20 }),
});

test('differences, and whether all are finite, equal the twin’s', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(bitsOf(2), finite), { maxLength: 30 }), (pairs) => {
      const twins = new Twins();
      const left = twins.put(Uint32Array.from(pairs, ([bits]) => bits));
      const right = twins.put(Float32Array.from(pairs, ([, value]) => value));
      const numbers = new DataView(Uint32Array.from(pairs, ([bits]) => bits).buffer);
      // The payload of a NaN is no matter of ours.
      fc.pre(pairs.every((_, index) => !Number.isNaN(numbers.getFloat32(index * 4, true))));
      const output = { address: twins.room(pairs.length * 4), bytes: pairs.length * 4 };
      twins.run('subtractFloats', [left, right, pairs.length, output.address], [output]);
    }),
  );
});

test.each(gridNumbers)('prediction and change add up on %s as the twin says', (_, grid) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(finite, finite), { maxLength: 30 }), (pairs) => {
      const twins = new Twins();
      const prediction = twins.put(Float32Array.from(pairs, ([value]) => value));
      const change = twins.put(Float32Array.from(pairs, ([, value]) => value));
      const bytes = pairs.length * elementBytes(grid);
      const output = { address: twins.room(bytes), bytes };
      twins.run('addChangeGrid', [grid, prediction, change, pairs.length, output.address], [output]);
    }),
  );
});

test('sums over an approximation equal the twin’s', () => {
  const small = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(small, small, small), { maxLength: 30 }), (rows) => {
      const twins = new Twins();
      const [change, decoded, prediction] = [0, 1, 2].map((column) =>
        twins.put(Float32Array.from(rows, (row) => row[column] ?? 0)),
      ) as [number, number, number];
      const output = { address: twins.room(32), bytes: 32 };
      twins.run('compareChange', [change, decoded, prediction, rows.length, output.address], [output]);
    }),
  );
});

test('levels equal the twin’s, and come back as the values they stand for', () => {
  fc.assert(
    fc.property(matrices, ({ columns, skipped, values, scales, step }) => {
      const twins = new Twins();
      const count = values.length;
      const first = skipped % columns;
      const prediction = twins.put(Float32Array.from(values, (value, index) => value * 2 ** (index % 30)));
      const rows = twins.put(Int16Array.from(scales));
      const columnScales = twins.put(Int16Array.from(scales.slice(0, columns)));
      const cells = { address: twins.room(count * 2), bytes: count * 2 };
      const place = [prediction, count, first, columns, rows, columnScales, step];
      twins.run('classifyLevels', [...place, cells.address], [cells]);

      const inverse = 8;
      const change = twins.put(Float32Array.from(values));
      const thresholds = twins.put(Float32Array.from({ length: 96 }, (_, index) => 0.5 + (index % 5) / 20));
      const symbols = { address: twins.room(count), bytes: count };
      const raw = twins.room(count * 4 + 16);
      const histogram = twins.put(new Uint32Array(CELLS * ALPHABET));
      const bits = twins.run(
        'quantiseLevels',
        [change, cells.address, count, inverse, thresholds, symbols.address, raw, histogram],
        (used) => [
          symbols,
          { address: raw, bytes: Math.ceil(used / 8) + 12, scratch: 12 },
          { address: histogram, bytes: CELLS * ALPHABET * 4 },
        ],
      );

      const table = twins.put(
        Float32Array.from({ length: 24 * 48 }, (_, index) => ((index % 48) - 24) / inverse),
      );
      const back = { address: twins.room(count * 4), bytes: count * 4 };
      const used = twins.run(
        'reconstructLevels',
        [cells.address, symbols.address, count, table, 1 / inverse, raw, bits, back.address],
        [back],
      );
      expect(used).toBe(bits);
      const decoded = new Float32Array(twins.bytes(back.address, back.bytes).buffer);
      for (const [index, value] of values.entries()) {
        const error = Math.abs((decoded[index] ?? NaN) - Math.fround(value));
        expect(error).toBeLessThanOrEqual(0.7 / inverse + 1e-6);
      }
    }),
  );
});

test('symbols that nobody wrote read no further than their raw bits', () => {
  const twins = new Twins();
  const symbols = Uint8Array.of(76, 61, 75, 255, 24, 77);
  const cells = twins.put(Uint16Array.from(symbols, () => 23 * 16));
  const table = twins.put(new Float32Array(24 * 48));
  const at = twins.put(symbols);
  const raw = twins.put(new Uint8Array(24));
  const back = { address: twins.room(24), bytes: 24 };
  const result = twins.run('reconstructLevels', [cells, at, 6, table, 1, raw, 8, back.address], [back]);
  expect(result).toBe(0xffff_ffff);
});
