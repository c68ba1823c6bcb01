import { afterAll, afterEach, expect, test } from 'vitest';
import { findParents, type DeltaFile } from '../../../src/main/engine/delta/index.ts';
import type { ModelSource } from '../../../src/main/engine/sources/index.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { utf8 } from '../../fixtures/bytes.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../../fixtures/engine-delta.ts';
import { pairsOf, type TensorPlan } from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool();
afterAll(() => pool.close());
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

const plans = (['BF16', 'F32', 'I64', 'F16'] as const).map((dtype, seed): TensorPlan => {
  const parentType = dtype === 'I64' ? 'F32' : dtype;
  const change = seed === 1 ? 'none' : dtype === 'I64' ? 'steps' : 'light';
  return { dtype, shape: [40, 50 + seed], content: 'weights', change, parentType, seed };
});
const { child, parent } = pairsOf(plans);
const weights = buildSafetensors(parent);
const base: ModelFiles = { 'model.safetensors': weights, 'config.json': utf8('{"generation": 0}') };
const tuned: ModelFiles = {
  'model.safetensors': buildSafetensors(child),
  'config.json': utf8('{"generation": 0}'),
};

const { file } = await createInMemory(pool, await modelOf(tuned, 'child'), [await modelOf(base, 'base')]);

async function failureOf(...models: readonly ModelFiles[]): Promise<DeltashelfError> {
  const delta = await deltaOf(file);
  const sources = await Promise.all(models.map((files, number) => modelOf(files, `given ${number}`)));
  const outcome = await applyInMemory(pool, delta, sources).catch((error: unknown) => error);
  if (!(outcome instanceof DeltashelfError)) throw new Error('it must fail with a sentence');
  return outcome;
}

async function expectBack(...models: readonly ModelFiles[]): Promise<void> {
  const sources = await Promise.all(models.map((files, number) => modelOf(files, `given ${number}`)));
  expect(await applyInMemory(pool, await deltaOf(file), sources)).toEqual(tuned);
}

test('every byte of the base that is needed is missed when it is another', async () => {
  const model = await modelOf(base);
  for (const { offset, length, tensor } of model.segments) {
    if (!tensor) continue;
    for (const at of [offset, offset + (length >> 1), offset + length - 1]) {
      const changed = weights.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const failure = await failureOf({ ...base, 'model.safetensors': changed });
      expect(failure).toMatchObject({
        code: 'parent-mismatch',
        place: { file: 'model.safetensors', tensor: tensor.name },
      });
      expect(failure.message).toContain(tensor.name);
      expect(failure.message).toContain('Nothing was written');
    }
  }
});

test('without any base, or with another model, the base is missing', async () => {
  const other = pairsOf(plans.map((plan) => ({ ...plan, seed: plan.seed + 50, shape: [3, 3] }))).parent;
  const stranger = { 'model.safetensors': buildSafetensors(other), 'config.json': utf8('{}') };
  for (const failure of [await failureOf(), await failureOf(stranger), await failureOf({})]) {
    expect(failure).toMatchObject({ code: 'parent-missing', place: { file: 'model.safetensors' } });
    expect(failure.message).toContain('base');
  }
  expect((await failureOf(stranger)).message).toContain('given 0');
});

test('a base of which a file is gone is a mismatch that names what is gone', async () => {
  const failure = await failureOf({ 'model.safetensors': weights });
  expect(failure).toMatchObject({ code: 'parent-mismatch', place: { file: 'config.json' } });
  const cut = await failureOf({ ...base, 'model.safetensors': buildSafetensors(parent.slice(0, 2)) });
  expect(cut.place).toMatchObject({ file: 'model.safetensors' });
  expect(cut.code).toMatch(/^parent-/u);
});

test('the base is known by its bytes: other files, names and orders will do', async () => {
  await expectBack(base);
  await expectBack({ 'renamed.safetensors': weights, 'other.json': utf8('{"generation": 0}') });
  const renamed = parent.map((tensor, number) => ({ ...tensor, name: `x.${number}` }));
  // The header is another file's business: its bytes are kept beside.
  const header = weights.subarray(0, 8 + new DataView(weights.buffer).getUint32(0, true));
  const shards = {
    'a.safetensors': buildSafetensors(renamed.slice(2).reverse()),
    'b.safetensors': buildSafetensors(renamed.slice(0, 2)),
    'header.bin': header,
    'config.json': utf8('{"generation": 0}'),
  };
  await expectBack(shards);
  await expectBack(
    { 'b.safetensors': shards['b.safetensors'] },
    { ...base, 'model.safetensors': shards['a.safetensors'], 'header.bin': header },
  );
});

