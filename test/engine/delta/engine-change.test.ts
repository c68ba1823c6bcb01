import { afterAll, expect, test } from 'vitest';
import type { DeltaSegment } from '../../../src/main/engine/delta/index.ts';
import type { Dtype } from '../../../src/main/engine/dtypes.ts';
import { numbers, weights } from '../../bench/pairs.ts';
import { createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { floatBytes, floatValues, type FloatType } from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool();
afterAll(() => pool.close());

/** What the delta says of the tensor: how far it is from its parent. */
async function changeOf(
  dtype: Dtype,
  shape: readonly number[],
  child: Uint8Array,
  parent: Uint8Array,
  parentType = dtype,
): Promise<DeltaSegment> {
  const of = (type: Dtype, data: Uint8Array): Record<string, Uint8Array> => ({
    'a.safetensors': buildSafetensors([{ name: 'w', dtype: type, shape, data }]),
  });
  const { file } = await createInMemory(pool, await modelOf(of(dtype, child)), [
    await modelOf(of(parentType, parent)),
  ]);
  const segment = (await deltaOf(file)).index.segments.find(({ tensor }) => tensor);
  if (!segment) throw new Error('the model has a tensor');
  return segment;
}

/** The figures by their definition, in float64. */
function naive(child: ArrayLike<number>, parent: ArrayLike<number>): { norm: number; largest: number } {
  let moved = 0;
  let whole = 0;
  let largest = 0;
  for (let at = 0; at < child.length; at += 1) {
    const [c = 0, p = 0] = [child[at], parent[at]];
    moved += (c - p) ** 2;
    whole += p ** 2;
    largest = Math.max(largest, Math.abs(c - p));
  }
  return { norm: Math.sqrt(moved / whole), largest };
}

const three = (value: number): number => Number(value.toPrecision(3));

/** A figure of two digits that differs from what it should be by rounding at most, and by that of a sum in float32. */
function expectClose(found: number | null, expected: number): void {
  const lastDigit = 10 ** (Math.floor(Math.log10(expected)) - 1);
  expect(Math.abs((found ?? NaN) - expected)).toBeLessThanOrEqual(0.501 * lastDigit + 1e-6 * expected);
}

test.for(['BF16', 'F16', 'F32'] as const)(
  '%s: share, norm and largest are what they are by definition',
  async (dtype) => {
    for (const [seed, step, some] of [
      [1, 0.0005, 1],
      [2, 0.003, 0.3],
      [3, 1e-4, 0.001],
      [4, 0.05, 1],
    ] as const) {
      for (const shape of [[60, 70], [130, 131], [3000], [7]]) {
        const count = shape.reduce((product, size) => product * size, 1);
        const next = numbers(seed);
        const before = weights(count, 0.02, seed);
        const moves = weights(count, step, seed + 1);
        const after = before.map((value, at) => value + (next() < some ? (moves[at] ?? 0) : 0));
        const [child, parent] = [floatBytes(dtype, after), floatBytes(dtype, before)];
        const { change } = await changeOf(dtype, shape, child, parent);
        const [c, p] = [floatValues(dtype, child), floatValues(dtype, parent)];
        const changed = c.filter((value, at) => !Object.is(value, p[at])).length;
        const { norm, largest } = naive(c, p);
        expect(change.share).toBe(three(changed / count));
        if (changed === 0) continue;
        expectClose(change.norm, norm);
        expectClose(change.largest, largest);
      }
    }
  },
);

test('a parent of another type is measured after its rounding', async () => {
  const before = weights(3000, 0.02, 1);
  const after = before.map((value, at) => value * (at % 3 === 0 ? 1.5 : 1));
  for (const [dtype, parentType] of [
    ['F16', 'F32'],
    ['F32', 'F16'],
    ['F32', 'BF16'],
  ] as const) {
    const [child, parent] = [floatBytes(dtype, after), floatBytes(parentType, before)];
    const cast = floatValues(dtype, floatBytes(dtype, floatValues(parentType, parent)));
    const { change } = await changeOf(dtype, [3000], child, parent, parentType);
    const { norm, largest } = naive(floatValues(dtype, child), cast);
    expectClose(change.norm, norm);
    expectClose(change.largest, largest);
  }
});

test('a factor and doing without the parent do not change what is told', async () => {
  const before = weights(4000, 0.02, 1);
  for (const after of [before.map((value) => 0.8 * value), weights(4000, 0.02, 77)]) {
    const [child, parent] = [floatBytes('F32', after), floatBytes('F32', before)];
    const { change, recipe } = await changeOf('F32', [40, 100], child, parent);
    expect(['scaled', 'none']).toContain(recipe.predictor);
    const { norm, largest } = naive(floatValues('F32', child), floatValues('F32', parent));
    expect(change.share).toBeGreaterThan(0.99);
    expectClose(change.norm, norm);
    expectClose(change.largest, largest);
  }
});

test('what equals its parent did not change; what has none changed wholly', async () => {
  const same = floatBytes('F32', weights(100, 1, 1));
  expect((await changeOf('F32', [100], same, same)).change).toEqual({ share: 0, norm: 0, largest: 0 });
  const { file } = await createInMemory(
    pool,
    await modelOf({
      'a.safetensors': buildSafetensors([{ name: 'w', dtype: 'F32', shape: [100], data: same }]),
    }),
    [],
  );
  const segment = (await deltaOf(file)).index.segments.find(({ tensor }) => tensor);
  expect(segment?.change).toEqual({ share: 1, norm: null, largest: null });
});

test('a parent of zeros gives no relative norm, signs of zero count as changes', async () => {
  const zeros = new Uint8Array(400);
  const one = await changeOf('F32', [100], floatBytes('F32', new Float32Array(100).fill(0.5)), zeros);
  expect(one.change).toEqual({ share: 1, norm: null, largest: 0.5 });
  const negative = await changeOf('F32', [100], floatBytes('F32', new Float32Array(100).fill(-0)), zeros);
  expect(negative.change).toEqual({ share: 1, norm: null, largest: 0 });
});

test('infinities and no numbers leave the figures finite or unsaid', async () => {
  const wild: readonly (readonly [FloatType, number])[] = [
    ['F32', 1e30],
    ['BF16', 1e30],
    ['F16', 6e4],
  ];
  for (const [dtype, huge] of wild) {
    const before = weights(500, 0.02, 1);
    const after = before.map((value, at) => [NaN, Infinity, -Infinity, huge, -huge][at] ?? value);
    const { change } = await changeOf(dtype, [500], floatBytes(dtype, after), floatBytes(dtype, before));
    expect(change.share).toBe(0.01);
    for (const figure of [change.norm, change.largest])
      expect(figure === null || Number.isFinite(figure)).toBe(true);
    const { change: back } = await changeOf(
      dtype,
      [500],
      floatBytes(dtype, before),
      floatBytes(dtype, after),
    );
    expect(back.share).toBe(0.01);
  }
});

test('other types tell their share only', async () => {
  const next = numbers(4);
  for (const [dtype, width] of [
    ['I64', 8],
    ['I16', 2],
    ['U8', 1],
    ['F64', 8],
    ['BOOL', 1],
  ] as const) {
    const parent = Uint8Array.from({ length: 3000 * width }, () => next() * 256);
    const child = parent.slice();
    for (let at = 0; at < 750; at += 1) child[at * 4 * width] = (child[at * 4 * width] ?? 0) ^ 1;
    const { change } = await changeOf(dtype, [3000], child, parent);
    expect(change).toEqual({ share: 0.25, norm: null, largest: null });
  }
});
