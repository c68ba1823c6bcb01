import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { parseLossy } from '../../../src/main/engine/codecs/lossy/index.ts';
import type { LossyResult } from '../../../src/main/engine/delta/index.ts';
import { numbers } from '../../bench/pairs.ts';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { floatBytes, onGrid, type FloatType } from '../../fixtures/random-models.ts';
import { buildSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';

// What an approximation cannot stand for is kept exactly; what is approximated is as far off as the delta says, finite
// where it was finite, and what cannot be asked for is refused with a sentence.

const pool = kernelPool();
afterAll(() => pool.close());
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

const types: readonly FloatType[] = ['BF16', 'F16', 'F32'];
type Values = readonly number[] | Float64Array;

function tensorOf(type: FloatType, shape: readonly number[], values: Values, name = 'w'): SafetensorsTensor {
  return { name, dtype: type, shape, data: floatBytes(type, values) };
}

interface Pass {
  readonly lossy: LossyResult | undefined;
  /** Whether the index says that it is an approximation. */
  readonly said: boolean;
  /** Codecs of the chunks of tensors, in order. */
  readonly codecs: readonly string[];
  readonly child: Uint8Array;
  readonly back: Uint8Array;
}

/** Creates and applies: the SHA-256 of the index is checked on the way. */
async function pass(
  before: readonly SafetensorsTensor[],
  after: readonly SafetensorsTensor[],
  codec = 'rd:bits=2',
): Promise<Pass> {
  const child = buildSafetensors(after);
  const source = await modelOf({ 'model.safetensors': buildSafetensors(before) }, 'base');
  const model = await modelOf({ 'model.safetensors': child }, 'child');
  const { file, result } = await createInMemory(pool, model, [source], {}, (sink) => sink, codec);
  const delta = await deltaOf(file);
  const files = await applyInMemory(pool, delta, [source]);
  const back = files['model.safetensors'] ?? new Uint8Array();
  const { records, segments, lossy } = delta.index;
  const codecs = records.flatMap((record) =>
    record.kind === 'chunk' && segments[record.segment]?.kind === 'tensor' ? [record.codec] : [],
  );
  return { lossy: result.lossy, said: lossy !== undefined, codecs, child, back };
}

function expectExact({ lossy, said, child, back }: Pass): void {
  expect(Buffer.compare(back, child)).toBe(0);
  expect(lossy).toBeUndefined();
  expect(said).toBe(false);
}

/** The values of the only tensor, which ends the file. */
function valuesAtEnd(type: FloatType, file: Uint8Array, count: number): number[] {
  const width = type === 'F32' ? 4 : 2;
  const view = new DataView(file.buffer, file.byteOffset + file.length - count * width);
  return Array.from({ length: count }, (_, at) => {
    if (type === 'F32') return view.getFloat32(at * 4, true);
    if (type === 'F16') return view.getFloat16(at * 2, true);
    const wide = new DataView(new ArrayBuffer(4));
    wide.setUint16(0, view.getUint16(at * 2, true));
    return wide.getFloat32(0);
  });
}

/** That an approximation is of finite numbers, and as far off as it says. */
function expectHonest(type: FloatType, { lossy, said, child, back }: Pass, count: number): void {
  const [wanted, got] = [valuesAtEnd(type, child, count), valuesAtEnd(type, back, count)];
  const errors = wanted.map((value, at) => Math.abs(value - (got[at] ?? NaN)));
  expect(errors.filter((error) => !Number.isFinite(error))).toEqual([]);
  expect(said).toBe(lossy !== undefined);
  const largest = errors.reduce((most, error) => Math.max(most, error), 0);
  // Differences to the prediction are rounded to float32.
  const rounding = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * 2 ** -23;
  expect(Math.abs((lossy?.largestError ?? 0) - largest)).toBeLessThanOrEqual(1e-4 * largest + rounding);
}

const shape = [72, 80];
const count = 5760;

function weights(seed: number, size = 0.05): Float64Array {
  const next = numbers(seed);
  return Float64Array.from({ length: count }, () => (next() + next() + next() - 1.5) * size);
}

function near(values: Float64Array, seed: number, size: number): Float64Array {
  const change = weights(seed, size);
  return values.map((value, at) => value + (change[at] ?? 0));
}

function put(values: Float64Array, at: number, value: number): Float64Array {
  return values.map((old, place) => (place === at ? value : old));
}

const base = weights(1);
const tuned = near(base, 2, 0.01);

describe.each(types)('exact is a tensor of %s', (type) => {
  const special: Record<string, readonly [before: Float64Array, after: Float64Array]> = {
    'with a NaN': [base, put(tuned, 77, NaN)],
    'with an infinity': [base, put(tuned, 0, Infinity)],
    'with a negative infinity at its end': [base, put(tuned, count - 1, -Infinity)],
    'whose base has a NaN': [put(base, 4000, NaN), tuned],
    'whose base has an infinity': [put(base, 4000, -Infinity), tuned],
    'with the infinity of its base': [put(base, 9, Infinity), put(tuned, 9, Infinity)],
    'of nothing but NaN': [base, tuned.map(() => NaN)],
    'that did not change': [base, base],
  };
  test.each(Object.entries(special))('%s', async (_, [before, after]) => {
    expectExact(await pass([tensorOf(type, shape, before)], [tensorOf(type, shape, after)]));
  });

  const shapes: Record<string, readonly number[]> = {
    'of one element': [1],
    'of one element in two dimensions': [1, 1],
    'of no shape': [],
    'of no elements': [0, 8],
    'of one row': [1, 5000],
    'of one column': [5000, 1],
    'that is a vector': [5000],
    'of fewer elements than are worth an error': [63, 64],
  };
  test.each(Object.entries(shapes))('%s', async (_, small) => {
    const length = small.reduce((product, size) => product * size, 1);
    const [before, after] = [base.subarray(0, length), tuned.subarray(0, length)];
    expectExact(await pass([tensorOf(type, small, before)], [tensorOf(type, small, after)]));
  });

  test('that no base has', async () => {
    const before = tensorOf(type, shape, base, 'other');
    expectExact(await pass([before], [tensorOf(type, shape, tuned)]));
  });

  test('of which the base has another number of elements', async () => {
    const before = tensorOf(type, [70, 80], base.subarray(0, 5600));
    expectExact(await pass([before], [tensorOf(type, shape, tuned)]));
  });

  test('one of two, when it has a NaN, and the other is approximated', async () => {
    const before = [tensorOf(type, shape, base, 'a'), tensorOf(type, shape, base, 'b')];
    const after = [tensorOf(type, shape, put(tuned, 5, NaN), 'a'), tensorOf(type, shape, tuned, 'b')];
    const { lossy, child, back } = await pass(before, after);
    expect(lossy?.tensors.map(({ name }) => name)).toEqual(['b']);
    const end = child.length - count * (type === 'F32' ? 4 : 2);
    expect(Buffer.compare(back.subarray(0, end), child.subarray(0, end))).toBe(0);
  });
});

test('exact is a tensor of integers', async () => {
  const of = (seed: number): SafetensorsTensor => {
    const next = numbers(seed);
    return {
      name: 'w',
      dtype: 'I16',
      shape,
      data: Uint8Array.from({ length: count * 2 }, () => next() * 256),
    };
  };
  expectExact(await pass([of(1)], [of(2)]));
});

describe.each(types)('finite, and as far off as it says, is a tensor of %s', (type) => {
  const most = { BF16: 3.38e38, F16: 65_504, F32: 3.4e38 }[type];
  const least = type === 'F16' ? 2 ** -24 : 2 ** -133;
  const hard: Record<string, readonly [before: Float64Array, after: Float64Array]> = {
    'with a usual change': [base, tuned],
    'with the same change everywhere': [
      base.map((value) => onGrid(type, value * 4) / 4),
      base.map((value) => value + 0.25),
    ],
    'with zeros for a base': [base.map(() => 0), tuned],
    'that became zero': [base, base.map(() => 0)],
    'with one change': [base, put(base, 300, 1)],
    'with one far change': [base, put(tuned, 300, most > 1e5 ? 1e15 : 60_000)],
    'with changes that have no square': [base, near(base, 3, most > 1e5 ? 1e25 : 30_000)],
    'with the smallest changes': [base.map(() => 0), base.map((_, at) => (at % 3) * least)],
    'of tiny numbers': [base.map((value) => value * 1e-18), tuned.map((value) => value * 1e-18)],
    'near the largest numbers': [
      base.map((value) => (value < 0 ? -1 : 1) * most * 0.97),
      base.map((value, at) => (value < 0 ? -1 : 1) * most * (0.97 + (at % 4) / 100)),
    ],
    'that reaches the largest numbers in one place': [put(base, 7, most * 0.9), put(tuned, 7, most)],
    'that has large numbers among small changes': [
      base.map((value, at) => (at % 5 === 0 ? most * 0.99 : value)),
      tuned.map((value, at) => (at % 5 === 0 ? most * 0.995 : value)),
    ],
  };
  describe.each([
    'bits=0.05',
    'bits=2',
    'bits=8,step=global',
    'error=0.5',
    'bytes=1,slope=one',
    'bits=0.5,slope=one',
  ])('with %s', (options) => {
    test.each(Object.entries(hard))('%s', async (_, [before, after]) => {
      const made = await pass(
        [tensorOf(type, shape, before)],
        [tensorOf(type, shape, after)],
        `rd:${options}`,
      );
      expectHonest(type, made, count);
    });
  });

  test('of few elements, when all are to be approximated', async () => {
    const made = await pass(
      [tensorOf(type, [2, 3], base.subarray(0, 6))],
      [tensorOf(type, [2, 3], tuned.subarray(0, 6))],
      'rd:bits=2,tensors=all',
    );
    expect(made.lossy?.weights).toBe(6);
    expectHonest(type, made, 6);
  });
});

test('what an approximation would make infinite is exact', async () => {
  const huge = near(base, 3, 30_000);
  const made = await pass(
    [tensorOf('F16', shape, base)],
    [tensorOf('F16', shape, huge)],
    'rd:bits=0.5,slope=one',
  );
  expectExact(made);
});

test('of several chunks, only those that an approximation would make infinite are exact', async () => {
  const [rows, columns] = [1300, 512];
  const next = numbers(11);
  const before = Float64Array.from({ length: rows * columns }, () => next() - 0.5);
  // One chunk has 1,024 rows.
  const after = before.map((value, at) => value + (next() - 0.5) * (at < 1024 * columns ? 2 : 120_000));
  const tensors = [before, after].map((values) => tensorOf('F16', [rows, columns], values));
  const made = await pass(tensors.slice(0, 1), tensors.slice(1), 'rd:bits=0.5,slope=one,step=sigma');
  expect(made.codecs).toEqual(['levels', 'zstd']);
  expect(made.lossy?.weights).toBe(rows * columns);
  expectHonest('F16', made, rows * columns);
});

describe('refused with a sentence is', () => {
  const refused: Record<string, readonly [codec: string, sentence: RegExp]> = {
    nothing: ['', /no such codec\. There are: rd/],
    'an unknown codec': ['jpeg:quality=9', /"jpeg:quality=9" cannot be used: there is no such codec/],
    'a codec in capitals': ['RD', /no such codec/],
    'a codec of a prototype': ['constructor:bits=1', /no such codec/],
    'a text without end': [`rd:bits=${'1'.repeat(500)}`, /cannot be used/],
    'an unknown key': ['rd:bit=2', /bit/],
    'a key of a prototype': ['rd:__proto__=2', /cannot be used/],
    'a key without a value': ['rd:bits', /"bits" is not of the form key=value/],
    'a codec with = for :': ['rd=bits', /no such codec/],
    'nothing behind the colon': ['rd:', /"" is not of the form key=value/],
    'a comma at the end': ['rd:bits=2,', /"" is not of the form key=value/],
    'an empty key': ['rd:=2', /"=2" is not of the form key=value/],
    'an empty value': ['rd:bits=', /bits: must be a number above 0/],
    'a key twice': ['rd:bits=2,bits=3', /"bits" is there twice/],
    'no bits': ['rd:bits=0', /bits: must be a number above 0 and of at most 16/],
    'negative bits': ['rd:bits=-1', /bits: must be a number above 0/],
    'too many bits': ['rd:bits=16.5', /at most 16/],
    'infinite bits': ['rd:bits=Infinity', /bits: /],
    'bits that are no number': ['rd:bits=NaN', /bits: /],
    'bits that are a word': ['rd:bits=two', /bits: /],
    'an error above one': ['rd:error=1.01', /error: must be a number above 0 and of at most 1/],
    'no error': ['rd:error=0', /error: must be a number above 0/],
    'negative bytes': ['rd:bytes=-5', /bytes: must be a number above 0/],
    'two wishes at once': ['rd:bits=2,error=0.1', /takes one of bits, bytes and error/],
    'an unknown step': ['rd:step=tiny', /step: /],
    'an unknown slope': ['rd:slope=2', /slope: /],
    'unknown tensors': ['rd:tensors=some', /tensors: /],
  };
  test.each(Object.entries(refused))('%s', (_, [codec, sentence]) => {
    expect(() => parseLossy(codec)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(sentence) as unknown,
      }) as Error,
    );
    expect(() => parseLossy(codec)).toThrow(/Nothing was written\.$/);
  });
});
