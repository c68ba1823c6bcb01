import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFile } from '../../../src/main/engine/formats/index.ts';
import { concat, pattern, u32 } from '../../fixtures/bytes.ts';
import cpythonPickles from '../../fixtures/cpython-pickles.json' with { type: 'json' };
import { MemoryFile } from '../../fixtures/memory-file.ts';
import * as p from '../../fixtures/pickle-bytes.ts';
import { buildTorch, rowMajor, storageId, tensorPiece, type TorchFile } from '../../fixtures/torch-file.ts';
import { outline, type ParsedTensor, parseGood } from './parsed.ts';

/** A rebuilding function of torch. */
function global(name: string): p.Piece {
  return p.global('torch._utils', name);
}

/** As Python's pickler sets items: 1,000 at a time. */
function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / 1000) }, (_, at) =>
    items.slice(at * 1000, (at + 1) * 1000),
  );
}

async function tensorsOf(file: TorchFile): Promise<ParsedTensor[]> {
  return (await parseGood('pytorch_model.bin', buildTorch(file), 'torch')).tensors;
}

/** Storage types of torch after `torch/storage.py`, with the dtype their elements have. */
const storageTypes = [
  { storage: 'BoolStorage', bytes: 1, dtype: 'BOOL' },
  { storage: 'ByteStorage', bytes: 1, dtype: 'U8' },
  { storage: 'CharStorage', bytes: 1, dtype: 'I8' },
  { storage: 'ShortStorage', bytes: 2, dtype: 'I16' },
  { storage: 'IntStorage', bytes: 4, dtype: 'I32' },
  { storage: 'LongStorage', bytes: 8, dtype: 'I64' },
  { storage: 'HalfStorage', bytes: 2, dtype: 'F16' },
  { storage: 'BFloat16Storage', bytes: 2, dtype: 'BF16' },
  { storage: 'FloatStorage', bytes: 4, dtype: 'F32' },
  { storage: 'DoubleStorage', bytes: 8, dtype: 'F64' },
  { storage: 'ComplexFloatStorage', bytes: 8, dtype: 'C64' },
] as const;

describe('any checkpoint', () => {
  /** What one storage is used for: tensors side by side with gaps between, or by none. */
  const storage = fc.record({
    type: fc.constantFrom(...storageTypes),
    views: fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 3 }),
        shape: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
      }),
      { maxLength: 4 },
    ),
    after: fc.integer({ min: 0, max: 3 }),
  });

  test('every tensor of a generated file is found with its name, type, shape and bytes', async () => {
    const settings = fc.record({
      storages: fc.array(storage, { maxLength: 6 }),
      byteOrder: fc.constantFrom('little', 'big'),
      likeTorch: fc.boolean(),
      wideDirectory: fc.boolean(),
      wideEnd: fc.boolean(),
      version: fc.constantFrom(2, 3),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ storages, byteOrder, version, ...zip }) => {
        const made = storages.map(({ type, views, after }, number) => {
          let elements = 0;
          const placed = views.map(({ gap, shape }, at) => {
            const offset = elements + gap;
            const size = shape.reduce((product, length) => product * length, 1);
            elements = offset + size;
            return { name: `group ${number}.layer.${at}`, offset, size, shape };
          });
          return { type, key: `${number}`, placed, data: pattern((elements + after) * type.bytes, number) };
        });
        const groups = made.map(({ type, key, placed, data }): [p.Piece, p.Piece] => {
          const id = storageId(key, type.storage, data.length / type.bytes);
          const layers = placed.map(({ offset, shape }, at): [p.Piece, p.Piece] => [
            p.int(at),
            tensorPiece({ storage: id, offset, shape }),
          ]);
          // A storage that no tensor looks into is named all the same.
          const named: [p.Piece, p.Piece] = [p.str('storage'), id];
          return [p.str(`group ${key}`), p.orderedDict([p.str('layer'), p.dict(...layers)], named)];
        });
        const tensors = await tensorsOf({
          pickle: p.pickle(p.dict(...groups), version),
          storages: made.map(({ key, data }) => [key, data]),
          byteOrder,
          zip,
        });
        const order = (bytes: number): object =>
          byteOrder === 'big' && bytes > 1 ? { bigEndian: true } : {};
        const expected = made.flatMap(({ type, key, placed, data }) => {
          const own = { dtype: type.dtype, ...order(type.bytes) };
          if (placed.length === 0) return [{ name: key, shape: [data.length / type.bytes], data, ...own }];
          return placed.map(({ name, offset, size, shape }) => {
            const begin = offset * type.bytes;
            return { name, shape, data: data.slice(begin, begin + size * type.bytes), ...own };
          });
        });
        expect(tensors).toEqual(expected);
      }),
    );
  });
});

