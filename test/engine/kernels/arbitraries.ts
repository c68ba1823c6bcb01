import fc from 'fast-check';
import {
  binEdge,
  binExponent,
  fromOrdered,
  gridOf,
  toOrdered,
  valueOf,
} from '../../../src/main/engine/kernels/reference/grid.ts';
import type { Twins } from './twins.ts';

/** The grids by their numbers, for `test.each`. */
export const gridNumbers = [
  ['BF16', 0],
  ['F16', 1],
  ['F32', 2],
] as const;

/** Bytes of an element of a grid. */
export function elementBytes(grid: number): number {
  return gridOf(grid).width / 8;
}

/** Patterns at the borders of what a grid can hold, of either sign. */
function specialBits(grid: number): number[] {
  const { width, mantissa, bias } = gridOf(grid);
  const sign = 2 ** (width - 1);
  const leading = 2 ** mantissa;
  const infinity = sign - leading;
  const one = bias * leading;
  const positive = [
    ...[0, 1, leading - 1, leading, leading + 1],
    ...[one - 1, one, one + 1],
    ...[infinity - 1, infinity],
    // NaN: signalling with the smallest payload, quiet without one, all bits set.
    ...[infinity + 1, infinity + leading / 2, sign - 1],
  ];
  return [...positive, ...positive.map((bits) => bits + sign)];
}

/** Bit patterns: any, special ones, those that weights have, and the ends of their binades. */
export function bitsOf(grid: number): fc.Arbitrary<number> {
  const { width, mantissa, bias } = gridOf(grid);
  const leading = 2 ** mantissa;
  const binade = fc.record({
    sign: fc.constantFrom(0, 2 ** (width - 1)),
    exponent: fc.integer({ min: bias - 12, max: bias + 2 }),
  });
  const weight = (fraction: fc.Arbitrary<number>): fc.Arbitrary<number> =>
    fc.tuple(binade, fraction).map(([{ sign, exponent }, bits]) => sign + exponent * leading + bits);
  return fc.oneof(
    { weight: 2, arbitrary: fc.nat(2 ** width - 1) },
    { weight: 1, arbitrary: fc.constantFrom(...specialBits(grid)) },
    { weight: 4, arbitrary: weight(fc.nat(leading - 1)) },
    { weight: 1, arbitrary: weight(fc.constantFrom(0, 1, 2, leading - 2, leading - 1)) },
  );
}

/** Numbers spread evenly: `fc.double` prefers those near zero. */
function thousandths(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: min * 1000, max: max * 1000 }).map((value) => value / 1000);
}

/** A prediction and how the child differs from it. */
export interface Pair {
  readonly parent: number;
  /** Bits of the child, given the scale of the place in quarter octaves. */
  readonly child: (scale: number) => number;
}

/** About the farthest numbers of steps, and of bins, that have a symbol. */
const farthest = fc.constantFrom(15_999, 16_000, 16_001, -15_999, -16_000, -16_001);

/**
 * Pairs: equal, of opposite sign, unrelated, some steps apart, a multiple of the scale apart, or at the border of a
 * bin.
 */
export function pairsOf(grid: number): fc.Arbitrary<Pair> {
  const values = gridOf(grid);
  const sign = 2 ** (values.width - 1);
  const moved = (parent: number, steps: number): number => {
    const ordered = toOrdered(values, parent) + steps;
    return fromOrdered(values, Math.max(-sign, Math.min(sign - 1, ordered)));
  };
  const added = (parent: number, amount: number): number => {
    const value = Math.fround(valueOf(values, parent) + amount);
    return Math.abs(value) < 2 ** 127 ? fromOrdered(values, binEdge(values, value, 0, 0)) : 0;
  };
  const difference = fc.oneof(
    { weight: 1, arbitrary: fc.constant((parent: number) => parent) },
    { weight: 1, arbitrary: fc.constant((parent: number) => (parent + sign) % (2 * sign)) },
    { weight: 2, arbitrary: bitsOf(grid).map((bits) => () => bits) },
    {
      weight: 4,
      arbitrary: thousandths(-40, 40).map((steps) => (parent: number) => moved(parent, Math.round(steps))),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom(-1, 1), thousandths(0, values.width - 1)).map(
        ([direction, octaves]) =>
          (parent: number) =>
            moved(parent, direction * Math.floor(2 ** octaves)),
      ),
    },
    { weight: 1, arbitrary: farthest.map((steps) => (parent: number) => moved(parent, steps)) },
    {
      weight: 6,
      arbitrary: thousandths(-10, 10).map(
        (times) => (parent: number, scale: number) => added(parent, times * 2 ** (scale / 4)),
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .oneof(farthest, fc.integer({ min: -26, max: 26 }))
        .map((bins) => (parent: number, scale: number) => added(parent, bins * 2 ** binExponent(scale))),
    },
  );
  return fc
    .tuple(bitsOf(grid), difference)
    .map(([parent, child]) => ({ parent, child: (scale) => child(parent, scale) }));
}

