import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { CreateResult, Recipe } from '../../../src/main/engine/delta/index.ts';
import { dtypeBits, elementCount, type Dtype } from '../../../src/main/engine/dtypes.ts';
import { weights } from '../../bench/pairs.ts';
import { concat, pattern } from '../../fixtures/bytes.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../../fixtures/engine-delta.ts';
import {
  anyFamily,
  asTorch,
  floatBytes,
  onGrid,
  pairsOf,
  type Family,
  type TensorPlan,
} from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool();
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});
afterAll(() => pool.close());

const sizeOf = (files: ModelFiles): number =>
  Object.values(files).reduce((sum, { length }) => sum + length, 0);

/** Creates and applies; every byte must come back, and a delta is hardly larger than the model. */
async function expectBack({ child, parents }: Family): Promise<{ file: Uint8Array; result: CreateResult }> {
  const bases = await Promise.all(parents.map((files, number) => modelOf(files, `base ${number}`)));
  const created = await createInMemory(pool, await modelOf(child), bases);
  const delta = await deltaOf(created.file);
  const back = await applyInMemory(pool, delta, bases);
  expect(Object.keys(back)).toEqual(Object.keys(child));
  for (const [path, bytes] of Object.entries(child)) {
    expect(Buffer.compare(back[path] ?? Buffer.of(), bytes), path).toBe(0);
  }
  const size = sizeOf(child);
  expect(created.result).toMatchObject({ originalBytes: size, storedBytes: created.file.length });
  expect(created.file.length).toBeLessThanOrEqual(size * 1.001 + 4096);
  const { total, unchanged, predicted, alone } = created.result.tensors;
  expect(unchanged + predicted + alone).toBe(total);
  return created;
}

test('any model comes back, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(anyFamily, async (family) => {
      await expectBack(family);
    }),
  );
});

/** One tensor in a file of its own. */
function single(dtype: Dtype, shape: readonly number[], data: Uint8Array, name = 'w'): ModelFiles {
  return { 'model.safetensors': buildSafetensors([{ name, dtype, shape, data }]) };
}