describe('what CPython writes', () => {
  const storages: [string, Uint8Array][] = [
    ['0', pattern(24, 0)],
    ['1', pattern(8, 1)],
    ['2', pattern(6, 2)],
    ['3', pattern(16, 3)],
  ];

  test.each(Object.entries(cpythonPickles))('%s', async (_, base64) => {
    const pickle = new Uint8Array(Buffer.from(base64, 'base64'));
    expect(await tensorsOf({ pickle, storages })).toEqual([
      { name: 'state_dict.embed.weight', dtype: 'F32', shape: [2, 3], data: pattern(24, 0) },
      { name: 'state_dict.norm.weight', dtype: 'F16', shape: [4], data: pattern(8, 1) },
      { name: 'state_dict.ids', dtype: 'U16', shape: [3], data: pattern(6, 2) },
      { name: 'optimizer.state.0.exp_avg', dtype: 'I64', shape: [], data: pattern(16, 3).slice(0, 8) },
      { name: 'optimizer.state.1.exp_avg', dtype: 'I64', shape: [], data: pattern(16, 3).slice(8) },
    ]);
  });
});

describe('storages', () => {
  const data = pattern(48, 5);
  const floats = storageId('0', 'FloatStorage', 12);

  async function views(...tensors: readonly [string, p.Piece][]): Promise<unknown[]> {
    const root = p.dict(...tensors.map(([name, piece]): [p.Piece, p.Piece] => [p.str(name), piece]));
    const bytes = buildTorch({ root, storages: [['0', data]] });
    const { segments } = await parseGood('m.pt', bytes, 'torch');
    const first = segments.findIndex(
      ({ offset }) => bytes.subarray(offset, offset + 48).join() === data.join(),
    );
    return segments.slice(first, -1).map(({ kind, length, tensor }) => tensor ?? `${kind} ${length}`);
  }

  const at = (offset: number, shape: number[], stride = rowMajor(shape)): p.Piece =>
    tensorPiece({ storage: floats, offset, shape, stride });

  test.each<[string, [string, p.Piece][], unknown[]]>([
    ['a tensor that fills it', [['w', at(0, [3, 4])]], [{ name: 'w', dtype: 'F32', shape: [3, 4] }]],
    [
      'a tensor that fills it, and views of it before and after',
      [
        ['v', at(3, [2])],
        ['w', at(0, [3, 4])],
        ['x', at(0, [12], [1])],
      ],
      [{ name: 'w', dtype: 'F32', shape: [3, 4] }],
    ],
    [
      'tensors side by side with gaps',
      [
        ['b', at(7, [1, 4])],
        ['a', at(1, [2, 2])],
      ],
      [
        'raw 4',
        { name: 'a', dtype: 'F32', shape: [2, 2] },
        'raw 8',
        { name: 'b', dtype: 'F32', shape: [1, 4] },
        'raw 4',
      ],
    ],
    [
      'the same tensor under two names',
      [
        ['tied', at(0, [5])],
        ['again', at(0, [5])],
      ],
      [{ name: 'tied', dtype: 'F32', shape: [5] }, 'raw 28'],
    ],
    [
      'overlapping tensors',
      [
        ['a', at(2, [6])],
        ['b', at(0, [6])],
      ],
      [{ name: 'a', dtype: 'F32', shape: [12] }],
    ],
    [
      'the same bytes in two shapes',
      [
        ['a', at(0, [6])],
        ['b', at(0, [2, 3])],
      ],
      [{ name: 'a', dtype: 'F32', shape: [12] }],
    ],
    ['a transposed tensor', [['t', at(0, [4, 3], [1, 4])]], [{ name: 't', dtype: 'F32', shape: [12] }]],
    ['every second element', [['s', at(0, [6], [2])]], [{ name: 's', dtype: 'F32', shape: [12] }]],
    ['an expanded tensor', [['e', at(0, [5, 12], [0, 1])]], [{ name: 'e', dtype: 'F32', shape: [12] }]],
    [
      'strides of dimensions of one',
      [['w', at(0, [1, 12, 1], [99, 1, 7])]],
      [{ name: 'w', dtype: 'F32', shape: [1, 12, 1] }],
    ],
    ['no tensor', [], [{ name: '0', dtype: 'OPAQUE', shape: [48] }]],
    ['a storage of its own, no tensor', [['s', floats]], [{ name: '0', dtype: 'F32', shape: [12] }]],
    [
      'a tensor without elements beside another',
      [
        ['none', at(12, [0, 3])],
        ['w', at(0, [12])],
      ],
      [
        { name: 'none', dtype: 'F32', shape: [0, 3] },
        { name: 'w', dtype: 'F32', shape: [12] },
      ],
    ],
    [
      'a storage shorter than its entry',
      [['w', tensorPiece({ storage: storageId('0', 'FloatStorage', 10), shape: [10] })]],
      [{ name: 'w', dtype: 'F32', shape: [10] }, 'raw 8'],
    ],
    [
      'untyped bytes seen as two types',
      [
        [
          'a',
          tensorPiece({ storage: storageId('0', 'storage.UntypedStorage', 48), shape: [8], dtype: 'uint32' }),
        ],
        [
          'b',
          tensorPiece({
            storage: storageId('0', 'storage.UntypedStorage', 48),
            offset: 32,
            shape: [16],
            dtype: 'float8_e4m3fn',
          }),
        ],
      ],
      [
        { name: 'a', dtype: 'U32', shape: [8] },
        { name: 'b', dtype: 'F8_E4M3', shape: [16] },
      ],
    ],
    [
      'a type the engine does not have',
      [['c', tensorPiece({ storage: storageId('0', 'ComplexDoubleStorage', 3), shape: [3] })]],
      [{ name: 'c', dtype: 'OPAQUE', shape: [48] }],
    ],
  ])('%s', async (_, tensors, expected) => {
    expect(await views(...tensors)).toEqual(expected);
  });

  test('an empty storage is an empty tensor', async () => {
    const empty = tensorPiece({ storage: storageId('0', 'FloatStorage', 0), shape: [0, 7] });
    const root = p.dict([p.str('e'), empty]);
    expect(await tensorsOf({ root, storages: [['0', new Uint8Array(0)]] })).toEqual([
      { name: 'e', dtype: 'F32', shape: [0, 7], data: new Uint8Array(0) },
    ]);
  });
});

