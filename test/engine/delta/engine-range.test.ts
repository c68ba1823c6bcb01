import { afterAll, afterEach, expect, test } from 'vitest';
import { numbers, weights } from '../../bench/pairs.ts';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { floatBytes, type FloatType } from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

// What a tensor takes depends on its values relative to each other, not on how large all of them are.

const pool = kernelPool();
afterAll(() => pool.close());
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

const shape = [200, 150];
const count = 200 * 150;

/** Bytes of payload that a tensor takes, with the parent or without, after it came back. */
async function stored(
  dtype: FloatType,
  values: ArrayLike<number>,
  parent?: ArrayLike<number>,
): Promise<number> {
  const files = (list: ArrayLike<number>): Record<string, Uint8Array> => ({
    'optimizer.safetensors': buildSafetensors([{ name: 'v', dtype, shape, data: floatBytes(dtype, list) }]),
  });
  const child = files(values);
  const bases = parent ? [await modelOf(files(parent), 'before')] : [];
  const { file } = await createInMemory(pool, await modelOf(child), bases);
  const delta = await deltaOf(file);
  const back = await applyInMemory(pool, delta, bases);
  expect(
    Buffer.compare(
      back['optimizer.safetensors'] ?? Buffer.of(),
      child['optimizer.safetensors'] ?? Buffer.of(),
    ),
  ).toBe(0);
  return delta.index.records.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Second moments as Adam keeps them: squares of gradients, averaged, of which each row has a size of its own. */
function moments(seed: number): Float64Array {
  const rows = weights(200, 1, seed);
  const gradients = weights(count, 1e-3, seed + 1);
  const before = weights(count, 1e-3, seed + 2);
  return Float64Array.from(gradients, (gradient, at) => {
    const size = 2 ** (2 * (rows[Math.floor(at / 150)] ?? 0));
    return size * (0.9 * (before[at] ?? 0) ** 2 + 0.1 * gradient ** 2 + 1e-8);
  });
}

/** The moments after a further step. */
function later(list: Float64Array, seed: number): Float64Array {
  const noise = weights(count, 0.01, seed);
  return list.map((value, at) => value * (0.999 + (noise[at] ?? 0)));
}

test.for([
  ['F32', -60],
  ['F32', -90],
  ['F32', 60],
  ['F32', 100],
  ['F32', 120],
  ['BF16', -60],
  ['BF16', -90],
  ['BF16', 60],
  ['BF16', 120],
] as const)('second moments in %s take as much when all are 2^%i as large', async ([dtype, exponent]) => {
  const scaled = (list: Float64Array): Float64Array => list.map((value) => value * 2 ** exponent);
  const before = moments(5);
  const after = later(before, 9);
  const alone = await stored(dtype, after);
  const near = await stored(dtype, after, before);
  // Rows have scales, and the exponents of their elements lie close together.
  const bytes = count * (dtype === 'F32' ? 4 : 2);
  expect(alone).toBeLessThan((dtype === 'F32' ? 0.87 : 0.75) * bytes);
  expect(near).toBeLessThan(0.8 * alone);
  expect(await stored(dtype, scaled(after))).toBeLessThan(1.02 * alone);
  expect(await stored(dtype, scaled(after), scaled(before))).toBeLessThan(1.02 * near);
});

test('rows that are 2^-90 of others have scales of their own', async () => {
  const list = moments(3).map((value, at) => (at < count / 4 ? value * 2 ** -90 : value));
  expect(await stored('F32', list)).toBeLessThan(1.02 * (await stored('F32', moments(3))));
});

test.for(['F16', 'BF16', 'F32'] as const)(
  '%s: infinities and NaN say nothing of the other values',
  async (dtype) => {
    const next = numbers(4);
    const before = Float64Array.from(weights(count, 0.02, 1));
    const moves = weights(count, 0.0005, 2);
    const after = before.map((value, at) => value + (moves[at] ?? 0));
    const specials = [Infinity, -Infinity, NaN];
    const wild = after.map((value) => (next() < 0.001 ? (specials[Math.floor(next() * 3)] ?? 0) : value));
    const wildBefore = before.map((value) =>
      next() < 0.001 ? (specials[Math.floor(next() * 3)] ?? 0) : value,
    );
    expect(await stored(dtype, wild)).toBeLessThan(1.02 * (await stored(dtype, after)));
    const near = await stored(dtype, after, before);
    expect(await stored(dtype, wild, before)).toBeLessThan(1.03 * near);
    expect(await stored(dtype, after, wildBefore)).toBeLessThan(1.03 * near);
  },
);
