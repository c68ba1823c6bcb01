import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementsOf, gridNumbers, limits, patterns, placeRun, runs, somePairs } from './arbitraries.ts';
import { Twins } from './twins.ts';

describe.each(gridNumbers)('classify on %s', (_, grid) => {
  test('equals its twin', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(runs, somePairs(grid), limits, (run, pairs, limit) => {
        const twins = new Twins();
        const { count, args } = placeRun(twins, run);
        const prediction = twins.put(patterns(grid, elementsOf(run, pairs).parent));
        const cells = twins.room(count * 2);
        twins.run(
          'classifyGrid',
          [grid, prediction, ...args, limit, cells],
          [{ address: cells, bytes: count * 2 }],
        );
        for (const cell of new Uint16Array(twins.bytes(cells, count * 2).buffer)) seen.add(cell);
      }),
    );
    // The examples reach most of the 24 classes of steps, and the 4 of bins.
    const classes = new Set([...seen].map((cell) => cell >> 4));
    expect(classes.size).toBeGreaterThan(20);
    expect([24, 25, 26, 27].every((group) => classes.has(group))).toBe(true);
  });
});

test('classifyAlone equals its twin', () => {
  fc.assert(
    fc.property(runs, (run) => {
      const twins = new Twins();
      const { count, args } = placeRun(twins, run);
      const cells = twins.room(count * 2);
      twins.run('classifyAloneGrid', [...args, cells], [{ address: cells, bytes: count * 2 }]);
    }),
  );
});
