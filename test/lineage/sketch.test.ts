import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dtype } from '../../src/main/engine/dtypes.ts';
import {
  commonSample,
  decodeSketch,
  encodeSketch,
  sketchModel,
  type ModelSketch,
  type TensorSketch,
} from '../../src/main/lineage/index.ts';
import { firstOf } from '../../src/main/lineage/sketch-places.ts';
import { concat, pattern, utf8 } from '../fixtures/bytes.ts';
import { modelOf } from '../fixtures/engine-delta.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';
import { anyPlan, floatBytes, pairsOf } from '../fixtures/random-models.ts';
import { buildSafetensors, type SafetensorsTensor } from '../fixtures/safetensors-file.ts';

async function sketchOf(tensors: readonly SafetensorsTensor[]): Promise<ModelSketch> {
  return await sketchModel(await modelOf({ 'model.safetensors': buildSafetensors(tensors) }));
}

async function sketchOne(dtype: Dtype, shape: readonly number[], data?: Uint8Array): Promise<TensorSketch> {
  const { tensors } = await sketchOf([{ name: 'w', dtype, shape, ...(data && { data }) }]);
  const [tensor] = tensors;
  if (!tensor) throw new Error('one tensor was built');
  return tensor;
}

/** A matrix in which every element says where it is: row * 1000 + column. */
function numbered(rows: number, columns: number): Uint8Array {
  return floatBytes(
    'F32',
    Float32Array.from(
      { length: rows * columns },
      (_, at) => Math.floor(at / columns) * 1000 + (at % columns),
    ),
  );
}

describe('the order in which places are taken', () => {
  test('takes every number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), (size) => {
        const all = firstOf(size, size);
        expect([...all].sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
      }),
    );
  });

  test('of a smaller size is that of a larger one without the numbers beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 900 }), (size, more) => {
        const inside = firstOf(size + more, size + more).filter((number) => number < size);
        expect(inside).toEqual(firstOf(size, size));
      }),
    );
  });

  test('fewer are the first of more, and lie in every part', () => {
    const many = firstOf(32_064, 64);
    expect(firstOf(32_064, 32)).toEqual(many.slice(0, 32));
    for (let part = 0; part < 8; part += 1) {
      const inPart = many.filter((row) => row >= part * 4008 && row < (part + 1) * 4008);
      expect(inPart.length).toBeGreaterThanOrEqual(6);
      expect(inPart.length).toBeLessThanOrEqual(10);
    }
  });

  test('reaches sizes beyond 32 bits', () => {
    const taken = firstOf(2 ** 40, 1000);
    expect(new Set(taken).size).toBe(1000);
    expect(Math.max(...taken)).toBeGreaterThan(2 ** 39);
  });
});

