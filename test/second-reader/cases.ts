import { buildGguf } from '../fixtures/gguf-file.ts';
import { utf8 } from '../fixtures/bytes.ts';
import { buildSafetensors, type SafetensorsTensor } from '../fixtures/safetensors-file.ts';
import {
  bf16,
  bytesOf,
  f16,
  near,
  Random,
  specials,
  widenedBf16,
  widenedF16,
  withSpecials,
} from './numbers.ts';
import type { Files } from './read-delta.ts';

/** A child, its parents, and what its delta is meant to use. */
export interface Case {
  readonly child: Files;
  readonly parents: readonly Files[];
  readonly features: readonly string[];
  /** Narrow grids that its recipes are meant to name, each after the type of the tensor. */
  readonly grids?: readonly string[];
}

type Dtype = 'BF16' | 'F16' | 'F32';

/** Patterns of values, cut to the type. */
function patternsOf(dtype: Dtype, values: Float32Array): Uint16Array | Uint32Array {
  if (dtype === 'F32') return new Uint32Array(values.buffer, values.byteOffset, values.length).slice();
  return dtype === 'BF16' ? bf16(values) : f16(values);
}

function valuesOf(dtype: Dtype, patterns: Uint16Array | Uint32Array): Float32Array {
  if (dtype === 'F32') return new Float32Array(patterns.buffer);
  const narrow = Uint16Array.from(patterns);
  return dtype === 'BF16' ? widenedBf16(narrow) : widenedF16(narrow);
}

export interface Pair {
  readonly before: SafetensorsTensor;
  readonly after: SafetensorsTensor;
}

/** Patterns of finite values that are far above all weights. */
const huge = new Set([0x7f7f, 0xff7f, 0x7bff, 0xfbff, 0x7f7f_ffff, 0xff7f_ffff, 0x477f_efff, 0x477f_f000]);

/** Whether a pattern is infinite or NaN. */
function isSpecial(dtype: Dtype, bits: number): boolean {
  const exponents = { BF16: 0x7f80, F16: 0x7c00, F32: 0x7f80_0000 }[dtype];
  return (bits & exponents) === exponents;
}

/** A tensor and its fine-tuned form; `relative` is how far it moved, against weights of about 0.05. */
export function moved(
  random: Random,
  name: string,
  [from, to]: readonly [Dtype, Dtype],
  shape: readonly number[],
  options: { relative: number; factor?: number; special?: boolean; tame?: boolean },
): Pair {
  const { relative, factor = 1, special = false, tame = false } = options;
  const count = shape.reduce((product, size) => product * size, 1);
  const parent = patternsOf(from, random.normals(count, 0.05));
  const values = valuesOf(from, parent).map((value) => value * factor);
  const child = patternsOf(to, near(random, values, shape.at(-1) ?? 1, relative * 0.05));
  if (special || tame) {
    // Huge values would hide from the program that a parent or a factor helps.
    const chosen = (dtype: Dtype): number[] => specials[dtype].filter((bits) => !huge.has(bits));
    withSpecials(random, parent, special ? specials[from] : chosen(from), special ? 400 : 50);
    withSpecials(random, child, chosen(to));
    const shared = specials[from].filter((bits) => special || isSpecial(from, bits));
    for (let times = from === to ? Math.ceil(count / 100) : 0; times > 0; times -= 1) {
      const place = random.below(count);
      parent[place] = child[place] = shared[random.below(shared.length)] ?? 0;
    }
  }
  return {
    before: { name, dtype: from, shape, data: bytesOf(parent) },
    after: { name, dtype: to, shape, data: bytesOf(child) },
  };
}

export function files(pairs: readonly Pair[], metadata = 'child'): Pick<Case, 'child' | 'parents'> {
  const parent = buildSafetensors(
    pairs.map(({ before }) => before),
    { metadata: [['format', 'pt']] },
  );
  const child = buildSafetensors(
    pairs.map(({ after }) => after),
    { metadata: [['made', metadata]] },
  );
  return { parents: [{ 'model.safetensors': parent }], child: { 'model.safetensors': child } };
}

const wide = [160, 128] as const;

