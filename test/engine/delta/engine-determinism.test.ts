import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { anyFamily, pairsOf, type Family, type TensorPlan } from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pools = [kernelPool(1), kernelPool(2), kernelPool(3)];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

async function created({ child, parents }: Family, pool = pools[0]): Promise<Uint8Array> {
  if (!pool) throw new Error('there are three pools');
  const bases = await Promise.all(parents.map((files, number) => modelOf(files, `base ${number}`)));
  const { file } = await createInMemory(pool, await modelOf(child), bases);
  expect(pool.memory.used).toBe(0);
  return file;
}

async function expectSame(family: Family): Promise<Uint8Array> {
  const [first, ...others] = [...pools, pools[0]].map((pool) => () => created(family, pool));
  const file = (await first?.()) ?? new Uint8Array();
  for (const other of others) expect(Buffer.compare(await other(), file)).toBe(0);
  return file;
}

test('the same delta comes from one, two and three threads, and again', async () => {
  await fc.assert(
    fc.asyncProperty(anyFamily, async (family) => {
      await expectSame(family);
    }),
    { numRuns: 25 },
  );
});

test('tensors of several chunks, on every way through the encoder, give the same delta', async () => {
  const plans = (['BF16', 'F32', 'F16', 'I32', 'F64'] as const).flatMap((dtype, at) =>
    (['light', 'few', 'scaled', 'stranger', 'none'] as const).map((change, seed): TensorPlan => {
      const parentType = dtype === 'BF16' || dtype === 'F16' ? dtype : 'F32';
      const shape = change === 'light' && at < 2 ? [800, 1000] : [80, 90];
      return { dtype, shape, content: 'weights', change, parentType, seed: seed + 10 * at };
    }),
  );
  const { child, parent } = pairsOf(plans);
  const file = await expectSame({
    child: { 'model.safetensors': buildSafetensors(child) },
    parents: [{ 'model.safetensors': buildSafetensors(parent) }],
  });
  const { index } = await deltaOf(file);
  const codecs = new Set(
    index.records.map((record) => (record.kind === 'chunk' ? record.codec : record.holds)),
  );
  for (const codec of ['residual', 'bundle', 'sparse', 'planes', 'scales', 'tables'] as const) {
    expect(codecs).toContain(codec);
  }
  expect(Math.max(...index.chunks.map((chunks) => chunks.length))).toBeGreaterThan(2);
});
