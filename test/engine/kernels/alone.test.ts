import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  elementBytes,
  elementsOf,
  gridNumbers,
  patterns,
  placeRun,
  runs,
  someBytes,
  somePairs,
} from './arbitraries.ts';
import { codedOutputs, histogramBytes, ranOut, rawSlack } from './coded.ts';
import { Twins } from './twins.ts';

describe.each(gridNumbers)('values without a prediction on %s', (_, grid) => {
  const width = elementBytes(grid);

  test('symboliseAlone and reconstructAlone equal their twins and undo each other', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(runs, somePairs(grid), (run, pairs) => {
        const twins = new Twins();
        const { count, args } = placeRun(twins, run);
        const child = twins.put(patterns(grid, elementsOf(run, pairs).parent));
        const cells = twins.room(count * 2);
        twins.run('classifyAloneGrid', [...args, cells], [{ address: cells, bytes: count * 2 }]);
        const symbols = twins.room(count);
        const raw = twins.room(count * width + 8);
        const histogram = twins.put(new Uint8Array(histogramBytes));
        const rawBits = twins.run(
          'symboliseAloneGrid',
          [grid, child, cells, ...args, symbols, raw, histogram],
          codedOutputs({ symbols, count, raw, histogram }),
        );
        expect(rawBits).toBeLessThanOrEqual(count * width * 8);
        const decoded = twins.room(count * width);
        const used = twins.run(
          'reconstructAloneGrid',
          [grid, symbols, ...args, raw, rawBits, decoded],
          [{ address: decoded, bytes: count * width }],
        );
        expect(used).toBe(rawBits);
        expect(twins.bytes(decoded, count * width)).toEqual(twins.bytes(child, count * width));
        for (const symbol of twins.bytes(symbols, count)) seen.add(symbol);
      }),
    );
    expect(seen.size).toBeGreaterThan(70);
    expect([76, 77].every((symbol) => seen.has(symbol))).toBe(true);
  });

  test('reconstructAlone of garbage equals its twin and stays within its regions', () => {
    fc.assert(
      fc.property(runs, someBytes(300), someBytes(300), fc.nat(), (run, garbage, raw, seed) => {
        const twins = new Twins();
        const { count, args } = placeRun(twins, run);
        const symbols = twins.put(Uint8Array.from({ length: count }, (_, index) => garbage[index] ?? index));
        const rawBits = seed % (raw.length * 8 + 1);
        const input = twins.putAtEnd(raw.subarray(0, Math.ceil(rawBits / 8)), rawSlack);
        const child = twins.room(count * width);
        const used = twins.run(
          'reconstructAloneGrid',
          [grid, symbols, ...args, input, rawBits, child],
          [{ address: child, bytes: count * width }],
        );
        if (used !== ranOut) expect(used).toBeLessThanOrEqual(rawBits + width * 8);
      }),
    );
  });
});
