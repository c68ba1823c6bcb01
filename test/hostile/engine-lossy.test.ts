import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  noTables,
  packIndex,
  type DeltaIndex,
  type DeltaSegment,
} from '../../src/main/engine/delta/index.ts';
import { ALPHABET, buildTables, CELLS } from '../../src/main/engine/codecs/tables.ts';
import { DeltashelfError } from '../../src/shared/index.ts';
import { numbers } from '../bench/pairs.ts';
import { concat, u16, u32 } from '../fixtures/bytes.ts';
import { forgeFile, forgeRecord, set, update, type Edit } from '../fixtures/delta-forge.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../fixtures/engine-delta.ts';
import { pairsOf, type TensorPlan } from '../fixtures/random-models.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';

// Approximations with sound checksums that lie: refused as damaged, or the very model whose SHA-256 they state.

const pool = kernelPool();
afterAll(() => pool.close());

/** Bytes that one piece of work may take at once: several times a chunk of these small models. */
const MOST_MEMORY = 16 << 20;
const allocate = pool.memory.allocate.bind(pool.memory);
let largest = 0;
vi.spyOn(pool.memory, 'allocate').mockImplementation((bytes) => {
  largest = Math.max(largest, bytes);
  return allocate(bytes);
});
beforeEach(() => {
  largest = 0;
});

/** The first has two chunks, which have tables of their own; the last is coded exactly. */
const plans: readonly TensorPlan[] = (
  [
    ['BF16', [1100, 512]],
    ['F16', [130, 131]],
    ['F32', [130, 130]],
    ['BF16', [17_001]],
  ] as const
).map(([dtype, shape], seed) => ({
  ...{ dtype, shape, seed, content: 'weights', change: 'heavy', parentType: dtype },
}));
const { child, parent } = pairsOf(plans);
const base: ModelFiles = { 'model.safetensors': buildSafetensors(parent) };
const tuned: ModelFiles = { 'model.safetensors': buildSafetensors(child) };
const bases = [await modelOf(base, 'base')];
const through = <Value>(value: Value): Value => value;
const made = await createInMemory(pool, await modelOf(tuned), bases, {}, through, 'rd:bits=1');
const sound = await deltaOf(made.file);
const wanted = await applyInMemory(pool, sound, bases);
const records = await Promise.all(sound.index.records.map((record) => sound.read(record)));
type Forged = (typeof records)[number];

const isLevels = ({ header }: Forged): boolean => header.kind === 1 && header.codec === 11;
const levels = records.findIndex(isLevels);
const second = records.findIndex((record, number) => number > levels && isLevels(record));
const last = records.findLastIndex(isLevels);
const lossyTables = records[levels]?.header.tables ?? noTables;
const tables = records.findIndex(({ header }) => header.kind === 2 && header.number === lossyTables);
const scales = records.findIndex(({ header }) => header.kind === 2 && header.codec === 0);
const approximated = sound.index.lossy?.tensors.map(({ segment }) => segment) ?? [];

/** What a forger changes; all else fits. */
interface Lie {
  readonly list?: readonly Forged[];
  readonly built?: DeltaIndex;
  readonly edits?: readonly Edit[];
  readonly minor?: number;
  readonly hashes?: (old: Uint8Array) => Uint8Array;
}

function forged({
  list = records,
  built = sound.index,
  edits = [],
  minor = 1,
  hashes = through,
}: Lie): Uint8Array {
  const packed = packIndex(built);
  const json: unknown = JSON.parse(JSON.stringify(packed.json));
  set(
    'records.bytes',
    list.map(({ payload }) => payload.length),
  )(json);
  for (const edit of edits) edit(json);
  const bytes = list.map(({ header: { kind, codec, number, first, count, tables: shared }, payload }) =>
    forgeRecord({ kind, codec, number, first, count, tables: shared, payload }),
  );
  return forgeFile({
    ...{ records: concat(...bytes), json, hashes: hashes(packed.hashes), recordCount: list.length, minor },
  });
}

/** The records, one of them with another header or payload. */
function withRecord(number: number, change: (old: Forged) => Partial<Forged>): readonly Forged[] {
  return records.map((record, at) => (at === number ? { ...record, ...change(record) } : record));
}

/** A lie about the payload of a record. */
function payloadOf(number: number, change: (old: Uint8Array) => Uint8Array): Lie {
  return { list: withRecord(number, ({ payload }) => ({ payload: change(Uint8Array.from(payload)) })) };
}

/** A lie about a header. */
function headerOf(number: number, fields: Partial<Forged['header']>): Lie {
  return { list: withRecord(number, ({ header }) => ({ header: { ...header, ...fields } })) };
}