/** Predicted tensors on each grid, near and far, with and without patterns that are easily lost. */
function residual(): Case {
  const random = new Random(1);
  const pairs = (['BF16', 'F16', 'F32'] as const).flatMap((dtype) => [
    moved(random, `layers.${dtype.length}.${dtype}.near`, [dtype, dtype], wide, { relative: 0.002 }),
    moved(random, `layers.9.${dtype}.mid`, [dtype, dtype], wide, { relative: 0.03, special: true }),
    moved(random, `layers.10.${dtype}.far`, [dtype, dtype], [129, 130], { relative: 0.3 }),
    moved(random, `layers.11.${dtype}.wide`, [dtype, dtype], [2, 1, 3, 23_001], { relative: 0.02 }),
    moved(random, `layers.10.${dtype}.vector`, [dtype, dtype], [17_001], { relative: 0.05, special: true }),
  ]);
  return { ...files(pairs), features: ['residual-0', 'same-0', 'safetensors-0'] };
}

/** Tensors that nothing predicts. */
function alone(): Case {
  const random = new Random(2);
  const tensors = (['BF16', 'F16', 'F32'] as const).flatMap((dtype) =>
    [false, true].map((special) => {
      const { after } = moved(random, `alone.${dtype}.${special ? 1 : 0}`, [dtype, dtype], wide, {
        ...{ relative: 0.1, special },
      });
      return after;
    }),
  );
  const child = { 'model.safetensors': buildSafetensors(tensors) };
  return { child, parents: [], features: ['alone-0'] };
}

/** Tensors of one type whose elements all lie on a narrower one, and casts from one type to another. */
function narrow(): Case {
  const random = new Random(3);
  const onGrid = (name: string, type: Dtype, grid: 'BF16' | 'F16', values: Float32Array): Pair['after'] => {
    const wideValues = valuesOf(grid, patternsOf(grid, values));
    return { name, dtype: type, shape: wide, data: bytesOf(patternsOf(type, wideValues)) };
  };
  const weights = (): Float32Array => random.normals(160 * 128, 0.05);
  const pairs: Pair[] = [];
  for (const [type, grid] of [
    ['F32', 'BF16'],
    ['F32', 'F16'],
    ['F16', 'BF16'],
  ] as const) {
    const values = weights();
    const name = `${type}.${grid}`;
    const after = onGrid(name, type, grid, near(random, values, 128, 0.001));
    const before = { name, dtype: grid, shape: wide, data: bytesOf(patternsOf(grid, values)) };
    pairs.push({ before, after });
    pairs.push({
      before: { ...before, name: `${name}.equal` },
      after: onGrid(`${name}.equal`, type, grid, values),
    });
    pairs.push({
      before: { name: `${name}.other`, dtype: 'U8', shape: [2], data: Uint8Array.of(1, 2) },
      after: onGrid(`${name}.alone`, type, grid, weights()),
    });
  }
  // NaN of every kind come back from a narrow grid, too.
  const nan = withSpecials(random, bf16(weights()), specials.BF16);
  const widened = Uint32Array.from(nan, (bits) => bits * 65_536);
  pairs.push({
    before: {
      name: 'nan',
      dtype: 'BF16',
      shape: wide,
      data: bytesOf(bf16(near(random, weights(), 128, 0.01))),
    },
    after: { name: 'nan', dtype: 'F32', shape: wide, data: bytesOf(widened) },
  });
  for (const [from, to] of [
    ['F32', 'BF16'],
    ['F32', 'F16'],
    ['BF16', 'F32'],
    ['F16', 'BF16'],
    ['BF16', 'F16'],
    ['F16', 'F32'],
  ] as const) {
    pairs.push(
      moved(random, `cast.${from}.${to}`, [from, to], wide, {
        ...{ relative: 0.01, special: from !== 'F32', tame: from === 'F32' },
      }),
    );
  }
  return {
    ...files(pairs),
    features: ['cast-0', 'same-0', 'alone-0'],
    grids: ['F32 BF16', 'F32 F16', 'F16 BF16'],
  };
}

/** Fine-tunes that shrank, as by weight decay. */
function scaled(): Case {
  const random = new Random(4);
  const pairs = (
    [
      ['BF16', 'BF16'],
      ['F16', 'F16'],
      ['F32', 'F32'],
      ['F32', 'BF16'],
      ['BF16', 'F32'],
    ] as const
  ).map(([from, to]) =>
    moved(random, `scaled.${from}.${to}`, [from, to], wide, { relative: 0.003, factor: 0.93, tame: true }),
  );
  return { ...files(pairs), features: ['scaled-0'] };
}

