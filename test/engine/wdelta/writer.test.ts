// What is written is read back: by the reader of the product, whose bits agree with deltatensors (reference.test.ts),
// and against each strategy's rule computed here in the plainest way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../../src/main/engine/sources/index.ts';
import {
  decodeDelta,
  openWdelta,
  reconstruct,
  writeWdelta,
  type WdeltaFile,
  type WdeltaForm,
  type WrittenWdelta,
} from '../../../src/main/engine/wdelta/index.ts';
import { concat } from '../../fixtures/bytes.ts';
import { modelOf } from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { hasWdeltas, readWdelta } from '../../fixtures/wdelta-reference.ts';
import { buildSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';
import { float32, int64 } from '../../fixtures/wdelta-file.ts';

type Shapes = readonly (readonly [name: string, shape: readonly number[], values: readonly number[]])[];

const f32Model = (tensors: Shapes, name = 'model'): Promise<Source> =>
  modelOf(
    {
      'm.safetensors': buildSafetensors(
        tensors.map(([tensor, shape, values]) => ({
          name: tensor,
          dtype: 'F32',
          shape,
          data: float32(...values),
        })),
      ),
    },
    name,
  );

async function written(
  child: Source,
  base: Source,
  form: WdeltaForm,
): Promise<{ file: WdeltaFile; bytes: Uint8Array; result: WrittenWdelta }> {
  const parts: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void parts.push(bytes.slice()) };
  const result = await writeWdelta({ child: [child], base: [base], sink, ...form });
  const bytes = concat(...parts);
  return { bytes, result, file: await openWdelta(new MemoryFile(bytes), { name: 'x.wdelta' }) };
}

async function deltaOf(file: WdeltaFile, name: string): Promise<number[]> {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new Error(`it lacks ${name}`);
  return [...(await decodeDelta(file, tensor, { first: 0, count: tensor.count }))];
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
const tensors = fc
  .uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 })
  .filter((names) => !names.includes('__metadata__') && names.every((name) => name.isWellFormed()))
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.array(fc.nat({ max: 5 }), { maxLength: 3 }).chain((shape) => {
          const count = shape.reduce((product, size) => product * size, 1);
          const values = fc.array(float, { minLength: count, maxLength: count });
          return fc.tuple(fc.constant(name), fc.constant(shape), values, values);
        }),
      ),
    ),
  );