describe('names', () => {
  const one = (key: number): p.Piece =>
    tensorPiece({ storage: storageId(`${key}`, 'ByteStorage', 1), shape: [1] });
  const storages = Array.from({ length: 4 }, (_, key): [string, Uint8Array] => [
    `${key}`,
    Uint8Array.of(key),
  ]);
  const names = async (root: p.Piece): Promise<string[]> =>
    (await tensorsOf({ root, storages })).map(({ name }) => name);

  test('keys of all kinds and positions in lists', async () => {
    const root = p.dict(
      [p.str('list'), p.list(p.none, one(0))],
      [p.int(7), p.dict([p.yes, one(1)])],
      [p.tuple(p.int(1), p.int(2)), p.tuple(p.str('x'), one(2))],
      [p.none, one(3)],
    );
    expect(await names(root)).toEqual(['list.1', '7.True', '2.1', '3']);
  });

  test('a checkpoint that is one tensor', async () => {
    expect(
      (await tensorsOf({ root: one(0), storages: storages.slice(0, 1) })).map(({ name }) => name),
    ).toEqual(['tensor']);
  });

  test('keys that spell properties of objects', async () => {
    const root = p.dict(
      [p.str('__proto__'), one(0)],
      [p.str('constructor'), p.dict([p.str('__proto__'), one(1)])],
    );
    expect((await names(root)).slice(0, 2)).toEqual(['__proto__', 'constructor.__proto__']);
  });

  test('two paths that read the same', async () => {
    const root = p.dict([p.str('a'), p.dict([p.str('b'), one(0)])], [p.str('a.b'), one(1)]);
    expect((await names(root)).slice(0, 2)).toEqual(['a.b', 'a.b#2']);
  });

  test('a key set twice keeps its last value, as in Python', async () => {
    const root = p.dict([p.str('w'), one(0)], [p.str('w'), one(1)]);
    expect((await names(root)).slice(0, 2)).toEqual(['0', 'w']);
  });

  test('a container that holds itself is walked once', async () => {
    const loop = concat(
      p.emptyDict,
      p.put(1),
      p.mark,
      p.str('self'),
      p.get(1),
      p.str('w'),
      one(0),
      p.setItems,
    );
    expect((await names(loop))[0]).toBe('w');
  });
});

