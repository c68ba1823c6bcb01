import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { someBytes } from './arbitraries.ts';
import { Twins } from './twins.ts';

const modes = [
  ['alone', 0],
  ['by exclusive or', 1],
  ['by difference', 2],
] as const;
const forms = [1, 2, 4, 8].flatMap((width) => modes.map(([how, mode]) => ({ width, how, mode })));

/** Bytes of a child and its parent, equal in many places. */
function relatives(count: fc.Arbitrary<number>, width: number): fc.Arbitrary<[Uint8Array, Uint8Array]> {
  const byte = fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255));
  const change = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, byte);
  return count.chain((elements) => {
    const bytes = (each: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
      fc.array(each, { minLength: elements * width, maxLength: elements * width });
    return fc
      .tuple(bytes(byte), bytes(change))
      .map(([parent, changes]) => [
        Uint8Array.from(parent, (value, index) => value ^ (changes[index] ?? 0)),
        Uint8Array.from(parent),
      ]);
  });
}

test.each(forms)(
  'planes of elements of $width bytes, $how: equal to the twin, and merge undoes split',
  (form) => {
    const { width, mode } = form;
    fc.assert(
      fc.property(relatives(fc.nat(40), width), ([child, parent]) => {
        const twins = new Twins();
        const count = child.length / width;
        const input = twins.put(child);
        const from = mode === 0 ? 0 : twins.put(parent);
        const planes = { address: twins.room(child.length), bytes: child.length };
        twins.run('splitPlanes', [width, input, from, count, mode, planes.address], [planes]);
        const merged = { address: twins.room(child.length), bytes: child.length };
        twins.run('mergePlanes', [width, planes.address, from, count, mode, merged.address], [merged]);
        expect(twins.bytes(merged.address, merged.bytes)).toEqual(child);
      }),
    );
  },
);

test('splitXor16 and mergeXor16 equal their twins and undo each other', () => {
  fc.assert(
    fc.property(
      relatives(
        fc.nat(5).map((blocks) => blocks * 16),
        2,
      ),
      ([child, parent]) => {
        const twins = new Twins();
        const count = child.length / 2;
        const from = twins.put(parent);
        const planes = { address: twins.room(child.length), bytes: child.length };
        twins.run('splitXor16', [twins.put(child), from, count, planes.address], [planes]);
        const merged = { address: twins.room(child.length), bytes: child.length };
        twins.run('mergeXor16', [planes.address, from, count, merged.address], [merged]);
        expect(twins.bytes(merged.address, merged.bytes)).toEqual(child);
      },
    ),
  );
});

describe.each([
  ['of the parent', true],
  ['without a parent', false],
])('contexts of bytes %s', (_, withParent) => {
  test('equal the twin, counted too', () => {
    fc.assert(
      fc.property(relatives(fc.nat(80), 1), fc.integer({ min: 3, max: 8 }), ([child, parent], shift) => {
        const twins = new Twins();
        const count = child.length;
        const from = withParent ? twins.put(parent) : 0;
        const cells = { address: twins.room(count * 2), bytes: count * 2 };
        twins.run('byteContexts', [from, shift, count, cells.address], [cells]);
        const counted = { address: twins.room(count * 2), bytes: count * 2 };
        const histogram = { address: twins.put(new Uint8Array(32 * 1024)), bytes: 32 * 1024 };
        twins.run(
          'countBytes',
          [twins.put(child), from, shift, count, counted.address, histogram.address],
          [counted, histogram],
        );
        const total = new Uint32Array(twins.bytes(histogram.address, histogram.bytes).buffer);
        expect(total.reduce((sum, times) => sum + times, 0)).toBe(count);
        expect(twins.bytes(counted.address, counted.bytes)).toEqual(twins.bytes(cells.address, cells.bytes));
      }),
    );
  });
});

test.each([1, 2, 4, 8])('findChanges of elements of %i bytes equals a naive loop', (width) => {
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(
      someBytes(300),
      fc.array(fc.nat(299), { maxLength: 12, size: 'max' }),
      fc.nat(6),
      fc.nat(16),
      (bytes, changes, most, skew) => {
        const twins = new Twins();
        const count = Math.floor(bytes.length / width);
        const parent = bytes.subarray(0, count * width);
        const child = parent.map((byte, index) =>
          changes.includes(index) ? byte ^ (1 << (index % 8)) : byte,
        );
        twins.room(skew);
        const places = { address: twins.room(most * 4), bytes: most * 4 };
        const found = twins.run(
          'findChanges',
          [twins.put(child), twins.putAtEnd(parent, 0), count, width, most, places.address],
          (changed) => [{ ...places, bytes: Math.min(changed, most) * 4 }],
        );
        const expected: number[] = [];
        for (const [index, byte] of child.entries()) {
          const element = Math.floor(index / width);
          if (byte !== parent[index] && expected.at(-1) !== element) expected.push(element);
        }
        expect(found).toBe(Math.min(expected.length, most + 1));
        const written = new Uint32Array(twins.bytes(places.address, Math.min(found, most) * 4).buffer);
        expect([...written]).toEqual(expected.slice(0, most));
        outcomes.add(found > most);
      },
    ),
  );
  expect(outcomes.size).toBe(2);
});