const forms = fc.oneof(
  fc.record({
    strategy: fc.constant('sparse' as const),
    sparsity: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  fc.record({ strategy: fc.constant('quantized' as const) }),
  fc.record({
    strategy: fc.constant('int4' as const),
    outlierFraction: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

const half = (value: number): number => {
  const view = new DataView(new ArrayBuffer(2));
  view.setFloat16(0, value);
  return view.getFloat16(0);
};

/** The delta that a strategy keeps of one, by sorting. Ties at the border go to the first. */
function expectedDelta(form: WdeltaForm, shape: readonly number[], delta: Float32Array): number[] {
  const count = delta.length;
  const byMagnitude = [...delta.keys()].sort(
    (a, b) => Math.abs(delta[b] ?? 0) - Math.abs(delta[a] ?? 0) || a - b,
  );
  const keep = (share: number): Set<number> =>
    new Set(byMagnitude.slice(0, Math.min(count, Math.max(1, Math.floor(count * share)))));
  if (form.strategy === 'sparse') {
    const kept = keep(1 - (form.sparsity ?? 0.9));
    return [...delta].map((value, at) => (kept.has(at) ? value : 0));
  }
  if (form.strategy === 'quantized') {
    const columns = shape.length > 1 ? count / (shape[0] ?? 1) : count;
    return [...delta].map((value, at) => {
      const row = Math.floor(at / columns);
      const part = [...delta.slice(row * columns, (row + 1) * columns)];
      const scale = half(part.reduce((sum, each) => sum + Math.abs(each), 0) / columns);
      return value >= 0 ? scale : -scale;
    });
  }
  const outliers = keep(form.outlierFraction ?? 0.01);
  const others = [...delta].filter((_, at) => !outliers.has(at));
  const lowest = Math.min(...others);
  const range = Math.max(...others) - lowest;
  return [...delta].map((value, at) => {
    if (outliers.has(at)) return half(value);
    if (range < 1e-8) return half(lowest);
    // In float32 step by step, rounding half to even.
    const place = Math.fround(Math.fround(Math.fround(value - lowest) / Math.fround(range)) * 15);
    const level = place % 1 === 0.5 ? 2 * Math.round(place / 2) : Math.round(place);
    const step = Math.fround(half(range / 15) * 15);
    return Math.fround(Math.fround(Math.fround(level / 15) * step) + half(lowest));
  });
}

describe('writer -> reader', () => {
  test('any model with any strategy', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, forms, async (drawn, form) => {
        const base = await f32Model(drawn.map(([name, shape, values]) => [name, shape, values]));
        const child = await f32Model(drawn.map(([name, shape, , values]) => [name, shape, values]));
        const { file, result, bytes } = await written(child, base, form);
        expect(result.bytes).toBe(bytes.length);
        let energy = 0;
        let lost = 0;
        for (const [name, shape, from, to] of drawn) {
          const delta = Float32Array.from(to, (value, at) => Math.fround(value) - Math.fround(from[at] ?? 0));
          const decoded = await deltaOf(file, name);
          const expected = expectedDelta(form, shape, delta);
          // Zero is zero, whatever its sign.
          expect(decoded.map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
          for (const [at, value] of delta.entries()) {
            energy += value ** 2;
            lost += ((decoded[at] ?? 0) - value) ** 2;
          }
        }
        expect(result.error).toBeCloseTo(lost === 0 ? 0 : lost / energy, 6);
        // The parent is found again, and the model is whole.
        const { source } = await reconstruct(file, [base], 'm.safetensors');
        expect(source.warnings).toEqual([]);
        expect(source.segments.filter(({ tensor }) => tensor)).toHaveLength(drawn.length);
      }),
    );
  });

  test('sparse with nothing dropped gives every model back that float32 can add up to', async () => {
    const base = await f32Model([['w', [4], [1, 2, 3, 4]]]);
    const child = await f32Model([['w', [4], [1.5, 2, -3, 4.25]]]);
    const { file, result } = await written(child, base, { strategy: 'sparse', sparsity: 0 });
    expect(result.error).toBe(0);
    const { source } = await reconstruct(file, [base], 'm.safetensors');
    const [, segment] = source.segments;
    if (!segment) throw new Error('it has a tensor');
    const bytes = new Uint8Array(16);
    await source.read(segment, 0, bytes);
    expect([...new Float32Array(bytes.buffer)]).toEqual([1.5, 2, -3, 4.25]);
  });

  test('a tensor that is gone through in blocks, and of which parts are read', async () => {
    const count = 700_001;
    const from = new Float32Array(count);
    const to = Float32Array.from({ length: count }, (_, at) => Math.sin(at) / 100);
    const model = (values: Float32Array): Promise<Source> =>
      modelOf({
        x: buildSafetensors([
          {
            name: 'w',
            dtype: 'F32',
            shape: [count],
            data: new Uint8Array(values.buffer.slice(0) as ArrayBuffer),
          },
        ]),
      });
    for (const strategy of ['sparse', 'quantized', 'int4'] as const) {
      const { file, result } = await written(await model(to), await model(from), { strategy });
      const whole = await deltaOf(file, 'w');
      const tensor = file.tensors.get('w');
      if (!tensor) throw new Error('it has a tensor');
      const part = await decodeDelta(file, tensor, { first: 262_143, count: 300_001 });
      expect(whole.slice(262_143, 562_144)).toEqual([...part]);
      // Of a sine: what the tenth of largest magnitude has not; 1 - 8 / pi^2; half a percent.
      const [least, most] = { sparse: [0.75, 0.85], quantized: [0.18, 0.2], int4: [0.0005, 0.005] }[strategy];
      expect(result.error).toBeGreaterThan(least ?? 0);
      expect(result.error).toBeLessThan(most ?? 0);
    }
  });
});

describe('what the original cannot do, and what no .wdelta can', () => {
  const one: Shapes = [
    ['w', [1], [0.25]],
    ['s', [], [0.25]],
  ];

  test.each(['sparse', 'quantized', 'int4'] as const)('%s: tensors of one element', async (strategy) => {
    const { file, result } = await written(
      await f32Model(one),
      await f32Model([
        ['w', [1], [1]],
        ['s', [], [0]],
      ]),
      { strategy },
    );
    expect(await deltaOf(file, 'w')).toEqual([-0.75]);
    expect(await deltaOf(file, 's')).toEqual([0.25]);
    expect(result).toMatchObject({ error: 0, tensors: 2, elements: 2 });
  });

  test.each(['sparse', 'quantized', 'int4'] as const)('%s: nothing changed', async (strategy) => {
    const model = await f32Model([['w', [3, 3], Array<number>(9).fill(1.5)]]);
    const { file, result } = await written(model, model, { strategy });
    expect((await deltaOf(file, 'w')).every((value) => value === 0)).toBe(true);
    expect(result).toMatchObject({ error: 0, worse: [] });
  });

  test('int4: all changed alike', async () => {
    const base = await f32Model([['w', [8], Array<number>(8).fill(0)]]);
    const child = await f32Model([['w', [8], Array<number>(8).fill(0.5)]]);
    const { file } = await written(child, base, { strategy: 'int4' });
    expect(await deltaOf(file, 'w')).toEqual(Array<number>(8).fill(0.5));
  });

  test('int4: changes too small for float16 are told', async () => {
    const base = await f32Model([['w', [64], Array<number>(64).fill(0)]]);
    const tiny = Array.from({ length: 64 }, (_, at) => ((at % 16) - 7) * 1e-8);
    const { result } = await written(await f32Model([['w', [64], tiny]]), base, { strategy: 'int4' });
    expect(result.worse).toEqual(['w']);
    expect(result.error).toBeGreaterThan(1);
  });

  test.each([
    ['NaN', Number.NaN, 1],
    ['infinity', Infinity, 1],
    ['the same infinity on both sides', Infinity, Infinity],
    ['a difference beyond float32', 3e38, -3e38],
  ])('%s is refused by name and place', async (_, to, from) => {
    const child = f32Model([['layer.w', [3], [0, to, 0]]]);
    const base = f32Model([['layer.w', [3], [0, from, 0]]]);
    for (const strategy of ['sparse', 'quantized', 'int4'] as const) {
      await expect(written(await child, await base, { strategy })).rejects.toMatchObject({
        code: 'usage',
        place: { tensor: 'layer.w' },
        message: expect.stringMatching(
          /^Element 1 of tensor "layer.w" changes by no finite number/u,
        ) as unknown,
      });
    }
  });

  test.each([
    ['int4' as const, 'an outlier'],
    ['quantized' as const, 'the mean of a row'],
  ])('%s: what float16 does not hold is refused', async (strategy, what) => {
    const base = await f32Model([['w', [2], [0, 0]]]);
    const child = await f32Model([['w', [2], [200_000, 0]]]);
    await expect(written(child, base, { strategy })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`changes too much: ${what} of`) as unknown,
    });
  });

  test.each([
    [
      'a tensor more',
      [
        ['w', [2], [0, 0]],
        ['v', [1], [0]],
      ],
      /"v" is in the model and not in the base/u,
    ],
    ['another tensor', [['v', [2], [0, 0]]], /"v" is in the model and not in the base/u],
    [
      'another shape',
      [['w', [1, 2], [0, 0]]],
      /"w" has the shape \[1, 2\] in the model and \[2\] in its base/u,
    ],
  ] as const)('%s than the base is refused', async (_, child, sentence) => {
    const base = await f32Model([['w', [2], [0, 0]]]);
    await expect(written(await f32Model(child), base, { strategy: 'int4' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(sentence) as unknown,
    });
  });

  test('models without tensors are refused', async () => {
    const nothing = await modelOf({ 'a.txt': new Uint8Array(8) });
    await expect(written(nothing, nothing, { strategy: 'int4' })).rejects.toMatchObject({ code: 'usage' });
  });

  test.each([{ sparsity: 1 }, { sparsity: -0.1 }, { sparsity: Number.NaN }, { outlierFraction: 1.1 }])(
    '%o is refused',
    async (shares) => {
      const model = await f32Model(one);
      await expect(written(model, model, { strategy: 'int4', ...shares })).rejects.toMatchObject({
        code: 'usage',
      });
    },
  );

  test('whole numbers become float32, and that is told', async () => {
    const model = (value: number): Promise<Source> =>
      modelOf({
        x: buildSafetensors([
          { name: 'ids', dtype: 'I64', shape: [1], data: int64(value) },
        ] satisfies SafetensorsTensor[]),
      });
    const { result, file } = await written(await model(9), await model(4), { strategy: 'sparse' });
    expect(result.whole).toEqual(['ids']);
    expect(await deltaOf(file, 'ids')).toEqual([5]);
  });
});

describe.skipIf(!hasWdeltas)('beside files of deltatensors', () => {
  test.each(['odd-sparse', 'odd-quantized', 'odd-int4'])(
    '%s written again from what it decodes to',
    async (name) => {
      // Sparse and sign deltas decode to what encodes to the same arrays; the grid of int4 to another one.
      const base = await modelOf({ x: readWdelta('base-odd.safetensors') });
      const original = readWdelta(`${name}.wdelta`);
      const file = await openWdelta(new MemoryFile(original), { name });
      const child = await modelOf({ x: readWdelta(`${name}.expected.safetensors`) });
      const again = await written(child, base, { strategy: file.strategy });
      expect(again.result.parentHash).toBe(file.parentHash);
      expect([...again.file.tensors.keys()]).toEqual([...file.tensors.keys()]);
      expect(again.bytes.length).toBe(original.length);
      const headerBytes = new DataView(original.buffer).getUint32(11, true);
      // Key order of the two original writers differs for signs alone.
      if (file.strategy !== 'quantized') {
        expect(again.bytes.slice(0, 15 + headerBytes)).toEqual(original.slice(0, 15 + headerBytes));
      }
    },
  );
});
