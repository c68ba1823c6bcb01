import { afterAll, expect, test } from 'vitest';
import { Matcher } from '../../../src/main/engine/delta/match.ts';
import type { PredictorInput } from '../../../src/main/engine/predictors/index.ts';
import type { ModelSource, Source, SourceSegment } from '../../../src/main/engine/sources/index.ts';
import { weights } from '../../bench/pairs.ts';
import { pattern, utf8 } from '../../fixtures/bytes.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../../fixtures/engine-delta.ts';
import { floatBytes, type FloatType } from '../../fixtures/random-models.ts';
import { buildSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool();
afterAll(() => pool.close());

interface Made {
  readonly shape?: readonly number[];
  readonly dtype?: FloatType;
  readonly step?: number;
}

/** A tensor of weights; the same seed gives the same weights, `step` how far they moved. */
function tensor(name: string, seed: number, made: Made = {}): SafetensorsTensor {
  const { shape = [30, 40], dtype = 'F32', step = 0 } = made;
  const count = shape.reduce((product, size) => product * size, 1);
  const moves = weights(count, step, seed + 1000);
  const values = weights(count, 0.02, seed).map((value, at) => value + (moves[at] ?? 0));
  return { name, dtype, shape, data: floatBytes(dtype, values) };
}

const file = (...tensors: SafetensorsTensor[]): ModelFiles => ({
  'model.safetensors': buildSafetensors(tensors),
});

function segmentOf(source: ModelSource, name: string): SourceSegment {
  const segment = source.segments.find((each) => (each.tensor?.name ?? each.kind) === name);
  if (!segment) throw new Error(`there is no ${name}`);
  return segment;
}

/** What a match is called: source, file and tensor. */
const nameOf = (input: PredictorInput | undefined): string | undefined =>
  input &&
  `${input.source.name}/${input.source.files[input.segment.file]?.path ?? ''}/${input.segment.tensor?.name ?? input.segment.kind}`;

async function matcherOf(
  child: ModelFiles,
  ...parents: ModelFiles[]
): Promise<{ matcher: Matcher; model: ModelSource; of: (name: string) => SourceSegment }> {
  const model = await modelOf(child, 'child');
  const bases = await Promise.all(parents.map((files, number) => modelOf(files, `p${number}`)));
  return { matcher: new Matcher(model, bases), model, of: (name) => segmentOf(model, name) };
}

test('the tensor of the same name, shape and kind is taken, whatever its bytes', async () => {
  const { matcher, of } = await matcherOf(
    file(tensor('a', 1), tensor('b', 2), tensor('c', 3)),
    file(tensor('b', 9), tensor('a', 8, { dtype: 'BF16' }), tensor('c', 3, { shape: [40, 30] })),
  );
  expect(nameOf(matcher.byName(of('a')))).toBe('p0/model.safetensors/a');
  expect(nameOf(matcher.byName(of('b')))).toBe('p0/model.safetensors/b');
  expect(matcher.byName(of('c'))).toBeUndefined();
  expect(nameOf(matcher.byName(of('header')))).toBe('p0/model.safetensors/header');
});

test('floating-point types predict each other, other types only themselves', async () => {
  const integers = (dtype: 'I16' | 'U16' | 'F64', name: string): SafetensorsTensor => ({
    name,
    dtype,
    shape: [30, 40],
  });
  const { matcher, of } = await matcherOf(
    file(tensor('a', 1, { dtype: 'F16' }), integers('I16', 'i'), integers('U16', 'u'), integers('F64', 'd')),
    file(tensor('a', 1), integers('U16', 'i'), integers('U16', 'u'), tensor('d', 4)),
  );
  expect(nameOf(matcher.byName(of('a')))).toBe('p0/model.safetensors/a');
  expect(matcher.byName(of('i'))).toBeUndefined();
  expect(nameOf(matcher.byName(of('u')))).toBe('p0/model.safetensors/u');
  expect(matcher.byName(of('d'))).toBeUndefined();
});

test('dimensions of one are no difference', async () => {
  const { matcher, of } = await matcherOf(
    file(tensor('a', 1, { shape: [1, 30, 1, 40] })),
    file(tensor('a', 1)),
  );
  expect(nameOf(matcher.byName(of('a')))).toBe('p0/model.safetensors/a');
});

test('the prefixes of libraries are no difference, but an equal name is surer', async () => {
  const { matcher, of } = await matcherOf(
    file(tensor('model.layers.0.w', 1), tensor('h.0.w', 2), tensor('base_model.model.module.x', 3)),
    file(
      tensor('module.layers.0.w', 7),
      tensor('model.layers.0.w', 8),
      tensor('transformer.h.0.w', 9),
      tensor('x', 3),
    ),
  );
  expect(nameOf(matcher.byName(of('model.layers.0.w')))).toBe('p0/model.safetensors/model.layers.0.w');
  expect(nameOf(matcher.byName(of('h.0.w')))).toBe('p0/model.safetensors/transformer.h.0.w');
  expect(nameOf(matcher.byName(of('base_model.model.module.x')))).toBe('p0/model.safetensors/x');
});

test('the same tensor in the same file is surer than in another; other files are looked through', async () => {
  const { matcher, of } = await matcherOf(
    { '2.safetensors': buildSafetensors([tensor('a', 1), tensor('b', 2)]) },
    {
      '1.safetensors': buildSafetensors([tensor('a', 1), tensor('b', 2)]),
      '2.safetensors': buildSafetensors([tensor('a', 9)]),
    },
  );
  expect(nameOf(matcher.byName(of('a')))).toBe('p0/2.safetensors/a');
  expect(nameOf(matcher.byName(of('b')))).toBe('p0/1.safetensors/b');
});

test('of several parents the first that has the tensor gives it', async () => {
  const { matcher, of } = await matcherOf(
    file(tensor('a', 1), tensor('b', 2), tensor('c', 3)),
    file(tensor('b', 2)),
    file(tensor('a', 1), tensor('b', 2)),
    file(tensor('a', 1), tensor('b', 2), tensor('c', 3)),
  );
  expect(['a', 'b', 'c'].map((name) => nameOf(matcher.byName(of(name))))).toEqual([
    'p1/model.safetensors/a',
    'p0/model.safetensors/b',
    'p2/model.safetensors/c',
  ]);
});

test('equal bytes are found under any name, in any file, of any kind', async () => {
  const data = pattern(4800, 5);
  const { matcher, of } = await matcherOf(
    {
      ...file({ name: 'x', dtype: 'F32', shape: [30, 40], data }, tensor('y', 2)),
      'notes.txt': utf8('hello there'),
    },
    file({ name: 'other', dtype: 'I64', shape: [600], data }),
    { 'copy.txt': utf8('hello there'), 'y.bin': tensor('', 2).data ?? data },
  );
  expect(nameOf(await matcher.byContent(of('x')))).toBe('p0/model.safetensors/other');
  expect(nameOf(await matcher.byContent(of('y')))).toBe('p1/y.bin/raw');
  expect(nameOf(await matcher.byContent(of('raw')))).toBe('p1/copy.txt/raw');
  expect(await matcher.byContent(of('header'))).toBeUndefined();
});

test('tensors that were renamed and trained are found by their likeness, each once', async () => {
  const { matcher, of } = await matcherOf(
    file(
      tensor('n.0', 1, { step: 0.002 }),
      tensor('n.1', 2, { step: 0.002 }),
      tensor('n.2', 3),
      tensor('n.3', 1, { step: 0.003 }),
    ),
    file(
      tensor('o.2', 3, { dtype: 'BF16', step: 0.001 }),
      tensor('o.1', 2),
      tensor('o.0', 1),
      tensor('o.9', 9),
    ),
  );
  expect(nameOf(await matcher.byLikeness(of('n.0')))).toBe('p0/model.safetensors/o.0');
  expect(nameOf(await matcher.byLikeness(of('n.1')))).toBe('p0/model.safetensors/o.1');
  expect(nameOf(await matcher.byLikeness(of('n.2')))).toBe('p0/model.safetensors/o.2');
  // Its only relative is taken, and no stranger stands in for it.
  expect(await matcher.byLikeness(of('n.3'))).toBeUndefined();
});

test('a tensor that has a name of its own in the child is nobody else’s parent', async () => {
  const { matcher, of } = await matcherOf(
    file(tensor('a', 1, { step: 0.001 }), tensor('new', 1, { step: 0.002 })),
    file(tensor('a', 1)),
  );
  expect(await matcher.byLikeness(of('new'))).toBeUndefined();
  expect(nameOf(matcher.byName(of('a')))).toBe('p0/model.safetensors/a');
});

test('infinities and no numbers do not hide a likeness; integers and headers have none', async () => {
  const wild = tensor('n', 1, { step: 0.002 });
  const view = new DataView((wild.data ?? new Uint8Array()).buffer);
  for (const [at, value] of [NaN, Infinity, -Infinity].entries()) view.setFloat32(at * 40, value, true);
  const { matcher, of } = await matcherOf(
    file(
      wild,
      { name: 'i', dtype: 'I32', shape: [30, 40] },
      { name: 'zero', dtype: 'F32', shape: [30, 40], data: new Uint8Array(4800) },
    ),
    file(tensor('o', 1), { name: 'j', dtype: 'I32', shape: [30, 40] }),
  );
  expect(nameOf(await matcher.byLikeness(of('n')))).toBe('p0/model.safetensors/o');
  for (const name of ['i', 'zero', 'header']) expect(await matcher.byLikeness(of(name))).toBeUndefined();
});

test('unknown files are matched by path and place, a lone one whatever it is called', async () => {
  const [a, b] = [utf8('a long text'), utf8('another text')];
  const folders = await matcherOf({ 'a.txt': a, 'b.txt': b, 'c.txt': a }, { 'b.txt': a, 'a.txt': b });
  expect(folders.model.segments.map((segment) => nameOf(folders.matcher.byName(segment)))).toEqual([
    'p0/a.txt/raw',
    'p0/b.txt/raw',
    undefined,
  ]);
  const lone = await matcherOf({ 'a.bin': a }, { 'x.bin': b });
  expect(lone.model.segments.map((segment) => nameOf(lone.matcher.byName(segment)))).toEqual([
    'p0/x.bin/raw',
  ]);
});

test('what has no bytes has no parent', async () => {
  const nothing: SafetensorsTensor = { name: 'nothing', dtype: 'F32', shape: [0, 3] };
  const { matcher, of } = await matcherOf(
    file(nothing),
    file(nothing, { name: 'too', dtype: 'U8', shape: [0] }),
  );
  expect(matcher.byName(of('nothing'))).toBeUndefined();
  expect(await matcher.byContent(of('nothing'))).toBeUndefined();
  expect(await matcher.byLikeness(of('nothing'))).toBeUndefined();
});

test('digests and samples of parents are read once', async () => {
  const model = await modelOf(
    file(tensor('n.0', 1, { step: 0.002 }), tensor('n.1', 2, { step: 0.002 })),
    'child',
  );
  const parent = await modelOf(file(tensor('o.0', 1), tensor('o.1', 2)), 'p0');
  const calls: string[] = [];
  const watched: Source = {
    ...{ kind: parent.kind, name: parent.name, files: parent.files, segments: parent.segments },
    read: (segment: SourceSegment, offset: number, target: Uint8Array) => {
      calls.push(`read ${segment.number}`);
      return parent.read(segment, offset, target);
    },
    digest: (segment: SourceSegment) => {
      calls.push(`digest ${segment.number}`);
      return parent.digest(segment);
    },
    sha256: parent.sha256.bind(parent),
  };
  const matcher = new Matcher(model, [watched]);
  expect(calls).toEqual([]);
  for (const segment of model.segments) {
    matcher.byName(segment);
    await matcher.byContent(segment);
    await matcher.byLikeness(segment);
  }
  expect(calls.toSorted()).toEqual(['digest 0', 'digest 1', 'digest 2', 'read 1', 'read 2']);
});

/** Encodes a child and gives what each of its tensors was predicted from, after having it back. */
async function inputsOf(child: ModelFiles, ...parents: ModelFiles[]): Promise<Record<string, string>> {
  const bases = await Promise.all(parents.map((files, number) => modelOf(files, `p${number}`)));
  const { file: bytes } = await createInMemory(pool, await modelOf(child), bases);
  const delta = await deltaOf(bytes);
  const back = await applyInMemory(pool, delta, bases);
  for (const [path, expected] of Object.entries(child))
    expect(Buffer.compare(back[path] ?? Buffer.of(), expected)).toBe(0);
  const { segments, parents: described } = delta.index;
  return Object.fromEntries(
    segments.flatMap(({ tensor: of, input, recipe }) => {
      const from = input && described[input.parent];
      const used =
        from && `${recipe.coded ? '' : '='}${from.name}/${from.segments[input.segment]?.tensor?.name ?? ''}`;
      return of ? [[of.name, used ?? 'alone']] : [];
    }),
  );
}

test('tensors that swapped their names are found where they are now', async () => {
  expect(
    await inputsOf(
      file(tensor('a', 1), tensor('b', 2), tensor('c', 3)),
      file(tensor('a', 2), tensor('b', 1), tensor('c', 3)),
    ),
  ).toEqual({ a: '=p0/b', b: '=p0/a', c: '=p0/c' });
});

test('a tensor that is far from the one of its name is looked for elsewhere, though that one would help', async () => {
  const far = { step: 0.013 };
  expect(await inputsOf(file(tensor('a', 1, far)), file(tensor('a', 1)))).toEqual({ a: 'p0/a' });
  expect(await inputsOf(file(tensor('a', 1, far)), file(tensor('a', 1), tensor('b', 1, far)))).toEqual({
    a: '=p0/b',
  });
});

test('a model in other shards and another order is found, all of it', async () => {
  const tensors = [1, 2, 3, 4, 5].map((seed) => tensor(`layers.${seed}`, seed));
  const child = {
    'model-1-of-2.safetensors': buildSafetensors(tensors.slice(0, 2)),
    'model-2-of-2.safetensors': buildSafetensors(tensors.slice(2)),
  };
  const parent = {
    'a.safetensors': buildSafetensors(tensors.slice(3).reverse()),
    'b.safetensors': buildSafetensors(tensors.slice(0, 3)),
  };
  const all = Object.fromEntries(tensors.map(({ name }) => [name, `=p0/${name}`]));
  expect(await inputsOf(child, parent)).toEqual(all);
  expect(await inputsOf(parent, child)).toEqual(all);
});

test('tied tensors come from one, and many alike of one shape from their own', async () => {
  const tied = [tensor('embed', 1), tensor('head', 1)];
  expect(await inputsOf(file(...tied), file(tensor('embed', 1)))).toEqual({
    embed: '=p0/embed',
    head: '=p0/embed',
  });
  const parents = Array.from({ length: 12 }, (_, seed) => tensor(`o.${seed}`, seed));
  const children = Array.from({ length: 12 }, (_, seed) =>
    tensor(`n.${seed}`, (seed * 5) % 12, { step: 0.001 }),
  );
  expect(await inputsOf(file(...children), file(...parents))).toEqual(
    Object.fromEntries(children.map(({ name }, seed) => [name, `p0/o.${(seed * 5) % 12}`])),
  );
});

test('each tensor comes from the parent that has it', async () => {
  expect(
    await inputsOf(
      file(tensor('a', 1, { step: 0.001 }), tensor('b', 2), tensor('c', 3), tensor('d', 4)),
      file(tensor('a', 1), tensor('c', 9)),
      file(tensor('b', 2), tensor('x', 3)),
    ),
  ).toEqual({ a: 'p0/a', b: '=p1/b', c: '=p1/x', d: 'alone' });
});