/** A run of elements in a matrix with scales. */
export interface Run {
  readonly count: number;
  readonly first: number;
  readonly columns: number;
  readonly rowScales: Int16Array;
  readonly columnScales: Int16Array;
}

/** Scales as tensors have them, dead ones, and the extremes. */
const rowScale = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -80, max: 20 }) },
  { weight: 4, arbitrary: fc.integer({ min: -150, max: -60 }) },
  { weight: 1, arbitrary: fc.integer({ min: -700, max: 700 }) },
  // Those of values near the largest of F16, and of the other grids.
  { weight: 1, arbitrary: fc.integer({ min: 40, max: 170 }) },
  { weight: 1, arbitrary: fc.integer({ min: 490, max: 620 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1000, -1200, 1200) },
);
const columnScale = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -20, max: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1000, -1200, 1200) },
);

/** Runs of no, one or some elements, whole or partial, in matrices of one or more rows and columns. */
export const runs: fc.Arbitrary<Run> = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    columns: fc.oneof(fc.constantFrom(1, 8, 16), fc.integer({ min: 2, max: 37 })),
    skipped: fc.oneof(fc.constant(0), fc.nat(1000)),
    length: fc.option(fc.oneof(fc.constantFrom(0, 1), fc.nat(1000)), { freq: 2 }),
    rowScales: fc.array(rowScale, { minLength: 6, maxLength: 6 }),
    columnScales: fc.array(columnScale, { minLength: 37, maxLength: 37 }),
  })
  .map(({ rows, columns, skipped, length, rowScales, columnScales }) => {
    const total = rows * columns;
    const first = skipped % (total + 1);
    const rest = total - first;
    return {
      count: length === null ? rest : length % (rest + 1),
      first,
      columns,
      rowScales: Int16Array.from(rowScales.slice(0, rows)),
      columnScales: Int16Array.from(columnScales.slice(0, columns)),
    };
  });

/** A run placed in memory. */
export interface PlacedRun {
  readonly count: number;
  /** Arguments count, first, columns, rowScales (of the row of the first element), columnScales. */
  readonly args: readonly number[];
}

/** Places the scales of a run. */
export function placeRun(twins: Twins, run: Run): PlacedRun {
  const { count, first, columns } = run;
  const rowScales = twins.put(run.rowScales) + Math.floor(first / columns) * 2;
  return { count, args: [count, first, columns, rowScales, twins.put(run.columnScales)] };
}

/** Elements of a run: the pairs in turn. */
export function elementsOf(run: Run, pairs: readonly Pair[]): { child: number[]; parent: number[] } {
  const child: number[] = [];
  const parent: number[] = [];
  for (let index = 0; index < run.count; index += 1) {
    const place = run.first + index;
    const row = run.rowScales[Math.floor(place / run.columns)] ?? 0;
    const column = run.columnScales[place % run.columns] ?? 0;
    const pair = pairs[index % pairs.length];
    child.push(pair?.child(row + column) ?? 0);
    parent.push(pair?.parent ?? 0);
  }
  return { child, parent };
}

/** Bit patterns as they lie in memory. */
export function patterns(grid: number, bits: readonly number[]): Uint16Array | Uint32Array {
  return gridOf(grid).width === 32 ? Uint32Array.from(bits) : Uint16Array.from(bits);
}

/** The limits that the encoder tries, and all others that a delta can name. */
export const limits = fc.oneof(fc.constantFrom(12, 16, 24), fc.nat(255));

/** Pairs for `elementsOf`. */
export function somePairs(grid: number): fc.Arbitrary<Pair[]> {
  return fc.array(pairsOf(grid), { minLength: 1, maxLength: 61, size: 'max' });
}

/** Any bytes. */
export function someBytes(maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength, size: 'max' });
}