/** Nearly nothing changed: some elements of long tensors, of every width; a chunk of several in the middle. */
function sparse(): Case {
  const random = new Random(5);
  const pairs: Pair[] = [];
  for (const dtype of ['BF16', 'F16', 'F32', 'U8', 'I16', 'I32', 'F8_E4M3'] as const) {
    const width = { BF16: 2, F16: 2, F32: 4, U8: 1, I16: 2, I32: 4, F8_E4M3: 1 }[dtype];
    const shape = dtype === 'BF16' ? [536, 1024] : [200, 128];
    const count = (shape[0] ?? 0) * (shape[1] ?? 0);
    const before = random.bytes(count * width);
    const after = before.slice();
    for (let changes = 0; changes < 20; changes += 1) {
      const at = random.below(dtype === 'BF16' ? 4096 : count) * width;
      after.set(random.bytes(width), at);
    }
    const tensor = { name: `sparse.${dtype}`, dtype, shape };
    pairs.push({ before: { ...tensor, data: before }, after: { ...tensor, data: after } });
  }
  // Two chunks, the second of them changed in one place, or all over.
  const bytes = random.bytes(1_100_000);
  const changed = bytes.with(1_090_000, (bytes[1_090_000] ?? 0) ^ 1);
  const unknown = { name: 'bytes', dtype: 'U8', shape: [1100, 1000] } as const;
  pairs.push({ before: { ...unknown, data: bytes }, after: { ...unknown, data: changed } });
  const first = moved(random, 'long', ['BF16', 'BF16'], [536, 1024], { relative: 0 });
  const data = (first.before.data ?? new Uint8Array()).slice();
  for (let at = 2 * 512 * 1024; at < data.length; at += 2)
    data[at] = ((data[at] ?? 0) + random.below(5)) & 0xff;
  pairs.push({ before: first.before, after: { ...first.before, data } });
  return { ...files(pairs), features: ['sparse-0', 'unchanged-0', 'residual-0'] };
}

/**
 * Elements on no grid, with a parent and without.
 * @param size share of the usual number of elements
 */
export function planes(size = 1): Case {
  const random = new Random(6);
  const pairs: Pair[] = [];
  const add = (
    name: string,
    dtype: SafetensorsTensor['dtype'],
    before: Uint8Array,
    after: Uint8Array,
    bits = 8,
  ): void => {
    const shape = [(before.length * 8) / bits];
    pairs.push({ before: { name, dtype, shape, data: before }, after: { name, dtype, shape, data: after } });
  };
  const i16 = Int16Array.from({ length: 6000 * size }, () => random.normal() * 300);
  add('i16', 'I16', bytesOf(i16), bytesOf(i16.map((value) => value + random.normal() * 3)), 16);
  const i32 = Int32Array.from({ length: 3000 * size }, (_, at) => at * 70_000 - 100_000_000);
  add('i32', 'I32', bytesOf(i32), bytesOf(i32.map((value) => value + random.below(9) - 4)), 32);
  const i64 = BigInt64Array.from({ length: 2000 * size }, (_, at) => BigInt(at) * -12_345_678_901n);
  add('i64', 'I64', bytesOf(i64), bytesOf(i64.map((value) => value - BigInt(random.below(200)))), 64);
  const f64 = Float64Array.from({ length: 3000 * size }, () => random.normal());
  add('f64', 'F64', bytesOf(f64), bytesOf(f64.map((value) => value * 1.000_000_1)), 64);
  const bool = Uint8Array.from({ length: 5000 * size }, () => random.below(2));
  add(
    'bool',
    'BOOL',
    bool,
    bool.map((value) => (random.below(9) === 0 ? 1 - value : value)),
  );
  const f8 = Uint8Array.from({ length: 5000 * size }, () => 0x38 + random.below(8) + 128 * random.below(2));
  add(
    'f8',
    'F8_E4M3',
    f8,
    f8.map((value) => value + (random.below(3) === 0 ? 1 : 0)),
  );
  const quant = Uint8Array.from({ length: 9000 * size }, () => 128 + random.normal() * 9);
  add(
    'u8',
    'U8',
    quant,
    quant.map((value) => value ^ (random.below(4) === 0 ? 3 : 0)),
  );
  const f4 = Uint8Array.from({ length: 3000 * size }, () => 17 * random.below(8));
  add(
    'f4',
    'F4',
    f4,
    f4.map((value) => value ^ random.below(2)),
    4,
  );
  add('c64', 'C64', bytesOf(random.normals(1600 * size, 1)), bytesOf(random.normals(1600 * size, 1)), 64);
  const own: Pair[] = [
    ['own.i64', 'I64', bytesOf(BigInt64Array.from({ length: 700 * size }, (_, at) => BigInt(at))), 64],
    ['own.f64', 'F64', bytesOf(Float64Array.from({ length: 700 * size }, () => random.normal())), 64],
    ['own.u8', 'U8', Uint8Array.from({ length: 4000 * size }, () => 100 + random.normal() * 4), 8],
  ].map(([name, dtype, data, bits]) => {
    const bytes = data as Uint8Array;
    const tensor = { dtype: dtype as 'U8', shape: [(bytes.length * 8) / Number(bits)], data: bytes };
    const other = { name: `not.${String(name)}`, dtype: 'U8' as const, shape: [1] };
    return { before: other, after: { name: String(name), ...tensor } };
  });
  return { ...files([...pairs, ...own]), features: ['planes-0', 'same-0'] };
}

