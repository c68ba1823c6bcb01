import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdaptiveBitReader, AdaptiveBitWriter } from '../../../src/main/engine/codecs/adaptive-bits.ts';
import { numbers } from '../../bench/pairs.ts';
import { concat } from '../../fixtures/bytes.ts';

// Contexts: 0 to 7 for single bits, then a tree of 9 bits, then numbers.
const TREE = 8;
const NUMBER = TREE + 512;
const CONTEXTS = NUMBER + 64;

type Step =
  | { readonly kind: 'bit'; readonly context: number; readonly value: number }
  | { readonly kind: 'tree'; readonly width: number; readonly value: number }
  | { readonly kind: 'number'; readonly value: number };

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('bit'), context: upTo(7), value: upTo(1) }),
  upTo(9).chain((width) =>
    fc.record({ kind: fc.constant('tree'), width: fc.constant(width), value: upTo(2 ** width - 1) }),
  ),
  fc.record({ kind: fc.constant('number'), value: fc.oneof(upTo(40), upTo(2 ** 31 - 2)) }),
);

function written(steps: readonly Step[]): Uint8Array {
  const out = new AdaptiveBitWriter(CONTEXTS);
  for (const step of steps) {
    if (step.kind === 'bit') out.bit(step.context, step.value);
    else if (step.kind === 'tree') out.tree(TREE, step.width, step.value);
    else out.exponential(NUMBER, step.value);
  }
  return out.finish();
}

/** Reads as many values of the same kinds. */
function read(bytes: Uint8Array, steps: readonly Step[]): number[] {
  const source = new AdaptiveBitReader(CONTEXTS, bytes);
  return steps.map((step) => {
    if (step.kind === 'bit') return source.bit(step.context);
    return step.kind === 'tree' ? source.tree(TREE, step.width) : source.exponential(NUMBER);
  });
}

test('what was written is read back, and no byte is wasted at the end', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 300 }), (steps) => {
      const bytes = written(steps);
      expect(read(bytes, steps)).toEqual(steps.map(({ value }) => value));
      expect(bytes.at(-1)).not.toBe(0);
    }),
  );
});

test('numbers from 0 to 2^31 - 2 come back, around every power of two', () => {
  const values = Array.from({ length: 31 }, (_, power) => 2 ** power).flatMap((power) => [
    power - 2,
    power - 1,
    power,
  ]);
  const steps = [...values.filter((value) => value >= 0), 2 ** 31 - 2].map((value) => ({
    kind: 'number' as const,
    value,
  }));
  expect(read(written(steps), steps)).toEqual(steps.map(({ value }) => value));
});

/** The bits that a reader finds in bytes, all in turn in a few contexts. */
function bitsIn(bytes: Uint8Array, count: number, contexts: number): number[] {
  const source = new AdaptiveBitReader(contexts, bytes);
  return Array.from({ length: count }, (_, index) => source.bit(index % contexts));
}

function writtenBits(bits: readonly number[], contexts: number): Uint8Array {
  const out = new AdaptiveBitWriter(contexts);
  for (const [index, bit] of bits.entries()) out.bit(index % contexts, bit);
  return out.finish();
}

test('bits that any bytes stand for are written so that they are read again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (bytes, contexts) => {
      const bits = bitsIn(bytes, 400, contexts);
      expect(bitsIn(writtenBits(bits, contexts), 400, contexts)).toEqual(bits);
    }),
  );
});

test('a carry runs through as many bytes as it must', () => {
  // Just above a whole number the writer waits with a byte FF for each one behind it and then carries into all of
  // them; just below it, it waits as long and then writes them as they are.
  const next = numbers(3);
  const noise = (): Uint8Array => Uint8Array.from({ length: 12 }, () => 1 + next() * 254);
  for (const zeros of [1, 2, 3, 4, 5, 8, 16, 61]) {
    for (const first of [0x00, 0x7e, 0xfd]) {
      const above = concat([first + 1], new Uint8Array(zeros), noise());
      const below = concat([first], new Uint8Array(zeros).fill(0xff), noise());
      for (const bytes of [above, below]) {
        const bits = bitsIn(bytes, 20_000, 1);
        const again = writtenBits(bits, 1);
        expect(again.subarray(0, zeros + 1)).toEqual(bytes.subarray(0, zeros + 1));
        expect(bitsIn(again, bits.length, 1)).toEqual(bits);
      }
    }
  }
});

test('any bytes give values within their range and an end', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(anyStep, { minLength: 50, maxLength: 300 }),
      (bytes, steps) => {
        for (const [index, value] of read(bytes, steps).entries()) {
          const step = steps[index];
          const largest =
            step?.kind === 'tree' ? 2 ** step.width - 1 : step?.kind === 'bit' ? 1 : 2 ** 32 - 2;
          expect(Number.isInteger(value) && value >= 0 && value <= largest).toBe(true);
        }
      },
    ),
  );
});

test('missing bytes are read as zero, and the bits before them are right', () => {
  const next = numbers(5);
  const bits = Array.from({ length: 2000 }, () => (next() < 0.5 ? 1 : 0));
  const bytes = writtenBits(bits, 3);
  for (const end of [0, 1, 5, 50, 100, 200]) {
    const got = bitsIn(bytes.subarray(0, end), bits.length, 3);
    const first = got.findIndex((bit, index) => bit !== bits[index]);
    // Random bits cost one bit each; the reader looks four bytes ahead.
    expect(first).toBeGreaterThanOrEqual(Math.max(0, (end - 4) * 7.5));
    expect(got).toHaveLength(bits.length);
  }
});

test('bits cost what they tell', () => {
  expect(writtenBits(new Array<number>(20_000).fill(1), 1).length).toBeLessThan(30);
  for (const share of [0.01, 0.1, 0.5]) {
    const next = numbers(7);
    const bits = Array.from({ length: 40_000 }, () => (next() < share ? 1 : 0));
    const entropy = -share * Math.log2(share) - (1 - share) * Math.log2(1 - share);
    expect((writtenBits(bits, 1).length * 8) / bits.length).toBeLessThan(entropy * 1.05 + 0.012);
  }
});

test('a context that is not there is refused', () => {
  expect(() => {
    new AdaptiveBitWriter(2).bit(2, 0);
  }).toThrow(RangeError);
  expect(() => new AdaptiveBitReader(2, new Uint8Array()).bit(2)).toThrow(RangeError);
});