/** A column without usual values. */
function column(values: readonly unknown[]): { at: number[]; values: readonly unknown[] } {
  return { at: values.map(() => 0), values };
}

const { segments } = sound.index;
const victim = approximated.at(-1) ?? -1;
const tensors = segments.filter(({ kind }) => kind === 'tensor');
const victimTensor = tensors.findIndex(({ number }) => number === victim);

/** A column with one value per tensor, of which the last approximated one has another. */
function ofTensors(key: string, value: (each: DeltaSegment) => unknown, other: unknown): Edit {
  const values = tensors.map((each, at) => (at === victimTensor ? other : value(each)));
  return set(`segments.${key}`, column(values));
}

/** Another recipe of the last approximated tensor. */
function recipe(other: unknown): Edit {
  return (json) => {
    update<unknown[]>('recipes', (old) => [...old, other])(json);
    const { recipes } = json as { recipes: unknown[] };
    set(`segments.recipes.${victim}`, recipes.length - 1)(json);
  };
}

function put(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  bytes.set(values, at);
  return bytes;
}

/** A levels chunk with tables of its own that it did not have. */
function withOwn(own: Uint8Array): Lie {
  return payloadOf(last, (old) => {
    return concat(old.subarray(0, 10), u16(own.length), own, old.subarray(12));
  });
}

const sharedTables = records[tables]?.payload.slice() ?? new Uint8Array();
/** Where the tables of symbols begin behind the means. */
const symbolTables = 1 + 7 * (sharedTables[0] ?? 0);

/** Moves the border between the first two chunks by some elements, in the index and in the headers. */
function movedBorder(by: number): Lie {
  const list = records.map((record, at) => {
    const { header } = record;
    if (at === levels) return { ...record, header: { ...header, count: header.count + by } };
    if (at !== second) return record;
    return { ...record, header: { ...header, first: header.first + by, count: header.count - by } };
  });
  const counts = list.filter(({ header }) => header.kind === 1).map(({ header }) => header.count);
  return { list, edits: [set('records.counts', column(counts))] };
}

const without: Edit = (json) => {
  delete (json as Record<string, unknown>)['lossy'];
};
const oneLess = (list: readonly unknown[]): unknown => list.slice(1);
const oneMore = (list: readonly unknown[]): unknown => [...list, 1];
const letters = (from: string, to: string): Edit =>
  update<string>('records.kinds', (kinds) => kinds.replaceAll(from, to));
const features = (change: (old: string[]) => string[]): Edit =>
  update<string[]>('requires', (old) => change(old).sort());

