import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  elementBytes,
  elementsOf,
  gridNumbers,
  limits,
  patterns,
  placeRun,
  runs,
  somePairs,
  type Pair,
  type PlacedRun,
  type Run,
} from './arbitraries.ts';
import { codedOutputs, histogramBytes } from './coded.ts';
import { RansTables, shareSlots, slotWeights } from './rans-tables.ts';
import { Twins } from './twins.ts';

const alphabet = 80;
const cellCount = 512;
const tableCount = 3;

/** Tables for what was counted: a few, each for every third cell. */
function tablesFor(histogram: Uint32Array, weights: readonly number[]): RansTables {
  const used = Array.from({ length: tableCount }, () => new Set<number>());
  for (const [index, times] of histogram.entries()) {
    if (times > 0) used[Math.floor(index / alphabet) % tableCount]?.add(index % alphabet);
  }
  return new RansTables(
    used.map((symbols) => shareSlots([...symbols], weights)),
    alphabet,
  );
}

interface Space {
  readonly twins: Twins;
  readonly placed: PlacedRun;
  readonly child: number;
  readonly cells: number;
  readonly symbols: number;
  readonly raw: number;
  readonly histogram: number;
}

function prepare(grid: number, run: Run, pairs: readonly Pair[]): Space & { prediction: number } {
  const twins = new Twins();
  const placed = placeRun(twins, run);
  const { count } = placed;
  const { child, parent } = elementsOf(run, pairs);
  return {
    twins,
    placed,
    child: twins.put(patterns(grid, child)),
    prediction: twins.put(patterns(grid, parent)),
    cells: twins.room(count * 2),
    symbols: twins.room(count),
    raw: twins.room(count * elementBytes(grid) + 8),
    histogram: twins.put(new Uint8Array(histogramBytes)),
  };
}

/** Sends the symbols through rANS with eight lanes; returns the address of those that came out. */
function throughRans(
  { twins, placed, cells, symbols, histogram }: Space,
  weights: readonly number[],
): number {
  const { count } = placed;
  const counted = new Uint32Array(twins.bytes(histogram, histogramBytes).buffer);
  expect(counted.reduce((sum, times) => sum + times, 0)).toBe(count);
  const tables = tablesFor(counted, weights);
  const map = (offset: (table: number) => number): number =>
    twins.put(Uint32Array.from({ length: cellCount }, (_, cell) => offset(cell % tableCount)));
  const most = count * 2 + 32;
  const end = twins.room(most) + most;
  const encodingMap = map((table) => tables.encodingOffset(table));
  const start = twins.runCompiled(
    'encodeSymbols',
    [cells, encodingMap, symbols, count, twins.put(tables.encoding), 8, end],
    [{ address: end - most, bytes: most }],
  );
  const decoded = twins.room(count);
  const decodingMap = map((table) => tables.decodingOffset(table));
  const ok = twins.runCompiled(
    'decodeSymbols',
    [cells, decodingMap, decoded, count, twins.put(tables.decoding), 8, start, end - start],
    [{ address: decoded, bytes: count }],
  );
  expect(ok).toBe(1);
  return decoded;
}

describe.each(gridNumbers)('%s', (_, grid) => {
  const width = elementBytes(grid);

  test('every bit comes back from symbols, rANS and raw bits', () => {
    fc.assert(
      fc.property(runs, somePairs(grid), limits, slotWeights, (run, pairs, limit, weights) => {
        const space = prepare(grid, run, pairs);
        const { twins, placed, child, prediction, cells, symbols, raw, histogram } = space;
        const { count, args } = placed;
        twins.runCompiled(
          'classifyGrid',
          [grid, prediction, ...args, limit, cells],
          [{ address: cells, bytes: count * 2 }],
        );
        const rawBits = twins.runCompiled(
          'symboliseGrid',
          [grid, child, prediction, cells, ...args, symbols, raw, histogram],
          codedOutputs({ symbols, count, raw, histogram }),
        );
        const received = throughRans(space, weights);
        const decoded = twins.room(count * width);
        const used = twins.runCompiled(
          'reconstructGrid',
          [grid, prediction, cells, received, ...args, raw, rawBits, decoded],
          [{ address: decoded, bytes: count * width }],
        );
        expect(used).toBe(rawBits);
        expect(twins.bytes(decoded, count * width)).toEqual(twins.bytes(child, count * width));
      }),
    );
  });

  test('every bit comes back without a prediction', () => {
    fc.assert(
      fc.property(runs, somePairs(grid), slotWeights, (run, pairs, weights) => {
        const space = prepare(grid, run, pairs);
        const { twins, placed, child, cells, symbols, raw, histogram } = space;
        const { count, args } = placed;
        twins.runCompiled('classifyAloneGrid', [...args, cells], [{ address: cells, bytes: count * 2 }]);
        const rawBits = twins.runCompiled(
          'symboliseAloneGrid',
          [grid, child, cells, ...args, symbols, raw, histogram],
          codedOutputs({ symbols, count, raw, histogram }),
        );
        const received = throughRans(space, weights);
        const decoded = twins.room(count * width);
        const used = twins.runCompiled(
          'reconstructAloneGrid',
          [grid, received, ...args, raw, rawBits, decoded],
          [{ address: decoded, bytes: count * width }],
        );
        expect(used).toBe(rawBits);
        expect(twins.bytes(decoded, count * width)).toEqual(twins.bytes(child, count * width));
      }),
    );
  });
});
