import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Grid } from '../../../src/main/engine/codecs/index.ts';
import {
  factorBits,
  predictBytes,
  predictOnGrid,
  type Recipe,
} from '../../../src/main/engine/predictors/index.ts';
import type { ModelSource } from '../../../src/main/engine/sources/index.ts';
import { pattern } from '../../fixtures/bytes.ts';
import { kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool();
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

const values = [1.5, -2, 0.1, 1e-3, 70_000, -1e30, 0, -0, 1e-40, Infinity];

function bytesOf(grid: Grid, list: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.length * (grid === 'F32' ? 4 : 2)));
  for (const [index, value] of list.entries()) {
    if (grid === 'F32') view.setFloat32(index * 4, value, true);
    else if (grid === 'F16') view.setFloat16(index * 2, value, true);
    else view.setUint16(index * 2, nearestBrain(value), true);
  }
  return new Uint8Array(view.buffer);
}

/** Float32 rounded to its upper half, ties to even. */
function nearestBrain(value: number): number {
  const word = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  return Math.floor((word + 0x7fff + ((word >>> 16) & 1)) / 65_536);
}

function floatsOf(grid: Grid, bytes: Uint8Array): number[] {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  return Array.from({ length: bytes.length / (grid === 'F32' ? 4 : 2) }, (_, index) => {
    if (grid === 'F32') return view.getFloat32(index * 4, true);
    if (grid === 'F16') return view.getFloat16(index * 2, true);
    const word = view.getUint16(index * 2, true) * 65_536;
    return new Float32Array(Uint32Array.of(word).buffer)[0] ?? 0;
  });
}

async function parentOf(
  grid: Grid,
  open = (bytes: Uint8Array) => new MemoryFile(bytes),
): Promise<ModelSource> {
  const data = bytesOf(grid, values);
  const file = buildSafetensors([{ name: 'w', dtype: grid, shape: [values.length], data }]);
  return modelOf({ 'model.safetensors': file }, 'base', open);
}

function inputOf(source: ModelSource): { source: ModelSource; segment: ModelSource['segments'][number] } {
  const segment = source.segments[1];
  if (!segment) throw new Error('the model has a tensor');
  return { source, segment };
}

async function predicted(recipe: Recipe, from: Grid, grid: Grid, first = 0): Promise<Uint8Array | undefined> {
  const range = { first, count: values.length - first };
  const inputs = [inputOf(await parentOf(from))];
  const slot = await predictOnGrid(pool, { recipe, inputs, inputGrids: [from], grid, range });
  try {
    return slot && Uint8Array.from(slot.u8(0, range.count * (grid === 'F32' ? 4 : 2)));
  } finally {
    slot?.free();
  }
}

const grids = ['BF16', 'F16', 'F32'] as const;

test('the same type is predicted as it is, another rounded to the nearest', async () => {
  for (const from of grids) {
    const own = floatsOf(from, bytesOf(from, values));
    for (const grid of grids) {
      const recipe: Recipe = { predictor: from === grid ? 'same' : 'cast', version: 0 };
      expect(await predicted(recipe, from, grid)).toEqual(bytesOf(grid, own));
      expect(await predicted(recipe, from, grid, 4)).toEqual(bytesOf(grid, own.slice(4)));
    }
  }
});

test('a factor is multiplied in float32 and rounded once more', async () => {
  for (const factor of [0.7, -3.25, 1e-20]) {
    const alpha = factorBits(factor);
    for (const from of grids) {
      // What is no number stays as it is.
      const products = floatsOf(from, bytesOf(from, values)).map((value) =>
        Number.isFinite(value) ? Math.fround(value * Math.fround(factor)) : value,
      );
      for (const grid of grids) {
        expect(await predicted({ predictor: 'scaled', version: 0, alpha }, from, grid)).toEqual(
          bytesOf(grid, products),
        );
      }
    }
  }
});

test('without a recipe or an input nothing is predicted', async () => {
  expect(await predicted({ predictor: 'none', version: 0 }, 'BF16', 'BF16')).toBeUndefined();
  const range = { first: 0, count: 1 };
  const recipe: Recipe = { predictor: 'same', version: 0 };
  expect(
    await predictOnGrid(pool, { recipe, inputs: [], inputGrids: [], grid: 'F32', range }),
  ).toBeUndefined();
  expect(await predictBytes(pool, [], 0, 10)).toBeUndefined();
});

test('bytes are those of the input, and zero beyond its end', async () => {
  const bytes = pattern(1000, 4);
  const source = await modelOf({ 'a.bin': bytes });
  const [segment] = source.segments;
  if (!segment) throw new Error('the model has bytes');
  await fc.assert(
    fc.asyncProperty(fc.nat(1200), fc.nat(1200), async (offset, length) => {
      const slot = await predictBytes(pool, [{ source, segment }], offset, length);
      const expected = new Uint8Array(length);
      expected.set(bytes.subarray(offset, offset + length));
      const got = slot && Uint8Array.from(slot.u8(0, length));
      slot?.free();
      expect(got).toEqual(expected);
    }),
  );
});

test('what cannot be read fails, and nothing is kept', async () => {
  const failure = new Error('no disk');
  let failing = false;
  const source = await parentOf('F32', (bytes) => {
    const file = new MemoryFile(bytes);
    const read = file.read.bind(file);
    file.read = (offset, target) => (failing ? Promise.reject(failure) : read(offset, target));
    return file;
  });
  failing = true;
  const inputs = [inputOf(source)];
  const request = {
    inputs,
    inputGrids: ['F32'] as const,
    grid: 'BF16' as const,
    range: { first: 0, count: 4 },
  };
  await expect(predictOnGrid(pool, { ...request, recipe: { predictor: 'cast', version: 0 } })).rejects.toBe(
    failure,
  );
  await expect(predictBytes(pool, inputs, 0, 10)).rejects.toBe(failure);
});
