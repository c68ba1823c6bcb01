import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfBits, halfValue } from '../../../../src/main/engine/codecs/lossy/half-floats.ts';
import { isCodable, powerAbove } from '../../../../src/main/engine/codecs/lossy/magnitudes.ts';

describe('halves', () => {
  it('stand for what the platform says, all that are finite', () => {
    const words = Uint16Array.from({ length: 65_536 }, (_, word) => word).filter(
      (word) => (word & 0x7c00) !== 0x7c00,
    );
    expect(Float32Array.from(words, halfValue)).toEqual(Float32Array.from(new Float16Array(words.buffer)));
  });

  it('are the nearest to what they are asked to hold, ties to even', () => {
    const word = new Uint16Array(1);
    const float = new Float16Array(word.buffer);
    const same = (value: number): void => {
      float[0] = value;
      expect(halfBits(value)).toBe(word[0]);
    };
    // Numbers below 1 in magnitude, and no negative zero.
    fc.assert(
      fc.property(fc.float({ min: -1, max: 1, noNaN: true }), (value) => {
        if (Math.abs(value) > 2 ** -25) same(value);
      }),
      { numRuns: 5000 },
    );
    for (const tie of [0.5 + 2 ** -12, 0.5 + 3 * 2 ** -12, 2 ** -25, 3 * 2 ** -25, 1 - 2 ** -12]) same(tie);
  });

  it('are taken relative to a power of two above them', () => {
    fc.assert(
      fc.property(
        fc.float({ min: Math.fround(2 ** -126), max: Math.fround(2 ** 126), noNaN: true }),
        (value) => {
          const share = value / powerAbove(value);
          expect(share).toBeLessThan(1);
          expect(share).toBeGreaterThanOrEqual(0.5);
        },
      ),
    );
    expect(powerAbove(0)).toBe(1);
    expect([0, 2 ** -101, 1e-20, 1, 1e20, 2 ** 81, NaN].map(isCodable)).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
