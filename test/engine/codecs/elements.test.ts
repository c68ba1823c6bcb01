import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHUNK_BYTES, chunksOf, gridOf, matrixOf } from '../../../src/main/engine/codecs/index.ts';
import { unitBytes } from '../../../src/main/engine/delta/layout.ts';
import { dtypeBits, elementCount, type Dtype } from '../../../src/main/engine/dtypes.ts';

const WIDEST = 65_536;

const anySize = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 2, arbitrary: fc.integer({ min: 6, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: WIDEST - 2, max: 200_000 }) },
);
const anyShape = fc.array(anySize, { maxLength: 7 }).filter((shape) => elementCount(shape) < 2 ** 50);

test('a matrix holds every element once, and only a vector may end in a short row', () => {
  fc.assert(
    fc.property(anyShape, (shape) => {
      const count = elementCount(shape);
      const { rows, columns, scaledColumns } = matrixOf(shape);
      expect(Number.isSafeInteger(rows) && Number.isSafeInteger(columns) && columns >= 1).toBe(true);
      expect(columns).toBeLessThanOrEqual(WIDEST);
      if (scaledColumns) {
        expect(rows * columns).toBe(count);
        expect(columns).toBeGreaterThanOrEqual(2);
      } else {
        expect(columns).toBeLessThanOrEqual(1024);
        expect(Math.ceil(count / columns)).toBe(rows);
      }
    }),
  );
});

test.for([
  [[], 1, 1, false],
  [[0], 0, 1, false],
  [[0, 5], 0, 1, false],
  [[5, 0], 0, 1, false],
  [[1], 1, 1, false],
  [[1, 1, 1], 1, 1, false],
  [[7], 1, 7, false],
  [[1024], 1, 1024, false],
  [[1025], 2, 1024, false],
  [[3, 4], 3, 4, true],
  [[3, 4, 5], 3, 20, true],
  [[1, 3, 1, 4, 1], 3, 4, true],
  [[4, 1], 1, 4, false],
  [[2, 65_536], 2, 65_536, true],
  [[2, 65_537], 129, 1024, false],
  [[2, 3, 65_536], 6, 65_536, true],
  [[2, 65_536, 3], 131_072, 3, true],
  [[2, 3, 40_000, 2], 240_000, 2, true],
  [[2 ** 20, 2 ** 20], 2 ** 30, 1024, false],
  [[2 ** 30, 2, 2 ** 15], 2 ** 30, 65_536, true],
] as const)(
  'shape %j is %i rows of %i columns, with scaled columns: %s',
  ([shape, rows, columns, scaledColumns]) => {
    expect(matrixOf(shape)).toEqual({ rows, columns, scaledColumns });
  },
);

test('chunks cover all units in order, whole rows each, none larger than it must be', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(5000), fc.nat(20_000_000)),
      fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: WIDEST })),
      fc.constantFrom(1, 2, 4, 8),
      (total, columns, bytes) => {
        let covered = 0;
        const chunks = chunksOf(total, columns, bytes);
        for (const [index, { first, count }] of chunks.entries()) {
          expect(first).toBe(covered);
          expect(count).toBeGreaterThan(0);
          if (index < chunks.length - 1) expect(count % columns).toBe(0);
          expect(count * bytes).toBeLessThanOrEqual(Math.max(CHUNK_BYTES, columns * bytes));
          covered += count;
        }
        expect(covered).toBe(total);
        // As few as they can be.
        const rowsEach = Math.max(1, Math.floor(CHUNK_BYTES / (columns * bytes)));
        expect(chunks).toHaveLength(Math.ceil(total / (rowsEach * columns)));
      },
    ),
  );
});

test('three types lie on a grid, in the order of bytes of this machine only', () => {
  const tensor = { name: 'w', shape: [2] };
  const onGrid = (Object.keys(dtypeBits) as Dtype[]).filter((dtype) => gridOf({ ...tensor, dtype }));
  expect(onGrid).toEqual(['F16', 'BF16', 'F32']);
  for (const dtype of onGrid) {
    expect(gridOf({ ...tensor, dtype })).toBe(dtype);
    expect(gridOf({ ...tensor, dtype, bigEndian: true })).toBeUndefined();
  }
});

test('a unit is an element, or a byte where elements are not 1, 2, 4 or 8 of them', () => {
  for (const [dtype, bits] of Object.entries(dtypeBits)) {
    const tensor = { name: 'w', dtype: dtype as Dtype, shape: [8] };
    expect(unitBytes({ tensor, length: bits })).toBe(bits < 8 ? 1 : bits / 8);
  }
  expect(unitBytes({ length: 8 })).toBe(1);
});
