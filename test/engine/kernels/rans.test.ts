import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RansTables, shareSlots, slotWeights, type Frequencies } from './rans-tables.ts';
import { someBytes } from './arbitraries.ts';
import { runReference, Twins } from './twins.ts';

const alphabets = fc.constantFrom(2, 80, 256);

/** Some tables of an alphabet: of one symbol, of a few, of all. */
const tableSets = alphabets.chain((alphabet) => {
  const symbols = fc.oneof(
    fc.nat(alphabet - 1).map((symbol) => [symbol]),
    fc.uniqueArray(fc.nat(alphabet - 1), { minLength: 1, maxLength: 20 }),
    fc.constant(Array.from({ length: alphabet }, (_, symbol) => symbol)),
  );
  const table = fc.tuple(symbols, slotWeights).map(([used, weights]) => shareSlots(used, weights));
  return fc.record({
    alphabet: fc.constant(alphabet),
    tables: fc.array(table, { minLength: 1, maxLength: 5 }),
  });
});

interface Message {
  readonly cells: Uint16Array;
  readonly symbols: Uint8Array;
}

/** Cells (two for each table) and symbols that have slots in their tables. */
function messageOf(tables: readonly Frequencies[], numbers: readonly number[]): Message {
  const cells = Uint16Array.from(numbers, (number) => number % (tables.length * 2));
  const symbols = Uint8Array.from(numbers, (number, index) => {
    const used = [...(tables[(cells[index] ?? 0) >> 1]?.keys() ?? [])];
    return used[(number >> 8) % used.length] ?? 0;
  });
  return { cells, symbols };
}

function mapOf(tables: readonly Frequencies[], offset: (table: number) => number): Uint32Array {
  return Uint32Array.from({ length: tables.length * 2 }, (_, cell) => offset(cell >> 1));
}

const numbers = fc.array(fc.nat(), { maxLength: 75, size: 'max' });

describe.each([1, 8])('rANS with %i lanes', (lanes) => {
  test('encodeSymbols and decodeSymbols equal their twins and undo each other', () => {
    let words = 0;
    fc.assert(
      fc.property(tableSets, numbers, ({ alphabet, tables }, choices) => {
        const twins = new Twins();
        const set = new RansTables(tables, alphabet);
        const message = messageOf(tables, choices);
        const count = choices.length;
        const cells = twins.put(message.cells);
        const symbols = twins.put(message.symbols);
        const encodingMap = twins.put(mapOf(tables, (table) => set.encodingOffset(table)));
        const most = count * 2 + lanes * 4;
        const stream = twins.room(most);
        const end = stream + most;
        const start = twins.run(
          'encodeSymbols',
          [cells, encodingMap, symbols, count, twins.put(set.encoding), lanes, end],
          (address) => [{ address, bytes: end - address }],
        );
        expect(start).toBeGreaterThanOrEqual(stream);
        const input = twins.putAtEnd(twins.bytes(start, end - start), 32);
        const bytes = end - start;
        words += (bytes - lanes * 4) / 2;
        const decoded = twins.room(count);
        const map = twins.put(mapOf(tables, (table) => set.decodingOffset(table)));
        const entries = twins.put(set.decoding);
        const decode = (length: number): number =>
          twins.run(
            'decodeSymbols',
            [cells, map, decoded, count, entries, lanes, input, length],
            [{ address: decoded, bytes: count }],
          );
        expect(decode(bytes)).toBe(1);
        expect(twins.bytes(decoded, count)).toEqual(message.symbols);
        // A stream that ends earlier, or later, than what was written is damaged.
        expect(decode(bytes - 1)).toBe(0);
        expect(decode(bytes + 1)).toBe(0);
        expect(decode(lanes * 4 - 1)).toBe(0);
      }),
    );
    expect(words).toBeGreaterThan(100);
  });

  test('every frequency is divided by exactly', () => {
    const twins = new Twins();
    // In table t, symbol 0 has t + 1 slots, and symbol 1 the rest.
    const tables = Array.from({ length: 4095 }, (_, table) => shareSlots([0, 1], [table, 4094 - table]));
    expect(tables.map((table) => table.get(0))).toEqual(tables.map((_, table) => table + 1));
    const set = new RansTables(tables, 2);
    const count = tables.length * 8;
    const cells = Uint16Array.from({ length: count }, (_, index) => index % tables.length);
    const symbols = Uint8Array.from(
      { length: count },
      (_, index) => (Math.imul(index, 0x9e3779b1) >>> 16) & 1,
    );
    const map = Uint32Array.from(tables, (_, table) => set.encodingOffset(table));
    const most = count * 2 + lanes * 4;
    const end = twins.room(most) + most;
    const placed = [twins.put(cells), twins.put(map), twins.put(symbols), count, twins.put(set.encoding)];
    twins.run('encodeSymbols', [...placed, lanes, end], (address) => [{ address, bytes: end - address }]);
  });

  test('decodeSymbols of garbage equals its twin and stays within its regions', () => {
    fc.assert(
      fc.property(
        tableSets,
        numbers,
        fc.boolean(),
        someBytes(250),
        ({ alphabet, tables }, few, long, bytes) => {
          // Enough to run far beyond a short input, if nothing stopped it.
          const choices = few.flatMap((number) => [number, number >>> 3, number >>> 6, number >>> 9]);
          const twins = new Twins();
          const set = new RansTables(tables, alphabet);
          const count = choices.length;
          const cells = twins.put(messageOf(tables, choices).cells);
          const map = twins.put(mapOf(tables, (table) => set.decodingOffset(table)));
          const entries = twins.put(set.decoding);
          // Long enough for any symbols, or so short that they run out: then only the result is specified.
          const garbage = long
            ? new Uint8Array(lanes * 4 + count * 2).map((_, index) => bytes[index] ?? index)
            : bytes.subarray(0, (bytes[0] ?? 0) % 48);
          const input = twins.putAtEnd(garbage, 32);
          const symbols = { address: twins.room(count), bytes: count };
          const args = [cells, map, symbols.address, count, entries, lanes, input, garbage.length];
          if (long) {
            twins.run('decodeSymbols', args, [symbols]);
          } else {
            const result = twins.runCompiled('decodeSymbols', args, [symbols]);
            expect(runReference('decodeSymbols', args)).toBe(result);
          }
        },
      ),
    );
  });
});
