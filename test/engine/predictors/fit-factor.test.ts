import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitFactor, type Sample } from '../../../src/main/engine/predictors/fit-factor.ts';
import { factorBits, factorOf } from '../../../src/main/engine/predictors/recipe.ts';
import { numbers, weights } from '../../bench/pairs.ts';

const COLUMNS = 64;

/** Rows of a parent of which each has a size of its own, and of a child made from them. */
function sampleOf(rows: number, seed: number, child: (value: number, noise: number) => number): Sample {
  const next = numbers(seed);
  const noise = weights(rows * COLUMNS, 1, seed + 1);
  const sizes = Array.from({ length: rows }, () => 0.01 * 4 ** next());
  const parent = weights(rows * COLUMNS, 1, seed).map(
    (value, at) => value * (sizes[Math.floor(at / COLUMNS)] ?? 0),
  );
  return {
    parent,
    child: parent.map((value, at) => child(value, (noise[at] ?? 0) * (sizes[Math.floor(at / COLUMNS)] ?? 0))),
    columns: COLUMNS,
  };
}

function fit(sample: Sample): number | undefined {
  return fitFactor(sample, () => sample);
}

test.for([0.9, 0.99, 1.02, 1.5, -1, 0.1, 3e-3, 200])('a factor of %d is found in noise', (factor) => {
  const noise = 0.02 * Math.abs(1 - factor);
  const found = fit(sampleOf(100, 3, (value, e) => factor * value + noise * e));
  expect(found).toBeDefined();
  expect(Math.abs((found ?? 0) - factor)).toBeLessThan(0.005 * Math.abs(1 - factor));
  // It is a float32.
  expect(found).toBe(Math.fround(found ?? 0));
});

test('a factor is found although some rows changed otherwise', () => {
  const sample = sampleOf(200, 5, (value, e) => 0.8 * value + 0.001 * e);
  for (const row of [7, 30, 31, 150]) {
    for (let at = row * COLUMNS; at < (row + 1) * COLUMNS; at += 1) sample.child[at] = (at % 7) - 3;
  }
  expect(Math.abs((fit(sample) ?? 0) - 0.8)).toBeLessThan(0.002);
});

test('where there is no factor, none is found', () => {
  expect(fit(sampleOf(100, 7, (value) => value))).toBeUndefined();
  expect(fit(sampleOf(100, 7, (value, e) => value + 0.01 * e))).toBeUndefined();
  expect(fit(sampleOf(100, 7, (value, e) => value + 0.3 * e))).toBeUndefined();
});

test('an exact multiple is found, and so is one that was rounded', () => {
  for (const factor of [0.5, 2, -1, 0.7, 1 + 2 ** -7]) {
    const exact = fit(sampleOf(100, 7, (value) => factor * value));
    expect(Math.abs((exact ?? 0) - factor)).toBeLessThan(1e-6);
  }
  expect(fit(sampleOf(100, 7, (value) => 0.5 * value))).toBe(0.5);
  expect(fit(sampleOf(100, 7, () => 0))).toBe(0);
});

test('of a stranger nothing is left', () => {
  const found = fit(sampleOf(100, 7, (_, e) => e));
  expect(Math.abs(found ?? 1)).toBeLessThan(0.05);
});

test.for([
  ['nothing', new Float32Array(), new Float32Array()],
  ['a parent of zeros', weights(512, 1, 1), new Float32Array(512)],
  ['zeros from zeros', new Float32Array(512), new Float32Array(512)],
  ['infinities', new Float32Array(512).fill(Infinity), new Float32Array(512).fill(Infinity)],
  ['no numbers', new Float32Array(512).fill(NaN), weights(512, 1, 1)],
] as const)('%s has no factor', ([, child, parent]) => {
  expect(fit({ child, parent, columns: COLUMNS })).toBeUndefined();
});

test('some infinities and no numbers do not hide the factor', () => {
  const sample = sampleOf(100, 9, (value, e) => 0.7 * value + 0.001 * e);
  for (const [index, at] of [5, 700, 701, 5000].entries()) {
    sample.child[at] = [NaN, Infinity, -Infinity, NaN][index] ?? 0;
    sample.parent[at + 1] = [Infinity, NaN, -Infinity, 0][index] ?? 0;
  }
  expect(Math.abs((fit(sample) ?? 0) - 0.7)).toBeLessThan(0.02);
});

test('the second sample is only made where the first one promises something', () => {
  const plain = sampleOf(100, 7, (value, e) => value + 0.01 * e);
  let asked = 0;
  const large = (sample: Sample) => (): Sample => {
    asked += 1;
    return sample;
  };
  expect(fitFactor(plain, large(plain))).toBeUndefined();
  expect(asked).toBe(0);
  const scaled = sampleOf(100, 7, (value) => 0.5 * value);
  expect(fitFactor(scaled, large(scaled))).toBeCloseTo(0.5, 6);
  expect(asked).toBe(1);
});

test('whatever the sample, the factor is a finite float32 or none', () => {
  const value = fc.oneof(
    fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 3e38, -3e38, 1e-45, 1e-38),
    fc.float({ noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
  );
  const values = fc.array(value, { minLength: 48, maxLength: 48 }).map((list) => Float32Array.from(list));
  fc.assert(
    fc.property(values, values, fc.constantFrom(1, 2, 5, 48), (child, parent, columns) => {
      const factor = fit({ child, parent, columns });
      expect(factor === undefined || (Number.isFinite(factor) && Math.fround(factor) === factor)).toBe(true);
    }),
  );
});

test('the bits of a factor come back', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (factor) => {
      const alpha = factorBits(factor);
      expect(factorOf(alpha)).toBe(factor);
      expect(alpha >= 0 && alpha < 2 ** 32).toBe(true);
    }),
  );
  expect(factorBits(1.1)).toBe(0x3f8ccccd);
});