const attacks: Readonly<Record<string, readonly [lie: Lie, sentence: RegExp]>> = {
  'version 1.0 that speaks of an approximation': [{ minor: 0 }, /a file of version 1.0 cannot hold/],
  'an approximation that is not said to be one': [
    { edits: [without], hashes: (old) => old.subarray(0, -32) },
    /does not say that tensors are approximated/,
  ],
  'version 1.0 with an approximation that is not said to be one': [
    { minor: 0, edits: [without], hashes: (old) => old.subarray(0, -32) },
    /does not say that tensors are approximated/,
  ],
  'an approximation without the feature': [
    { edits: [features((old) => old.filter((name) => name !== 'levels-0'))] },
    /levels-0/,
  ],
  'too few cosines': [{ edits: [update('lossy.cosines', oneLess)] }, /another number of tensors/],
  'too many cosines': [{ edits: [update('lossy.cosines', oneMore)] }, /another number of tensors/],
  'too few slopes': [{ edits: [update('lossy.slopes', oneLess)] }, /another number of tensors/],
  'too many slopes': [{ edits: [update('lossy.slopes', oneMore)] }, /another number of tensors/],
  'a cosine of 2': [{ edits: [set('lossy.cosine', 2)] }, /lossy/],
  'a slope that is a text': [{ edits: [set('lossy.slopes.0', '1')] }, /lossy/],
  'a codec of megabytes': [{ edits: [set('lossy.codec', 'x'.repeat(2_000_000))] }, /lossy/],
  'no hash of the original': [{ hashes: (old) => old.subarray(0, -32) }, /hash/],
  'a hash of an original that there is not': [{ hashes: (old) => concat(old, new Uint8Array(32)) }, /hash/],
  'chunks without tables': [headerOf(levels, { tables: noTables }), /damaged/],
  'tables that are scales': [headerOf(levels, { tables: 0 }), /damaged/],
  'tables that are not there': [headerOf(levels, { tables: 99 }), /damaged/],
  'a tensor without scales': [
    { edits: [ofTensors('scaleObjects', ({ scales: at }) => at?.object ?? null, null)] },
    /approximates what cannot be approximated so/,
  ],
  'a vector': [
    { edits: [set(`segments.shapes.${victimTensor}`, [16_900])] },
    /approximates what cannot be approximated so/,
  ],
  integers: [
    { edits: [ofTensors('dtypes', ({ tensor }) => tensor?.dtype, 'I32')] },
    /approximates what cannot be approximated so/,
  ],
  'numbers whose bytes are the other way round': [
    { edits: [ofTensors('bigEndian', () => false, true)] },
    /approximates what cannot be approximated so/,
  ],
  'a scaled prediction': [
    { edits: [recipe({ predictor: 'scaled-0' }), features((old) => [...old, 'scaled-0'])] },
    /approximates what cannot be approximated so/,
  ],
  'a narrow grid': [
    { edits: [recipe({ predictor: 'same-0', grid: 'BF16' })] },
    /approximates what cannot be approximated so/,
  ],
  'a tensor in a bundle': [
    { edits: [recipe({ predictor: 'same-0', bundled: true })] },
    /chunk of a segment that has none/,
  ],
  'a tensor that has no chunks': [{ edits: [recipe({ predictor: 'same-0', coded: false })] }, /damaged/],
  'a chunk that begins inside a row': [movedBorder(-1), /approximates what cannot be approximated so/],
  'chunks cut at another row': [movedBorder(-512), /damaged/],
  'a unit that is no number': [payloadOf(levels, (old) => put(old, 4, 0, 0, 0xc0, 0x7f)), /damaged/],
  'an infinite unit': [payloadOf(levels, (old) => put(old, 4, 0, 0, 0x80, 0x7f)), /damaged/],
  'a negative infinite unit': [payloadOf(levels, (old) => put(old, 4, 0, 0, 0x80, 0xff)), /damaged/],
  'the largest number of raw bits': [payloadOf(levels, (old) => put(old, 0, 255, 255, 255, 255)), /damaged/],
  'more raw bits than the payload has': [
    payloadOf(levels, (old) => put(old, 0, ...u32(8 * (old.length - 11)))),
    /damaged/,
  ],
  'raw bits that leave no symbols': [
    payloadOf(levels, (old) => put(old, 0, ...u32(8 * (old.length - 12)))),
    /damaged/,
  ],
  'one raw bit more': [
    payloadOf(last, (old) => {
      const view = new DataView(old.buffer);
      view.setUint32(0, view.getUint32(0, true) + 1, true);
      return old;
    }),
    /damaged/,
  ],
  'a step of the largest scale': [payloadOf(levels, (old) => put(old, 8, 0xff, 0x7f)), /damaged/],
  'a step of the smallest scale': [payloadOf(levels, (old) => put(old, 8, 0, 0x80)), /damaged/],
  'own tables longer than the payload': [payloadOf(last, (old) => put(old, 10, 255, 255)), /damaged/],
  'own tables that are the symbols': [payloadOf(levels, (old) => put(old, 10, 40, 0)), /damaged/],
  'own tables of one byte': [withOwn(Uint8Array.of(0)), /damaged/],
  'own tables of too many classes': [withOwn(Uint8Array.of(25, ...new Uint8Array(400))), /damaged/],
  'own tables that end within a class': [withOwn(Uint8Array.of(24, 0, 0)), /damaged/],
  'own tables without symbols': [withOwn(sharedTables.subarray(0, symbolTables)), /damaged/],
  'own tables of a symbol that means nothing': [
    withOwn(concat([0], buildTables(new Uint32Array(CELLS * ALPHABET).fill(1)))),
    /damaged/,
  ],
  'no shared tables': [payloadOf(tables, () => new Uint8Array()), /damaged/],
  'shared tables without symbols': [payloadOf(tables, (old) => old.subarray(0, symbolTables)), /damaged/],
  'tables of noise': [
    payloadOf(tables, (old) => {
      const next = numbers(7);
      return old.map((_, at) => (at === 0 ? 0 : next() * 256));
    }),
    /damaged/,
  ],
  'tables of a precision that there is not': [
    payloadOf(tables, (old) => put(old, symbolTables, 5)),
    /damaged/,
  ],
  'no number of tables': [payloadOf(tables, (old) => put(old, symbolTables + 1, 0)), /damaged/],
  'more tables than there may be': [payloadOf(tables, (old) => put(old, symbolTables + 1, 49)), /damaged/],
  'a class that there is not': [payloadOf(tables, (old) => put(old, 1, 24)), /damaged/],
  'a class twice': [payloadOf(tables, (old) => put(old, 8, old[1] ?? 0)), /damaged/],
  'more classes than there are': [
    payloadOf(tables, (old) => concat([25], old.subarray(1), new Uint8Array(200))),
    /damaged/,
  ],
  'an infinite mean': [payloadOf(tables, (old) => put(old, 2, 0, 0x7c)), /damaged/],
  'a mean that is no number': [payloadOf(tables, (old) => put(old, 2, 1, 0x7e)), /damaged/],
  'no scales': [payloadOf(scales, () => new Uint8Array()), /damaged|different/],
  'a method that is not there yet': [
    {
      list: records.map((record) =>
        isLevels(record) ? { ...record, header: { ...record.header, codec: 12 } } : record,
      ),
      edits: [
        letters('b', 'c'),
        features((old) => ['patches-0', ...old.filter((name) => name !== 'levels-0')]),
      ],
    },
    /does not decode/,
  ],
};