/** Small tensors of all kinds, scalars, tensors without elements; some predicted, some not. */
function bundles(): Case {
  const random = new Random(7);
  const pairs: Pair[] = [];
  const shapes = [[], [1], [1, 1, 7], [3, 5], [2, 3, 4], [64], [130, 17], [1030], [9, 70_001 % 997]];
  for (const [number, shape] of shapes.entries()) {
    for (const dtype of ['BF16', 'F16', 'F32'] as const) {
      const name = `blocks.${number}.${dtype}`;
      const pair = moved(random, name, [dtype, dtype], shape, { relative: 0.01, special: number % 2 === 0 });
      pairs.push(pair);
      const alone = { ...pair.after, name: `alone.${number}.${dtype}` };
      pairs.push({ before: { name: `u.${name}`, dtype: 'U8', shape: [1] }, after: alone });
      pairs.push(moved(random, `cast.${name}`, [dtype, 'BF16'], shape, { relative: 0.02 }));
      pairs.push(moved(random, `scaled.${name}`, [dtype, dtype], shape, { relative: 0.001, factor: 0.9 }));
    }
    const small = { name: `small.${number}`, dtype: 'I32', shape } as const;
    const count = shape.reduce((product, size) => product * size, 1);
    const counted = Int32Array.from({ length: count }, () => random.below(1000));
    pairs.push({
      before: { ...small, name: `not.small.${number}` },
      after: { ...small, data: bytesOf(counted) },
    });
  }
  for (const [number, shape] of [[0], [3, 0], [0, 4, 2]].entries()) {
    for (const dtype of ['BF16', 'I64'] as const) {
      const empty = { name: `empty.${number}.${dtype}`, dtype, shape, data: new Uint8Array() };
      pairs.push({ before: empty, after: empty });
    }
  }
  return { ...files(pairs), features: ['bundle-0', 'pack-0'] };
}

const words = ['weights', 'are', 'kept', 'as', 'a', 'small', 'delta', 'against', 'the', 'model', 'before'];

export function text(random: Random, length: number): Uint8Array {
  let all = '';
  while (all.length < length) all += `${words[random.below(words.length)] ?? ''} `;
  return utf8(all.slice(0, length));
}

/** A folder with side files of every kind, and weights in two shards whose tensors changed places. */
function folder(): Case {
  const random = new Random(8);
  const a = moved(random, 'model.a#1.weight', ['BF16', 'BF16'], wide, { relative: 0.01 });
  const b = moved(random, 'model.layers.007.weight', ['BF16', 'BF16'], wide, { relative: 0 });
  const c = moved(random, 'model.1234567890.12.weight', ['BF16', 'BF16'], [40, 30], { relative: 0.01 });
  const readme = text(random, 5000);
  const changed = concatWords(readme, 'One more sentence.');
  const vocabulary = text(random, 140_000);
  const parent: Files = {
    'README.md': readme,
    'config.json': utf8('{"layers": 2, "hidden": 128}'),
    'model-00001-of-00002.safetensors': buildSafetensors([a.before]),
    'model-00002-of-00002.safetensors': buildSafetensors([b.before, c.before]),
    'tokenizer.json': text(random, 3000),
  };
  const child: Files = {
    'README.md': changed,
    'config.json': utf8('{"layers": 2, "hidden": 160}'),
    'data/vocabulary.txt': vocabulary,
    'data/card.txt': text(random, 2000),
    'data/noise.bin': random.bytes(2000),
    'empty.txt': new Uint8Array(),
    'model-00001-of-00002.safetensors': buildSafetensors([c.after, b.after]),
    'model-00002-of-00002.safetensors': buildSafetensors([a.after]),
    'notes.txt': utf8('Small, and of no parent.'),
    'tokenizer.json': parent['tokenizer.json'] ?? new Uint8Array(),
  };
  const features = ['zstd-0', 'brotli-0', 'stored-0', 'pack-0', 'residual-0', 'same-0'];
  return { child, parents: [parent], features };
}