async function recipeOf(family: Family): Promise<{ recipe: Recipe; codecs: string[]; stored: number }> {
  const { file } = await expectBack(family);
  const { index } = await deltaOf(file);
  const segment = index.segments.find(({ kind }) => kind === 'tensor');
  if (!segment) throw new Error('the model has a tensor');
  const chunks = index.chunks[segment.number] ?? [];
  return {
    recipe: segment.recipe,
    codecs: chunks.map(({ codec }) => codec),
    stored: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const everyType = (Object.keys(dtypeBits) as Dtype[]).filter((dtype) => dtype !== 'OPAQUE');

test.for(everyType)('tensors of type %s come back, whatever became of them', async (dtype) => {
  const changes = ['none', 'few', 'steps', 'light', 'stranger', 'new', 'renamed'] as const;
  const contents = ['bits', 'weights', 'specials', 'tiny'] as const;
  const plans = changes.flatMap((change, at) =>
    contents.map((content, seed): TensorPlan => {
      const parentType = dtype === 'BF16' || dtype === 'F16' ? dtype : 'F32';
      return { dtype, shape: [33, 8 * at + 5], content, change, parentType, seed };
    }),
  );
  const { child, parent } = pairsOf(plans);
  const family = {
    child: { 'a.safetensors': buildSafetensors(child) },
    parents: [{ 'a.safetensors': buildSafetensors(parent) }],
  };
  const { result } = await expectBack(family);
  expect(result.tensors.unchanged).toBeGreaterThanOrEqual(contents.length);
});

test('every single bit pattern of 16 bits comes back, against every other', async () => {
  const count = 65_536;
  const child = Uint16Array.from({ length: count }, (_, index) => index);
  const parent = child.map((bits) => Math.imul(bits, 40_503) + 7);
  for (const dtype of ['BF16', 'F16'] as const) {
    const bytes = (words: Uint16Array): Uint8Array => new Uint8Array(words.slice().buffer);
    for (const shape of [[count], [256, 256], [2, 32_768]]) {
      await expectBack({
        child: single(dtype, shape, bytes(child)),
        parents: [single(dtype, shape, bytes(parent))],
      });
    }
    await expectBack({ child: single(dtype, [256, 256], bytes(child)), parents: [] });
  }
});

test.for([
  ['wider than column scales go', [2, 70_000]],
  ['many rows of two', [40_000, 2]],
  ['as wide as may be', [2, 65_536]],
  ['of many dimensions', [2, 3, 1, 5, 7, 1, 11, 13]],
  ['with a last row that is short', [3, 1, 33_333]],
] as const)('a matrix %s comes back', async ([, shape]) => {
  for (const dtype of ['BF16', 'F32'] as const) {
    const plan = { dtype, shape, content: 'weights', change: 'light', parentType: dtype, seed: 3 } as const;
    const { child, parent } = pairsOf([plan]);
    const family = {
      child: { 'a.safetensors': buildSafetensors(child) },
      parents: [{ 'a.safetensors': buildSafetensors(parent) }],
    };
    const { stored, recipe } = await recipeOf(family);
    expect(recipe.predictor).toBe('same');
    expect(stored).toBeLessThan(0.8 * elementCount(shape) * (dtype === 'F32' ? 4 : 2));
  }
});

const width = 150;
const shape = [width, width];
const values = weights(width * width, 0.02, 1);
const moved = values.map((value, at) => value + 0.0003 * (weights(8, 1, at)[3] ?? 0));

test('bfloat16 stored as float32 is coded as bfloat16, and float16 as float16', async () => {
  for (const grid of ['BF16', 'F16'] as const) {
    const on = (list: Float32Array): Uint8Array =>
      floatBytes(
        'F32',
        list.map((value) => onGrid(grid, value)),
      );
    const wide = await recipeOf({
      child: single('F32', shape, on(moved)),
      parents: [single('F32', shape, on(values))],
    });
    const narrow = await recipeOf({
      child: single(grid, shape, floatBytes(grid, moved)),
      parents: [single(grid, shape, floatBytes(grid, values))],
    });
    expect(wide.recipe).toMatchObject({ grid, predictor: 'cast', coded: true });
    expect(wide.codecs).toEqual(['residual']);
    expect(Math.abs(wide.stored - narrow.stored)).toBeLessThan(20);
    const alone = await recipeOf({ child: single('F32', shape, on(moved)), parents: [] });
    expect(alone.recipe).toMatchObject({ grid, predictor: 'none' });
  }
});

test('bfloat16 values stored as float16 are coded as bfloat16', async () => {
  const on = (list: Float32Array): Uint8Array =>
    floatBytes(
      'F16',
      list.map((value) => onGrid('BF16', value)),
    );
  const family = {
    child: single('F16', shape, on(moved)),
    parents: [single('BF16', shape, floatBytes('BF16', values))],
  };
  const { recipe } = await recipeOf(family);
  expect(recipe).toMatchObject({ grid: 'BF16', predictor: 'same' });
});

test('a tensor that is its parent in another type costs no record', async () => {
  const parents = [single('F32', shape, floatBytes('F32', values))];
  const brain = await recipeOf({ child: single('BF16', shape, roundedBrain(values)), parents });
  expect(brain).toMatchObject({ recipe: { predictor: 'cast', coded: false }, codecs: [] });
  const half = await recipeOf({ child: single('F16', shape, floatBytes('F16', values)), parents });
  expect(half).toMatchObject({ recipe: { predictor: 'cast', coded: false }, codecs: [] });
  // Saved in another type on the way: all of it lies on a grid that is neither type's.
  const halves = new Uint16Array(roundedBrain(values).slice().buffer);
  const onBrain = new Uint8Array(Uint32Array.from(halves, (bits) => bits * 65_536).buffer);
  const wide = await recipeOf({ child: single('F32', shape, onBrain), parents });
  expect(wide).toMatchObject({ recipe: { predictor: 'cast', grid: 'BF16', coded: false }, codecs: [] });
  const narrow = [single('BF16', shape, roundedBrain(values))];
  const back = await recipeOf({ child: single('F32', shape, onBrain), parents: narrow });
  expect(back).toMatchObject({ recipe: { predictor: 'cast', coded: false }, codecs: [] });
});

/** Float32 rounded to the nearest upper half, ties to even. */
function roundedBrain(list: Float32Array<ArrayBuffer>): Uint8Array {
  const words = new Uint32Array(list.buffer);
  return new Uint8Array(
    Uint16Array.from(words, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16).buffer,
  );
}

test('an exact multiple of its parent is not stored', async () => {
  const parents = [single('F32', shape, floatBytes('F32', values))];
  for (const factor of [0.5, -1, Math.fround(0.7)]) {
    const child = single(
      'F32',
      shape,
      floatBytes(
        'F32',
        values.map((value) => value * factor),
      ),
    );
    const { recipe, codecs } = await recipeOf({ child, parents });
    expect(recipe).toMatchObject({ predictor: 'scaled', coded: true });
    expect(codecs).toEqual(['unchanged']);
  }
});

test('rows that were left as they were cost next to nothing, whatever became of the others', async () => {
  for (const dtype of ['BF16', 'F32'] as const) {
    const parents = [single(dtype, shape, floatBytes(dtype, values))];
    for (const factor of [1, 0.9]) {
      const stored = async (trained: number): Promise<number> => {
        const list = values.map((value, at) => (at / width < trained ? factor * (moved[at] ?? 0) : value));
        return (await recipeOf({ child: single(dtype, shape, floatBytes(dtype, list)), parents })).stored;
      };
      expect(await stored(15)).toBeLessThan(0.2 * (await stored(width)));
    }
  }
});

test('a stranger is coded as if there were no parent', async () => {
  const stranger = weights(width * width, 0.02, 99);
  const child = single('BF16', shape, floatBytes('BF16', stranger));
  const { recipe, codecs, stored } = await recipeOf({
    child,
    parents: [single('BF16', shape, floatBytes('BF16', values))],
  });
  expect(recipe.predictor).toBe('none');
  expect(codecs).toEqual(['alone']);
  expect((await recipeOf({ child, parents: [] })).stored).toBe(stored);
});

test('equal bytes are found whatever type they are said to have', async () => {
  const data = pattern(4 * 1024, 3);
  const types = ['F32', 'BF16', 'F16', 'U8', 'I64', 'F64'] as const;
  const as = (dtype: Dtype, name: string): ModelFiles =>
    single(dtype, [(data.length * 8) / dtypeBits[dtype]], data, name);
  for (const dtype of types) {
    for (const other of types) {
      const { recipe } = await recipeOf({ child: as(dtype, 'x'), parents: [as(other, 'y')] });
      expect(recipe).toMatchObject({ predictor: 'same', coded: false });
    }
    const { recipe } = await recipeOf({ child: as(dtype, 'x'), parents: [{ 'data.bin': data }] });
    expect(recipe).toMatchObject({ predictor: 'same', coded: false });
  }
});

test('a torch checkpoint finds its tensors in a safetensors parent', async () => {
  const plans = (['BF16', 'F32', 'I64', 'F16'] as const).map((dtype, seed): TensorPlan => {
    const parentType = dtype === 'I64' ? 'F32' : dtype;
    return {
      dtype,
      shape: [60, 40],
      content: 'weights',
      change: seed === 2 ? 'none' : 'light',
      parentType,
      seed,
    };
  });
  const { child, parent } = pairsOf(plans);
  const { result } = await expectBack({
    child: { 'pytorch_model.bin': asTorch(child) },
    parents: [{ 'model.safetensors': buildSafetensors(parent) }],
  });
  expect(result.tensors).toEqual({ total: 4, unchanged: 1, predicted: 3, alone: 0 });
});

test('an unknown file that grew, shrank or moved costs what is new in it', async () => {
  const bytes = Uint8Array.from(values, (value) => value * 9000);
  const more = pattern(500, 8);
  const of = (data: Uint8Array): ModelFiles => ({ 'data.bin': data });
  const cost = async (data: Uint8Array): Promise<number> =>
    (await recipeOfFile({ child: of(data), parents: [of(bytes)] })).stored;
  expect(await cost(bytes)).toBe(0);
  expect(await cost(concat(bytes, more))).toBeLessThan(1200);
  expect(await cost(bytes.subarray(0, 9000))).toBe(0);
  const { result } = await expectBack({ child: { 'moved/else.bin': bytes }, parents: [of(bytes)] });
  expect(result.storedBytes).toBeLessThan(1200);
  await expectBack({ child: of(new Uint8Array()), parents: [of(bytes)] });
  await expectBack({ child: of(bytes), parents: [of(new Uint8Array())] });
});

async function recipeOfFile(family: Family): Promise<{ stored: number }> {
  const { file } = await expectBack(family);
  const { index } = await deltaOf(file);
  return { stored: index.records.reduce((sum, { bytes }) => sum + bytes, 0) };
}

test('a model without files, with empty ones, and of one byte comes back', async () => {
  for (const child of [
    {},
    { 'a.bin': new Uint8Array() },
    { 'a.bin': Uint8Array.of(7), b: new Uint8Array() },
  ]) {
    await expectBack({ child, parents: [] });
    await expectBack({ child, parents: [child] });
    await expectBack({ child, parents: [{}] });
  }
});
