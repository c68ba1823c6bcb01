import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdaptiveBitReader, AdaptiveBitWriter } from '../../../src/main/engine/codecs/adaptive-bits.ts';
import {
  FREQUENCY_CONTEXTS,
  precisionFor,
  readFrequencies,
  TOTAL,
  writeFrequencies,
} from '../../../src/main/engine/codecs/frequencies.ts';

const BASE = 3;

/** Counts of one table: many zeros, small numbers, and numbers of every size. */
const anyCount = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 0, max: 40 }).map((power) => Math.floor(1.9 ** power) + 1),
);

const anyTables = fc
  .record({
    alphabet: fc.constantFrom(1, 2, 80, 256),
    tables: fc.integer({ min: 1, max: 6 }),
    precision: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ alphabet, tables, precision }) =>
    fc.record({
      alphabet: fc.constant(alphabet),
      precision: fc.constant(precision),
      counts: fc.array(
        fc
          .tuple(fc.array(anyCount, { minLength: alphabet, maxLength: alphabet }), fc.nat(alphabet - 1))
          .map(([row, used]) => Float64Array.from(row, (count, at) => (at === used ? count + 1 : count))),
        { minLength: tables, maxLength: tables },
      ),
    }),
  );

function written(counts: readonly Float64Array[], precision: number): Uint8Array {
  const out = new AdaptiveBitWriter(BASE + FREQUENCY_CONTEXTS);
  writeFrequencies(out, BASE, counts, precision);
  return out.finish();
}

function read(
  bytes: Uint8Array,
  tables: number,
  alphabet: number,
  precision: number,
): Uint16Array[] | undefined {
  const source = new AdaptiveBitReader(BASE + FREQUENCY_CONTEXTS, bytes);
  return readFrequencies(source, BASE, tables, alphabet, precision);
}

const sumOf = (row: Iterable<number>): number => [...row].reduce((a, b) => a + b, 0);

/** Bits that counted symbols cost with these frequencies. */
function costOf(counts: Float64Array, frequencies: Uint16Array): number {
  let bits = 0;
  for (const [symbol, count] of counts.entries()) {
    if (count > 0) bits += count * Math.log2(TOTAL / (frequencies[symbol] ?? 0));
  }
  return bits;
}

test('frequencies come to 4096 a table; a symbol has one exactly when it was counted', () => {
  fc.assert(
    fc.property(anyTables, ({ alphabet, precision, counts }) => {
      const tables = read(written(counts, precision), counts.length, alphabet, precision);
      expect(tables).toHaveLength(counts.length);
      for (const [number, frequencies] of (tables ?? []).entries()) {
        expect(sumOf(frequencies)).toBe(TOTAL);
        expect([...frequencies].map((frequency) => frequency > 0)).toEqual(
          [...(counts[number] ?? [])].map((count) => count > 0),
        );
      }
    }),
  );
});

test('rounded frequencies cost little more than the counts themselves', () => {
  fc.assert(
    fc.property(anyTables, ({ alphabet, precision, counts }) => {
      const tables = read(written(counts, precision), counts.length, alphabet, precision) ?? [];
      for (const [number, frequencies] of tables.entries()) {
        const row = counts[number] ?? new Float64Array();
        const total = sumOf(row);
        const used = row.filter((count) => count > 0).length;
        const entropy = row.reduce(
          (bits, count) => (count > 0 ? bits + count * Math.log2(total / count) : bits),
          0,
        );
        // Half a step of the mantissa, and one slot of 4096 for each symbol too rare to have one.
        const most = 0.5 * 4 ** -precision + (2 * used) / TOTAL;
        expect(costOf(row, frequencies) - entropy).toBeLessThanOrEqual(total * most + 1e-6);
      }
    }),
  );
});

test('more precision makes the same frequencies or better ones', () => {
  const counts = [
    Float64Array.from({ length: 80 }, (_, symbol) => Math.round(3e6 * 0.9 ** Math.abs(symbol - 24))),
  ];
  const costs = [1, 2, 3, 4].map((precision) => {
    const [frequencies] = read(written(counts, precision), 1, 80, precision) ?? [];
    return costOf(counts[0] ?? new Float64Array(), frequencies ?? new Uint16Array());
  });
  expect(costs).toEqual(costs.toSorted((a, b) => b - a));
  expect([1, 600_000, 600_001, 3_000_000, 3_000_001].map(precisionFor)).toEqual([2, 2, 3, 3, 4]);
});

test('neighbouring tables that are alike cost less than their number', () => {
  const row = Float64Array.from(
    { length: 80 },
    (_, symbol) => 1 + Math.round(1e5 * 0.8 ** Math.abs(symbol - 30)),
  );
  const one = written([row], 3).length;
  expect(written(new Array<Float64Array>(8).fill(row), 3).length).toBeLessThan(6 * one);
});

test('any bytes are frequencies that hold together, or none', () => {
  const seen = { tables: 0, none: 0 };
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 80, 256),
      (bytes, precision, alphabet) => {
        const tables = read(bytes, 3, alphabet, precision);
        seen[tables ? 'tables' : 'none'] += 1;
        expect((tables ?? []).map(sumOf)).toEqual(tables ? [TOTAL, TOTAL, TOTAL] : []);
      },
    ),
  );
  expect(seen.none).toBeGreaterThan(0);
  expect(seen.tables).toBeGreaterThan(0);
});