function concatWords(before: Uint8Array, after: string): Uint8Array {
  return Uint8Array.from([...before, ...utf8(after)]);
}

/** A merge: some tensors from one parent, some from another, some from both. */
function merge(): Case {
  const random = new Random(9);
  const from = (number: number): Pair[] =>
    Array.from({ length: 6 }, (_, layer) =>
      moved(random, `parent.${number}.layers.${layer}.weight`, ['BF16', 'BF16'], [70 + layer, 60], {
        relative: layer % 2 === 0 ? 0.004 : 0,
      }),
    );
  const first = from(0);
  const second = from(1);
  const both = [...first, ...second].filter((_, at) => at % 3 !== 2);
  const parents = [first, second].map((pairs, number): Files => ({
    [`parent-${number}.safetensors`]: buildSafetensors(pairs.map(({ before }) => before)),
  }));
  const child = { 'merged.safetensors': buildSafetensors(both.map(({ after }) => after)) };
  return { child, parents, features: ['same-0', 'bundle-0'] };
}

/** Quantised blocks and plain types in GGUF; the reader does not know the format and finds inputs by digest. */
function gguf(): Case {
  const random = new Random(10);
  const blocks = Uint8Array.from({ length: 34 * 60 }, () => 128 + random.normal() * 20);
  const norm = random.normals(300, 1);
  const half = f16(random.normals(1500, 0.05));
  const build = (change: number): Uint8Array =>
    buildGguf({
      tensors: [
        {
          name: 'blk.0.q',
          dims: [32, 60],
          type: 8,
          data: blocks.map((byte, at) => (at % 5 === 0 ? byte + change : byte)),
        },
        {
          name: 'blk.0.norm',
          dims: [300],
          type: 0,
          data: bytesOf(norm.map((value) => value + change / 100)),
        },
        { name: 'blk.0.half', dims: [50, 30], type: 1, data: bytesOf(half.map((bits) => bits + change)) },
      ],
    });
  const parents = [{ 'model.gguf': build(0) }];
  return { child: { 'model.gguf': build(1) }, parents, features: ['planes-0', 'bundle-0'] };
}

/** Small tensors of random bits, which are kept as they are: bundles without tables. */
function noise(): Case {
  const random = new Random(11);
  const pairs = (['BF16', 'F16', 'F32'] as const).flatMap((dtype) =>
    [300, 4000, 5].map((count): Pair => {
      const tensor = { name: `${dtype}.${count}`, dtype, shape: [count] };
      const bits = (): Uint8Array => random.bytes(count * (dtype === 'F32' ? 4 : 2));
      return { before: { ...tensor, data: bits() }, after: { ...tensor, data: bits() } };
    }),
  );
  return { ...files(pairs), features: ['bundle-0'] };
}

/** Everything by name. */
export const cases: Readonly<Record<string, () => Case>> = {
  residual,
  alone,
  narrow,
  scaled,
  sparse,
  planes: () => planes(),
  bundles,
  folder,
  merge,
  gguf,
  noise,
};

/** A small model of random types, shapes and changes. */
export function randomCase(seed: number): Case {
  const random = new Random(1000 + seed);
  const types = ['BF16', 'F16', 'F32'] as const;
  const pick = <Value>(values: readonly Value[]): Value => values[random.below(values.length)] as Value;
  const pairs = Array.from({ length: 1 + random.below(6) }, (_, number) => {
    const shape = Array.from({ length: random.below(4) }, () => 1 + random.below(number === 0 ? 40 : 9));
    const from = pick(types);
    const to = random.below(3) === 0 ? pick(types) : from;
    const relative = 2 ** (random.below(16) - 14);
    const factor = random.below(3) === 0 ? 1 + random.normal() / 10 : 1;
    return moved(random, `layers.${number}.w`, [from, to], shape, {
      ...{ relative, factor, special: random.below(2) === 0 },
    });
  });
  const { child, parents } = files(pairs, String(seed));
  return { child, parents: random.below(5) === 0 ? [] : parents, features: [] };
}