describe('a sketch', () => {
  test('holds the elements at the sampled rows and columns, read in part', async () => {
    const file = new MemoryFile(
      buildSafetensors([{ name: 'w', dtype: 'F32', shape: [999, 301], data: numbered(999, 301) }]),
    );
    const { tensors } = await sketchModel(
      await modelOf({ 'model.safetensors': pattern(0, 0) }, 'm', () => file),
    );
    const tensor = tensors[0];
    if (!tensor) throw new Error('there is a tensor');
    const rows = firstOf(999, tensor.rows);
    const columns = firstOf(301, tensor.columns);
    expect(tensor.values).toEqual(
      Float32Array.from(rows.flatMap((row) => columns.map((column) => row * 1000 + column))),
    );
    expect(tensor.values.length).toBe(2048);
    expect(file.bytesRead).toBeLessThan(file.size / 4);
    expect(tensor.digest).toBeUndefined();
  });

  test.each<[Dtype, readonly number[]]>([
    ['F32', []],
    ['BF16', [0]],
    ['F16', [3, 0]],
    ['F64', [7, 5]],
    ['I64', [1]],
    ['BOOL', [100_000]],
    ['F4', [64, 40]],
    ['BF16', [1, 70_000, 2]],
    ['U8', [300, 400]],
  ])('of %s %j survives its encoding', async (dtype, shape) => {
    const sketch = await sketchOf([{ name: 'w', dtype, shape }]);
    expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch);
    expect(sketch.tensors[0]?.values.length === 0).toBe(
      shape.includes(0) || !['F32', 'BF16', 'F16', 'F64'].includes(dtype),
    );
  });

  test('of any model survives its encoding', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPlan, { maxLength: 4 }), async (plans) => {
        const sketch = await sketchOf(pairsOf(plans).child);
        expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch);
      }),
      { numRuns: 30 },
    );
  });

  test('keeps infinities and NaN as they are, and -0 apart from 0', async () => {
    const values = [Infinity, -Infinity, NaN, -0, 0];
    for (const dtype of ['F32', 'BF16', 'F16'] as const) {
      const { values: sampled } = await sketchOne(dtype, [5], floatBytes(dtype, values));
      const shown = (list: Iterable<number>): string[] =>
        [...list].map((value) => (Object.is(value, -0) ? '-0' : String(value))).sort();
      expect(shown(sampled)).toEqual(shown(values));
    }
  });

  test('of a model with very many tensors stays small', async () => {
    const shape = [40, 30];
    const tensors = Array.from({ length: 3000 }, (_, index) => ({
      name: `t${index}`,
      dtype: 'BF16' as const,
      shape,
    }));
    const sketch = await sketchOf(tensors);
    expect(sketch.tensors.reduce((sum, { values }) => sum + values.length * 2, 0)).toBeLessThanOrEqual(
      1 << 20,
    );
    expect(encodeSketch(sketch).length).toBeLessThan(1.3 * (1 << 20));
    const few = await sketchOne('BF16', shape, tensors[0] && pattern(2400, 0));
    const [first] = sketch.tensors;
    expect(first && commonSample(first, few)?.a).toEqual(first && commonSample(first, few)?.b);
  });

  test('knows what lies beside the tensors', async () => {
    const card = utf8('a card '.repeat(1000));
    const model = await modelOf({ 'README.md': card, 'model.safetensors': buildSafetensors([]) });
    const { others, otherBytes } = await sketchModel(model);
    const [readme, header] = others;
    expect(readme).toMatchObject({ file: 'README.md', ordinal: 0, length: 7000 });
    expect(readme?.packed).toBeLessThan(100);
    expect(readme?.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(otherBytes).toBe(7000 + (header?.length ?? 0));
  });

  test('ends when it is cancelled', async () => {
    const model = await modelOf({
      'model.safetensors': buildSafetensors([{ name: 'w', dtype: 'F32', shape: [4, 4] }]),
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(sketchModel(model, { signal })).rejects.toThrow('enough');
  });
});

describe('two sketches', () => {
  test('of a vocabulary that grew have its old rows in common', async () => {
    const before = await sketchOne('F32', [1024, 128], numbered(1024, 128));
    const after = await sketchOne('F32', [1031, 128], numbered(1031, 128));
    const common = commonSample(after, before);
    expect(common?.a).toEqual(common?.b);
    expect(common?.rows).toBeGreaterThanOrEqual(before.rows - 3);
  });

  test('of other widths have nothing in common', async () => {
    const narrow = await sketchOne('F32', [64, 100]);
    const wide = await sketchOne('F32', [64, 101]);
    expect(commonSample(narrow, wide)).toBeUndefined();
    expect(commonSample(narrow, await sketchOne('I32', [64, 100]))).toBeUndefined();
  });
});

describe('bytes that are no sketch', () => {
  const hostile: [string, (good: Uint8Array) => Uint8Array][] = [
    ['nothing', () => new Uint8Array()],
    ['another version', (good) => concat(Uint8Array.of(2), good.subarray(1))],
    [
      'a header longer than all',
      (good) => concat(good.subarray(0, 1), Uint8Array.of(255, 255, 255, 255), good.subarray(5)),
    ],
    ['fewer elements than it says', (good) => good.subarray(0, good.length - 1)],
    ['more elements than it says', (good) => concat(good, Uint8Array.of(0))],
    ['a header of noise', (good) => concat(good.subarray(0, 5), pattern(good.length - 5, 1))],
  ];
  test.each(hostile)('%s', async (_, damage) => {
    const good = encodeSketch(await sketchOf([{ name: 'w', dtype: 'F32', shape: [64, 100] }]));
    expect(decodeSketch(good)).toBeDefined();
    expect(decodeSketch(damage(good))).toBeUndefined();
  });

  test('more sampled rows than the tensor has', async () => {
    const sketch = await sketchOf([{ name: 'w', dtype: 'F32', shape: [2, 2] }]);
    const [tensor] = sketch.tensors;
    if (!tensor) throw new Error('there is a tensor');
    const forged = encodeSketch({
      ...sketch,
      tensors: [{ ...tensor, rows: 8, values: new Float32Array(32) }],
    });
    expect(decodeSketch(forged)).toBeUndefined();
  });

  test('any flipped byte gives a sketch or nothing, never a failure', async () => {
    const good = encodeSketch(await sketchOf([{ name: 'w', dtype: 'BF16', shape: [5, 3] }]));
    for (let at = 0; at < good.length; at += 1) {
      const bad = good.slice();
      bad[at] = (bad[at] ?? 0) ^ 0x41;
      expect(() => decodeSketch(bad)).not.toThrow();
    }
  });
});
