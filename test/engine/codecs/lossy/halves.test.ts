import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfOf, powerAbove, valueOfHalf } from '../../../../src/main/engine/codecs/lossy/halves.ts';

describe('halves', () => {
  it('stand for what the platform says, all 65,536', () => {
    const words = Uint16Array.from({ length: 65_536 }, (_, word) => word);
    expect(Float32Array.from(words, valueOfHalf)).toEqual(Float32Array.from(new Float16Array(words.buffer)));
  });

  it('are the nearest, ties to even', () => {
    const word = new Uint16Array(1);
    const float = new Float16Array(word.buffer);
    fc.assert(
      fc.property(fc.float(), (value) => {
        float[0] = value;
        expect(halfOf(value)).toBe(Number.isNaN(value) ? 0x7e00 : word[0]);
      }),
      { numRuns: 20_000 },
    );
    for (const tie of [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25, 65_519.99, 65_520]) {
      float[0] = Math.fround(tie);
      expect(halfOf(tie)).toBe(word[0]);
    }
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
  });
});