/** Why a file is refused; undefined where it gives the model that it states. */
async function refusal(bytes: Uint8Array): Promise<DeltashelfError | undefined> {
  let model: ModelFiles;
  try {
    model = await applyInMemory(pool, await deltaOf(bytes), bases);
  } catch (error) {
    if (error instanceof DeltashelfError) return error;
    throw error;
  } finally {
    expect(pool.memory.used).toBe(0);
    expect(largest).toBeLessThan(MOST_MEMORY);
  }
  expect(Object.keys(model)).toEqual(Object.keys(wanted));
  for (const [path, content] of Object.entries(model)) {
    expect(Buffer.compare(content, wanted[path] ?? new Uint8Array()), path).toBe(0);
  }
  return undefined;
}

test('what is forged without a lie is the sound delta, of two chunks, raw bits, and tables of two kinds', async () => {
  expect(await refusal(forged({}))).toBeUndefined();
  expect(approximated).toHaveLength(3);
  expect(records[second]?.header).toMatchObject({ number: records[levels]?.header.number });
  expect(
    new DataView(Uint8Array.from(records[last]?.payload ?? []).buffer).getUint32(0, true),
  ).toBeGreaterThan(0);
  expect(records.filter(({ header }) => header.kind === 2 && header.codec === 1)).toHaveLength(2);
});

test('tables of its own may be those that are shared', async () => {
  expect(await refusal(forged(withOwn(sharedTables)))).toBeUndefined();
});

describe('refused as damaged is', () => {
  test.for(Object.entries(attacks))('%s', async ([, [lie, sentence]]) => {
    const error = await refusal(forged(lie));
    expect(error).toMatchObject({ code: 'delta-damaged' });
    expect(error?.message).toMatch(sentence);
  });

  test('an exact delta that says it is an approximation', async () => {
    const exact = await deltaOf((await createInMemory(pool, await modelOf(tuned), bases)).file);
    const list = await Promise.all(exact.index.records.map((record) => exact.read(record)));
    const note = { codec: 'x', cosine: 1, slope: 1, largest: 0, cosines: [], slopes: [] };
    const bytes = forged({ list, built: exact.index, edits: [set('lossy', note)] });
    await expect(deltaOf(bytes)).rejects.toMatchObject({ code: 'delta-damaged' });
    await expect(deltaOf(forged({ list, built: exact.index }))).resolves.toBeDefined();
  });

  test('a chunk, tables or scales cut anywhere', async () => {
    for (const number of [last, tables, scales]) {
      const length = records[number]?.payload.length ?? 0;
      const ends = [...Array(16).keys(), ...[0.1, 0.5, 0.9].map((share) => Math.floor(share * length))];
      for (const end of new Set([...ends, length - 2, length - 1].filter((each) => each < length))) {
        const error = await refusal(forged(payloadOf(number, (old) => old.subarray(0, end))));
        expect(error?.code, `record ${number} up to ${end}`).toMatch(/^delta-/);
      }
    }
  });
});

test('flipped bytes are refused, or mean nothing', async () => {
  const next = numbers(9);
  let taken = 0;
  for (let round = 0; round < 300; round += 1) {
    const number = [levels, last, tables, scales][round % 4] ?? 0;
    const lie = payloadOf(number, (old) => {
      const at = Math.floor(next() * (round % 8 < 4 ? Math.min(24, old.length) : old.length));
      return put(old, at, (old[at] ?? 0) ^ (1 + Math.floor(next() * 255)));
    });
    const error = await refusal(forged(lie));
    if (error) expect(error.code).toMatch(/^delta-/);
    else taken += 1;
  }
  // Scales and means that differ by what no element shows, and the last bits of some streams.
  expect(taken).toBeLessThan(40);
});
