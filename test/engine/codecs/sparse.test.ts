import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSparse, encodeSparse, type SparseArray } from '../../../src/main/engine/codecs/index.ts';
import { numbers } from '../../bench/pairs.ts';

function arrayOf(width: 1 | 2 | 4, memory: ArrayBuffer, offset: number, count: number): SparseArray {
  if (width === 1) return new Uint8Array(memory, offset, count);
  return width === 2 ? new Uint16Array(memory, offset, count) : new Uint32Array(memory, offset, count);
}

const anyWidth = fc.constantFrom<(1 | 2 | 4)[]>(1, 2, 4);

/** A parent, a child that differs in some places, and the places. */
const anyChange = fc
  .record({
    width: anyWidth,
    count: fc.integer({ min: 1, max: 3000 }),
    seed: fc.integer(),
    places: fc.uniqueArray(fc.nat(2999), { maxLength: 20 }),
    differences: fc.array(
      fc.oneof(
        fc.constantFrom(
          1,
          -1,
          2 ** 7,
          2 ** 15,
          2 ** 31,
          2 ** 31 - 1,
          2 ** 29,
          2 ** 30,
          -(2 ** 29),
          -(2 ** 30),
        ),
        fc.integer(),
      ),
      { minLength: 20, maxLength: 20 },
    ),
  })
  .map(({ width, count, seed, places, differences }) => {
    const next = numbers(seed);
    const parent = arrayOf(width, new ArrayBuffer(count * width), 0, count);
    for (const place of parent.keys()) parent[place] = next() * 2 ** 32;
    const child = parent.slice();
    for (const [index, place] of places.entries()) {
      if (place < count) child[place] = (child[place] ?? 0) + (differences[index] ?? 1);
    }
    return { parent, child, places: changedPlaces(parent, child) };
  });

function changedPlaces(parent: SparseArray, child: SparseArray): Uint32Array {
  return Uint32Array.from([...child.keys()].filter((place) => child[place] !== parent[place]));
}

test('changed elements come back, whatever they changed by', () => {
  fc.assert(
    fc.property(anyChange, ({ parent, child, places }) => {
      const payload = encodeSparse(child, parent, places);
      const target = parent.slice();
      expect(decodeSparse(payload, target)).toBe(true);
      expect(target).toEqual(child);
    }),
  );
});

test('a small step at a random place costs its place and some bits', () => {
  const next = numbers(1);
  const parent = Uint16Array.from({ length: 500_000 }, () => next() * 65_536);
  const child = parent.map((value, place) =>
    place % 2003 === 7 ? value + (place % 2 === 0 ? 1 : -1) : value,
  );
  const places = changedPlaces(parent, child);
  expect((encodeSparse(child, parent, places).length * 8) / places.length).toBeLessThan(11 + 6);
});

test('any bytes change elements of the target only, or are refused', () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      anyWidth,
      fc.integer({ min: 0, max: 70 }),
      (bytes, width, count) => {
        const memory = new Uint8Array(16 + count * width + 16).fill(0x55);
        const target = arrayOf(width, memory.buffer, 16, count);
        seen[decodeSparse(bytes, target) ? 'taken' : 'refused'] += 1;
        expect(memory.subarray(0, 16).every((byte) => byte === 0x55)).toBe(true);
        expect(memory.subarray(16 + count * width).every((byte) => byte === 0x55)).toBe(true);
      },
    ),
  );
  expect(seen.taken).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(20);
});

test('a chunk for a longer target is refused', () => {
  const parent = new Uint16Array(1000);
  const child = parent.slice();
  child[500] = 7;
  child[900] = 7;
  const payload = encodeSparse(child, parent, Uint32Array.of(500, 900));
  expect(decodeSparse(payload, new Uint16Array(901))).toBe(true);
  expect(decodeSparse(payload, new Uint16Array(900))).toBe(false);
  expect(decodeSparse(payload, new Uint16Array(1))).toBe(false);
  expect(decodeSparse(payload, new Uint16Array(0))).toBe(false);
});