test('pickles of older Python: pairs in an OrderedDict, the first rebuilding function', async () => {
  const storage = storageId('0', 'FloatStorage', 2);
  const old = p.call(global('_rebuild_tensor'), storage, p.int(0), p.tuple(p.int(2)), p.tuple(p.int(1)));
  const pairs = p.list(p.list(p.str('w'), old));
  const root = p.call(p.global('collections', 'OrderedDict'), pairs);
  expect(await tensorsOf({ root, storages: [['0', pattern(8, 0)]] })).toMatchObject([
    { name: 'w', shape: [2] },
  ]);
});

test('parameters, with and without a state of their own', async () => {
  const tensor = (key: string): p.Piece =>
    tensorPiece({ storage: storageId(key, 'FloatStorage', 2), shape: [2] });
  const hooks = p.orderedDict();
  const root = p.dict(
    [p.str('plain'), p.call(global('_rebuild_parameter'), tensor('0'), p.yes, hooks)],
    [p.str('state'), p.call(global('_rebuild_parameter_with_state'), tensor('1'), p.yes, hooks, p.dict())],
  );
  const storages: [string, Uint8Array][] = [
    ['0', pattern(8, 0)],
    ['1', pattern(8, 1)],
  ];
  expect((await tensorsOf({ root, storages })).map(({ name }) => name)).toEqual(['plain', 'state']);
});

test('everything between the storages is header, and no tensor data are read', async () => {
  const big = pattern(3_000_000, 1);
  const root = p.dict([
    p.str('w'),
    tensorPiece({ storage: storageId('0', 'ByteStorage', big.length), shape: [big.length] }),
  ]);
  const bytes = buildTorch({ root, storages: [['0', big]] });
  const { segments } = await parseGood('m.ckpt', bytes, 'torch');
  expect(outline(segments).map((line) => line.split(' ')[0])).toEqual(['header', 'tensor', 'header']);
  const file = new MemoryFile(bytes);
  await parseFile('m.ckpt', file);
  expect(file.bytesRead).toBeLessThan(600_000);
});

