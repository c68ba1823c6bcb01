import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import { dtypeBits, elementCount, type Dtype } from '../../../src/main/engine/dtypes.ts';
import { numbers } from '../../bench/pairs.ts';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

// However little there is to save, a delta is never above the model by more than 0.1 % and 4 kB.

const pool = kernelPool();
afterAll(() => pool.close());
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

interface Plan {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** Random bits. Each seed has its own. */
function bits(bytes: number, seed: number): Uint8Array {
  const next = numbers(seed);
  const words = Uint32Array.from({ length: Math.ceil(bytes / 4) }, () => next() * 2 ** 32);
  return new Uint8Array(words.buffer).slice(0, bytes);
}

function model(plans: readonly Plan[], seed: number): Uint8Array {
  return buildSafetensors(
    plans.map(({ dtype, shape }, number) => ({
      name: `model.layers.${number}.weight`,
      ...{ dtype, shape },
      data: bits((elementCount(shape) * dtypeBits[dtype]) / 8, seed * 100_000 + number),
    })),
  );
}

/** Checks that the model comes back, and gives the bytes by which the delta is above the bound. */
async function aboveBound(child: Uint8Array, parents: readonly Uint8Array[]): Promise<number> {
  const files = { 'model.safetensors': child };
  const bases = await Promise.all(parents.map((parent) => modelOf({ 'model.safetensors': parent }, 'base')));
  const { file } = await createInMemory(pool, await modelOf(files), bases);
  const back = await applyInMemory(pool, await deltaOf(file), bases);
  expect(Buffer.compare(back['model.safetensors'] ?? Buffer.of(), child)).toBe(0);
  return file.length - (child.length * 1.001 + 4096);
}

const many = (count: number, dtype: Dtype, shape: readonly number[]): Plan[] =>
  Array.from({ length: count }, () => ({ dtype, shape }));

const grids = ['BF16', 'F16', 'F32'] as const;
const plans: Record<string, readonly Plan[]> = Object.fromEntries(
  grids.flatMap((dtype) => [
    [`40 ${dtype} of 16,384`, many(40, dtype, [128, 128])],
    [`60 ${dtype} of 16,640, each with records of its own`, many(60, dtype, [130, 128])],
    [`600 ${dtype} of 300`, many(600, dtype, [300])],
    [`1,500 ${dtype} of 5`, many(1500, dtype, [5])],
    [`a ${dtype} with many rows of two`, many(1, dtype, [70_000, 2])],
    [`small ${dtype} with many rows of two`, many(60, dtype, [8000, 2])],
    [`a ${dtype} with two rows`, many(2, dtype, [2, 65_536])],
    [`a vector of ${dtype}`, many(1, dtype, [700_000])],
    [`a ${dtype} of several chunks`, many(1, dtype, [1500, 1024])],
  ]),
);

test.for(Object.entries(plans))('%s, random bits', async ([, list]) => {
  const child = model(list, 1);
  expect(await aboveBound(child, [])).toBeLessThanOrEqual(0);
  expect(await aboveBound(child, [model(list, 2)])).toBeLessThanOrEqual(0);
});

test('random bits of any shapes and types, with parents and without', async () => {
  const dtype = fc.constantFrom<Dtype[]>(
    'BF16',
    'F16',
    'F32',
    'BF16',
    'F16',
    'F32',
    'F64',
    'U8',
    'I16',
    'I64',
  );
  const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 260 }));
  const plan = fc.record({ dtype, shape: fc.array(size, { maxLength: 3 }) });
  const list = fc
    .array(fc.tuple(plan, fc.constantFrom(1, 1, 7, 40)), { minLength: 1, maxLength: 8 })
    .map((kinds) => kinds.flatMap(([each, times]) => many(times, each.dtype, each.shape)))
    .filter((all) => all.reduce((sum, { shape }) => sum + elementCount(shape), 0) < 400_000);
  await fc.assert(
    fc.asyncProperty(list, fc.constantFrom('none', 'stranger', 'other types'), async (all, parent) => {
      const other = parent === 'stranger' ? all : all.map(({ shape }) => ({ dtype: 'BF16', shape }) as const);
      const child = model(all, 3);
      expect(await aboveBound(child, parent === 'none' ? [] : [model(other, 4)])).toBeLessThanOrEqual(0);
    }),
    { numRuns: 40 },
  );
});
