import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementsOf, gridNumbers, patterns, runs, somePairs } from './arbitraries.ts';
import { runReference, Twins } from './twins.ts';

/** Above this, a sum of squares may have left the range of float32 on the way. */
const nearlyInfinite = 1e38;
/** Below this, squares may have lost their bits in float32. */
const nearlyZero = 1e-37;

/** Powers of two by which numbers are multiplied before they are squared. */
const units = fc.constantFrom(1, 2 ** 40, 2 ** -76, 2 ** 110);

/** Sums agree but for rounding, and but for the range of float32. */
function expectSum(actual: number, expected: number): void {
  if (!Number.isFinite(expected)) expect(Number.isFinite(actual)).toBe(false);
  else if (actual !== Infinity || expected < nearlyInfinite) {
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(expected * 1e-5 + nearlyZero);
  }
}

describe.each(gridNumbers)('statistics on %s', (_, grid) => {
  test.each([
    ['of child and prediction', true, true],
    ['of child and prediction, no columns', true, false],
    ['of the child alone', false, true],
    ['of the child alone, no columns', false, false],
  ])('%s agree with the twin', (_, predicted, withColumns) => {
    let changed = 0;
    fc.assert(
      fc.property(
        runs,
        somePairs(grid),
        fc.constantFrom(0, 2 ** -20, 3),
        units,
        (run, pairs, before, unit) => {
          const twins = new Twins();
          const { count } = run;
          const elements = elementsOf(run, pairs);
          const { columns, first } = run;
          const rows =
            count === 0 ? 0 : Math.floor((first + count - 1) / columns) - Math.floor(first / columns) + 1;
          const child = twins.put(patterns(grid, elements.child));
          const prediction = twins.put(patterns(grid, elements.parent));
          const rowSums = { address: twins.put(new Float64Array(rows).fill(before)), bytes: rows * 8 };
          const columnSums = {
            address: twins.put(new Float32Array(columns).fill(before)),
            bytes: columns * 4,
          };
          const result = { address: twins.room(32), bytes: 32 };
          const args = [
            grid,
            child,
            predicted ? prediction : 0,
            count,
            first,
            columns,
            rowSums.address,
            withColumns ? columnSums.address : 0,
            unit,
            result.address,
          ];
          const outputs = withColumns ? [rowSums, columnSums, result] : [rowSums, result];
          expect(twins.runCompiled('statisticsGrid', args, outputs)).toBe(
            runReference('statisticsGrid', args),
          );
          const [actual, expected] = twins.views();
          for (let row = 0; row < rows; row += 1) {
            const at = rowSums.address + row * 8;
            expectSum(actual.getFloat64(at, true), expected.getFloat64(at, true));
          }
          for (let column = 0; column < columns; column += 1) {
            const at = columnSums.address + column * 4;
            expectSum(actual.getFloat32(at, true), expected.getFloat32(at, true));
          }
          for (const place of [0, 8]) {
            const at = result.address + place;
            expect(actual.getFloat64(at, true)).toBe(expected.getFloat64(at, true));
          }
          for (const place of [16, 24]) {
            const at = result.address + place;
            expectSum(actual.getFloat64(at, true), expected.getFloat64(at, true));
          }
          changed += actual.getFloat64(result.address, true);
          twins.settle(outputs);
        },
      ),
    );
    expect(changed > 0).toBe(predicted);
  });
});