test('an archive of folders, as unpacked and packed again, is read too', async () => {
  const root = p.dict([p.str('w'), tensorPiece({ storage: storageId('0', 'ByteStorage', 3), shape: [3] })]);
  const more = [{ name: 'archive/data/', data: new Uint8Array(0) }];
  const file = { root, storages: [['0', pattern(3, 0)]] as const, more, zip: {} };
  expect(await tensorsOf(file)).toEqual([{ name: 'w', dtype: 'U8', shape: [3], data: pattern(3, 0) }]);
});

test('values that are no names are stepped over: long text, bytes, sets, floats', async () => {
  const bytes = concat(Uint8Array.of(0x42), u32(4), [0xff, 0xfe, 0xfd, 0xfc]);
  const set = concat(Uint8Array.of(0x8f), p.mark, p.int(1), Uint8Array.of(0x90));
  const frozen = concat(p.mark, p.int(1), Uint8Array.of(0x91));
  const float = concat(Uint8Array.of(0x47), [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
  const tensor = tensorPiece({ storage: storageId('0', 'ByteStorage', 1), shape: [1] });
  const root = p.dict(
    [p.str('text'), p.str('x'.repeat(600_000))],
    [p.str('bytes'), bytes],
    [p.str('set'), set],
    [p.str('frozen'), frozen],
    [float, p.list(tensor)],
  );
  const pickle = p.pickle(root, 4);
  const names = (await tensorsOf({ pickle, storages: [['0', pattern(1, 0)]] })).map(({ name }) => name);
  expect(names).toEqual(['1.5.0']);
});

test('the memo counts as Python counts it', async () => {
  const memoize = Uint8Array.of(0x94);
  const tensor = tensorPiece({ storage: storageId('0', 'ByteStorage', 1), shape: [1] });
  // Text at 7, then two at the next free numbers, 1 and 2; the second of them, recalled, is the key of the tensor.
  const texts = concat(p.str('seven'), p.put(7), p.str('one'), memoize, p.str('two'), memoize, p.tuple());
  const root = p.list(texts, p.dict([p.get(2), p.list(tensor, p.get(7))]));
  const pickle = p.pickle(root, 4);
  const names = (await tensorsOf({ pickle, storages: [['0', pattern(1, 0)]] })).map(({ name }) => name);
  expect(names).toEqual(['4.two.0']);
});

test('every byte of a pickle may be the last one of a window', async () => {
  const window = 256 * 1024;
  const tensor = tensorPiece({ storage: storageId('0', 'ByteStorage', 1), shape: [1] });
  const value = p.orderedDict([p.str('w'), tensor], [p.str('n'), p.int(2 ** 40)]);
  const fill = (count: number): p.Piece => concat(Uint8Array.of(0x42), u32(count), new Uint8Array(count));
  const before = p.proto(3).length + p.mark.length + fill(0).length;
  for (let inside = 0; inside <= value.length; inside += 1) {
    const pickle = p.pickle(concat(p.mark, fill(window - before - inside), value, p.toTuple), 3);
    const names = (await tensorsOf({ pickle, storages: [['0', pattern(1, 0)]] })).map(({ name }) => name);
    expect(names).toEqual(['1.w']);
  }
});

test('long pickles cross the window at every place', async () => {
  const count = 9000;
  const entries = Array.from({ length: count }, (_, key): [p.Piece, p.Piece] => [
    p.str(`layers.${key}.weight`),
    tensorPiece({ storage: storageId(`${key}`, 'ByteStorage', 1), shape: [1] }),
  ]);
  const storages = entries.map((_, key): [string, Uint8Array] => [`${key}`, Uint8Array.of(key & 0xff)]);
  const root = concat(
    p.emptyDict,
    ...batches(entries).map((batch) => concat(p.mark, ...batch.flat(), p.setItems)),
  );
  expect(root.length).toBeGreaterThan(1_000_000);
  const tensors = await tensorsOf({ root, storages });
  expect(tensors.map(({ name }) => name)).toEqual(entries.map((_, key) => `layers.${key}.weight`));
});