test('a base that was saved again with another header serves, whole or in shards', async () => {
  const metadata = [['saved', 'again, with more to say than before']] as const;
  const again = { 'model.safetensors': buildSafetensors(parent, { metadata, align: 512 }) };
  await expectBack({ ...base, ...again });
  const others = { 'config.json': base['config.json'] ?? utf8('') };
  const shards = {
    'model-00001-of-00002.safetensors': buildSafetensors(parent.slice(0, 1), { metadata }),
    'model-00002-of-00002.safetensors': buildSafetensors(parent.slice(1).reverse()),
  };
  await expectBack({ ...shards, ...others });
  // What the child's own header says does not come from the base either.
  const delta = await deltaOf(file);
  expect(
    delta.index.parents.flatMap(({ segments }) => segments.filter(({ tensor }) => !tensor)),
  ).toHaveLength(1);
});

test.for([
  ['without metadata', {}],
  ['with the usual metadata', { metadata: [['format', 'pt']] }],
  [
    'with metadata of its own',
    {
      metadata: [
        ['a "quoted" \\ word\u0001', 'é\u2028'],
        ['b', ''],
      ],
    },
  ],
  ['that is padded far', { align: 4096 }],
  ['that is not padded', { align: 1 }],
] as const)('a header %s is kept without one of the base', async ([, options]) => {
  const odd = child.map((tensor, at) => ({
    ...tensor,
    name: `${tensor.name}.${['"', '\\', '\n\u007f', 'é💡'][at] ?? ''}`,
  }));
  const files = { 'a.safetensors': buildSafetensors(odd, options) };
  const { file: bytes } = await createInMemory(pool, await modelOf(files), [await modelOf(base)]);
  const delta = await deltaOf(bytes);
  const first = delta.index.chunks[0]?.map(({ codec, bytes: stored }) => [codec, stored < 100]);
  expect(first).toEqual([['safetensors', true]]);
  expect(await applyInMemory(pool, delta, [await modelOf({ 'b.safetensors': weights })])).toEqual(files);
});

test.for([
  ['in another order', { headerOrder: [2, 0, 1, 3] }],
  ['with white space before', { before: ' ' }],
  [
    'with more metadata than is worth keeping',
    { metadata: [['noise', Buffer.from(weights.subarray(4000, 12_000)).toString('base64')]] },
  ],
] as const)('a header %s is coded like other bytes', async ([, options]) => {
  const files = { 'model.safetensors': buildSafetensors(child, options) };
  const bases = [await modelOf({ 'model.safetensors': buildSafetensors(parent, options) })];
  const { file: bytes } = await createInMemory(pool, await modelOf(files), bases);
  const delta = await deltaOf(bytes);
  expect(delta.index.requires).not.toContain('safetensors-0');
  expect(await applyInMemory(pool, delta, bases)).toEqual(files);
});

test('a base that is there twice, once damaged, is taken from where it is sound', async () => {
  const changed = weights.slice();
  changed[2000] = (changed[2000] ?? 0) ^ 1;
  await expectBack({ ...base, 'model.safetensors': changed }, base);
  await expectBack(base, { ...base, 'model.safetensors': changed });
});

test('the same bytes as another type are no base: predictions go by values', async () => {
  const integers = { BF16: 'I16', F16: 'U16', F32: 'I32', I64: 'I64' } as const;
  const typed = parent.map((tensor) => ({
    ...tensor,
    dtype: integers[tensor.dtype as keyof typeof integers],
  }));
  const header = weights.subarray(0, 8 + new DataView(weights.buffer).getUint32(0, true));
  const failure = await failureOf({
    ...base,
    'model.safetensors': buildSafetensors(typed),
    'header.bin': header,
  });
  expect(failure).toMatchObject({ code: 'parent-mismatch', place: { tensor: 'layer.0.weight' } });
});

test('the child itself is no base, though most of it is alike', async () => {
  expect((await failureOf(tuned)).code).toMatch(/^parent-/u);
});

test('each input is checked once, with progress, and a cancel ends it', async () => {
  const delta: DeltaFile = await deltaOf(file);
  const source: ModelSource = await modelOf(base, 'base');
  const done: number[] = [];
  let total = 0;
  await findParents(delta.index, [source], 'model.dshelf', {
    onProgress: ({ phase, doneBytes, totalBytes }) => {
      expect(phase).toBe('identify');
      done.push(doneBytes);
      total = totalBytes;
    },
  });
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(done.at(-1)).toBe(total);
  expect(total).toBe(
    delta.index.parents.flatMap(({ segments }) => segments).reduce((sum, { length }) => sum + length, 0),
  );
  const reason = new Error('enough');
  await expect(findParents(delta.index, [source], 'x', { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

test('a delta without parents needs none', async () => {
  const alone = await createInMemory(pool, await modelOf(tuned), []);
  const delta = await deltaOf(alone.file);
  expect(delta.index.parents).toEqual([]);
  expect(await applyInMemory(pool, delta, [])).toEqual(tuned);
});
