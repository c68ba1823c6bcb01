import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gridOf, isFiniteBits } from '../../../src/main/engine/kernels/reference/grid.ts';
import { bitsOf, elementBytes, gridNumbers, patterns } from './arbitraries.ts';
import { Twins } from './twins.ts';

const alphas = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** -126, 2 ** 127) },
  { weight: 3, arbitrary: fc.float({ min: 0.5, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);

function elements(grid: number): fc.Arbitrary<number[]> {
  return fc.array(bitsOf(grid), { maxLength: 60, size: 'max' });
}

const conversions = gridNumbers.flatMap(([from, source]) =>
  gridNumbers.map(([to, target]) => ({ from, source, to, target })),
);

test.each(conversions)('predict from $from to $to equals its twin', ({ source, target }) => {
  fc.assert(
    fc.property(elements(source), alphas, (bits, alpha) => {
      const twins = new Twins();
      const input = twins.put(patterns(source, bits));
      const bytes = bits.length * elementBytes(target);
      const output = twins.room(bytes);
      twins.run(
        'predictGrid',
        [source, target, input, bits.length, alpha, output],
        [{ address: output, bytes }],
      );
    }),
  );
});

test.each(gridNumbers)('a cast from %s to F32 and back gives finite values back', (_, grid) => {
  const finite = elements(grid).map((bits) => bits.filter((pattern) => isFiniteBits(gridOf(grid), pattern)));
  fc.assert(
    fc.property(finite, (bits) => {
      const twins = new Twins();
      const input = twins.put(patterns(grid, bits));
      const bytes = bits.length * elementBytes(grid);
      const wide = { address: twins.room(bits.length * 4), bytes: bits.length * 4 };
      const output = { address: twins.room(bytes), bytes };
      twins.run('predictGrid', [grid, 2, input, bits.length, 1, wide.address], [wide]);
      twins.run('predictGrid', [2, grid, wide.address, bits.length, 1, output.address], [output]);
      expect(twins.bytes(output.address, bytes)).toEqual(twins.bytes(input, bytes));
    }),
  );
});

describe.each([
  ['BF16', 0],
  ['F16', 1],
] as const)('narrow and widen of %s', (_, grid) => {
  /** Float32 patterns that the grid has, or any. */
  const wideBits = (twins: Twins, bits: readonly number[]): Uint8Array => {
    const input = twins.put(patterns(grid, bits));
    const wide = { address: twins.room(bits.length * 4), bytes: bits.length * 4 };
    twins.run('widenGrid', [grid, input, bits.length, wide.address], [wide]);
    return twins.bytes(wide.address, wide.bytes);
  };

  test('widen equals its twin, and narrow undoes it', () => {
    fc.assert(
      fc.property(elements(grid), (bits) => {
        const twins = new Twins();
        const wide = twins.put(wideBits(twins, bits));
        const narrow = { address: twins.room(bits.length * 2), bytes: bits.length * 2 };
        const exact = twins.run('narrowGrid', [grid, wide, bits.length, narrow.address], [narrow]);
        // A NaN of F16 may have a payload that rounding loses.
        if (grid === 0 || bits.every((pattern) => isFiniteBits(gridOf(grid), pattern))) expect(exact).toBe(1);
        const same = patterns(grid, bits);
        const before = new Uint8Array(same.buffer);
        if (exact === 1) expect(twins.bytes(narrow.address, narrow.bytes)).toEqual(before);
      }),
    );
  });

  test('narrow equals its twin, and says 1 exactly when widen undoes it', () => {
    const outcomes = new Set<number>();
    // Few elements, most of them on the grid: either outcome is frequent.
    const element = fc.record({
      bits: bitsOf(grid),
      added: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(0x1fff)),
    });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 9 }), fc.array(bitsOf(2), { maxLength: 1 }), (on, off) => {
        const twins = new Twins();
        const bits = new Uint32Array(
          wideBits(
            twins,
            on.map((each) => each.bits),
          ).buffer,
        );
        const source = Uint32Array.of(...bits.map((each, index) => each + (on[index]?.added ?? 0)), ...off);
        const count = source.length;
        const input = twins.put(source);
        const narrow = { address: twins.room(count * 2), bytes: count * 2 };
        const exact = twins.run('narrowGrid', [grid, input, count, narrow.address], [narrow]);
        const wide = { address: twins.room(count * 4), bytes: count * 4 };
        twins.run('widenGrid', [grid, narrow.address, count, wide.address], [wide]);
        const undone =
          Buffer.compare(twins.bytes(wide.address, wide.bytes), twins.bytes(input, count * 4)) === 0;
        expect(exact).toBe(Number(undone));
        outcomes.add(exact);
      }),
    );
    expect([...outcomes].sort()).toEqual([0, 1]);
  });
});
