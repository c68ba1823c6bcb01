import { afterAll, expect, test } from 'vitest';
import { openDelta } from '../../src/main/engine/delta/index.ts';
import { DeltashelfError } from '../../src/shared/index.ts';
import { utf8 } from '../fixtures/bytes.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../fixtures/engine-delta.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';
import { pairsOf, type TensorPlan } from '../fixtures/random-models.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';

// A delta that was damaged on the way never gives a wrong model.

const pool = kernelPool();
afterAll(() => pool.close());

const plans: readonly TensorPlan[] = (
  [
    ['BF16', [12, 14], 'weights', 'light', 'BF16'],
    ['F32', [9, 9], 'narrow', 'light', 'F32'],
    ['F32', [40], 'weights', 'scaled', 'F32'],
    ['I32', [2000], 'tiny', 'few', 'F32'],
    ['I64', [160], 'weights', 'steps', 'F32'],
    ['U8', [30], 'bits', 'new', 'F32'],
    ['F16', [33], 'weights', 'none', 'F16'],
  ] as const
).map(([dtype, shape, content, change, parentType], seed) => ({
  dtype,
  shape,
  content,
  change,
  parentType,
  seed,
}));
const { child, parent } = pairsOf(plans);
const base: ModelFiles = { 'model.safetensors': buildSafetensors(parent) };
const tuned: ModelFiles = { 'model.safetensors': buildSafetensors(child), 'config.json': utf8('{"a": 1}') };
const bases = [await modelOf(base, 'base')];
const { file } = await createInMemory(pool, await modelOf(tuned, 'child'), bases);

/** What becomes of a damaged file: the model, or the sentence that refuses it. */
async function outcomeOf(bytes: Uint8Array): Promise<ModelFiles | DeltashelfError> {
  try {
    return await applyInMemory(pool, await deltaOf(bytes), bases);
  } catch (error) {
    if (!(error instanceof DeltashelfError)) throw error;
    return error;
  }
}

test('the delta is small and has records of several kinds', async () => {
  const { index } = await deltaOf(file);
  expect(file.length).toBeLessThan(5500);
  const codecs = new Set(
    index.records.map((record) => (record.kind === 'chunk' ? record.codec : record.holds)),
  );
  for (const codec of ['bundle', 'pack', 'scales', 'tables', 'sparse', 'planes'] as const)
    expect(codecs).toContain(codec);
  expect(await outcomeOf(file)).toEqual(tuned);
});

test('every byte, changed once, is noticed: nothing is applied', async () => {
  for (let at = 0; at < file.length; at += 1) {
    const damaged = file.slice();
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    const outcome = await outcomeOf(damaged);
    expect(outcome, `byte ${at}`).toBeInstanceOf(DeltashelfError);
    expect((outcome as DeltashelfError).code).toMatch(/^delta-(?:damaged|foreign|newer)$/u);
  }
  expect(pool.memory.used).toBe(0);
});

test('a changed record is named, and by verifying it is named the same', async () => {
  const delta = await deltaOf(file);
  for (const record of delta.index.records) {
    for (const at of [record.offset, record.offset + 20, record.offset + 36 + record.bytes - 1]) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      const opened = await openDelta(new MemoryFile(damaged), { name: 'model.dshelf' });
      const outcome = await outcomeOf(damaged);
      const verified: unknown = await opened.verifyRecords().catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code: 'delta-damaged', place: { part: `record ${record.number}` } });
      expect(verified).toMatchObject({ code: 'delta-damaged', place: { part: `record ${record.number}` } });
      expect((verified as Error).message).toBe((outcome as Error).message);
    }
  }
});

test('a delta that was cut, anywhere, is refused', async () => {
  for (let end = 0; end < file.length; end += end < 200 || end > file.length - 200 ? 1 : 17) {
    const outcome = await outcomeOf(file.subarray(0, end));
    expect(outcome, `at ${end}`).toBeInstanceOf(DeltashelfError);
    expect((outcome as DeltashelfError).code).toMatch(/^delta-(?:damaged|foreign)$/u);
  }
  expect(pool.memory.used).toBe(0);
});

test('a delta that goes on, or whose parts changed places, is refused', async () => {
  expect(await outcomeOf(Buffer.concat([file, Uint8Array.of(0)]))).toBeInstanceOf(DeltashelfError);
  expect(await outcomeOf(Buffer.concat([file, file]))).toBeInstanceOf(DeltashelfError);
  for (const at of [16, 300, 1000]) {
    const swapped = file.slice();
    swapped.set(file.subarray(at, at + 40), at + 40);
    swapped.set(file.subarray(at + 40, at + 80), at);
    expect(await outcomeOf(swapped)).toBeInstanceOf(DeltashelfError);
  }
});
