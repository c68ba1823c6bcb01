import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import { packIndex, type DeltaRecord } from '../../src/main/engine/delta/index.ts';
import { withRecords } from '../../src/main/engine/delta/index-unpack.ts';
import { DeltashelfError } from '../../src/shared/index.ts';
import { numbers } from '../bench/pairs.ts';
import { concat, utf8 } from '../fixtures/bytes.ts';
import { forgeFile, forgeRecord } from '../fixtures/delta-forge.ts';
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

// Deltas with sound checksums that lie: they are refused with a sentence, or give the very model whose SHA-256 they
// state. Never another model, another kind of error, or memory that is not given back.

const pool = kernelPool();
afterAll(() => pool.close());
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

/** A tensor for each way through the decoder. */
const plans: readonly TensorPlan[] = (
  [
    ['BF16', [130, 131], 'weights', 'light', 'BF16'],
    ['F32', [9, 9], 'narrow', 'light', 'F32'],
    ['F32', [40], 'weights', 'scaled', 'F32'],
    ['F16', [130, 130], 'weights', 'stranger', 'F16'],
    ['F32', [64, 64], 'weights', 'few', 'F32'],
    ['I32', [2000], 'tiny', 'few', 'F32'],
    ['I64', [200], 'weights', 'steps', 'F32'],
    ['U8', [30], 'bits', 'new', 'F32'],
    ['U8', [1500], 'bits', 'new', 'F32'],
    ['F16', [33], 'weights', 'none', 'F16'],
    ['F16', [40, 50], 'weights', 'none', 'F32'],
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
const sound = await deltaOf(file);
const records = await Promise.all(sound.index.records.map((record) => sound.read(record)));

type Forged = (typeof records)[number];

function forged(
  list: readonly Forged[],
  { json, hashes }: { json: unknown; hashes: Uint8Array } = packIndex(sound.index),
): Uint8Array {
  const bytes = list.map(({ header: { kind, codec, number, first, count, tables }, payload }) =>
    forgeRecord({ kind, codec, number, first, count, tables, payload }),
  );
  return forgeFile({ records: concat(...bytes), json, hashes, recordCount: list.length });
}

/** Whether the file is refused, with a sentence; if not, it gives the model that it states. */
async function isRefused(bytes: Uint8Array): Promise<boolean> {
  let model: ModelFiles;
  try {
    model = await applyInMemory(pool, await deltaOf(bytes), bases);
  } catch (error) {
    if (error instanceof DeltashelfError) expect(error.code).toMatch(/^(?:delta|parent)-/u);
    else throw error;
    return true;
  } finally {
    expect(pool.memory.used).toBe(0);
  }
  // Names are as the file has them: they are no part of a digest.
  expect(Object.values(model)).toEqual(Object.values(tuned));
  return false;
}

test('what is forged without a lie is the sound delta', async () => {
  expect(await isRefused(forged(records))).toBe(false);
});

test('a payload of any other bytes is refused', async () => {
  const next = numbers(8);
  const seen = { refused: 0, taken: 0 };
  const filled = records.flatMap(({ payload }, number) => (payload.length > 0 ? [number] : []));
  for (let round = 0; round < 400; round += 1) {
    const place = filled[round % filled.length];
    const list = records.map((record, number) => {
      if (number !== place) return record;
      const payload = Uint8Array.from(record.payload);
      const whole = round % 3 === 0;
      const from = whole ? 0 : Math.floor(next() * Math.min(payload.length, round % 2 === 0 ? 12 : Infinity));
      for (let at = from; at < (whole ? payload.length : from + 1); at += 1) payload[at] = next() * 256;
      return { ...record, payload };
    });
    seen[(await isRefused(forged(list))) ? 'refused' : 'taken'] += 1;
  }
  // A byte may be replaced by itself, and the last bits of some streams mean nothing.
  expect(seen.taken).toBeLessThan(20);
  expect(seen.refused).toBeGreaterThan(380);
});

test('payloads that changed places are refused', async () => {
  for (let a = 0; a < records.length; a += 1) {
    for (let b = a + 1; b < records.length; b += 1) {
      const list = [...records];
      const [first, second] = [records[a], records[b]];
      if (!first?.payload.length || !second?.payload.length) continue;
      list[a] = { ...first, payload: second.payload };
      list[b] = { ...second, payload: first.payload };
      let offset = 16;
      const moved = sound.index.records.map((record, number) => {
        const bytes = list[number]?.payload.length ?? 0;
        const at = offset;
        offset += 36 + bytes;
        return { ...record, bytes, offset: at };
      });
      const text = packIndex({ ...sound.index, ...withRecords(sound.index, sound.index.requires, moved) });
      expect(await isRefused(forged(list, text))).toBe(true);
    }
  }
});

test('a header with another text, or one too long for it, is refused', async () => {
  const at = sound.index.records.findIndex(
    (record) => record.kind === 'chunk' && record.codec === 'safetensors',
  );
  expect(at).toBeGreaterThanOrEqual(0);
  const packedBomb = concat([2], brotliCompressSync(new Uint8Array(50_000_000)));
  const payloads = [
    [9],
    [],
    [0, ...utf8('"__metadata__":{},')],
    [0, ...new Uint8Array(100_000)],
    [1, 1],
    packedBomb,
  ];
  for (const payload of payloads.map((bytes) => Uint8Array.from(bytes))) {
    const list = records.map((record, number) => (number === at ? { ...record, payload } : record));
    const moved: DeltaRecord[] = [];
    for (const [number, record] of sound.index.records.entries()) {
      const last = moved.at(-1);
      const offset = last ? last.offset + 36 + last.bytes : 16;
      moved.push({ ...record, offset, bytes: list[number]?.payload.length ?? 0 });
    }
    const text = packIndex({ ...sound.index, ...withRecords(sound.index, sound.index.requires, moved) });
    expect(await isRefused(forged(list, text)), String(payload.slice(0, 9))).toBe(true);
  }
});

/** Places of the numbers, texts and truths in a JSON value. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((each, at) => leaves(each, [...path, at]));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
}

function replaced(
  value: unknown,
  [key, ...rest]: readonly (string | number)[],
  by: (old: unknown) => unknown,
): unknown {
  if (key === undefined) return by(value);
  if (Array.isArray(value))
    return value.map((each: unknown, at) => (at === key ? replaced(each, rest, by) : each));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, each]: [string, unknown]) => [
      name,
      name === key ? replaced(each, rest, by) : each,
    ]),
  );
}

const { json: packed, hashes } = packIndex(sound.index);
const soundJson: unknown = JSON.parse(JSON.stringify(packed));
const places = leaves(soundJson);
const words = [
  'BF16',
  'F16',
  'F32',
  'U8',
  'I64',
  'F4',
  'same-0',
  'cast-0',
  'scaled-0',
  'none',
  'residual-0',
  '',
  '#',
  'x',
];

/** Another value of the kind: numbers near by, far away or zero; texts of the format; texts with two places swapped. */
function anotherOf(old: unknown, die: number): unknown {
  const next = numbers(die);
  if (typeof old === 'number')
    return [0, 1, 2, old + 1, old - 1, old * 2, 65_536, 2 ** 31, 2 ** 53 - 1, null][Math.floor(next() * 10)];
  if (typeof old === 'boolean') return !old;
  if (old === null) return Math.floor(next() * 3);
  if (typeof old !== 'string' || next() < 0.5) return words[Math.floor(next() * words.length)];
  const letters = old.split('');
  const at = Math.floor(next() * letters.length);
  letters[at] =
    next() < 0.5 ? String(Math.floor(next() * 10)) : (letters[Math.floor(next() * letters.length)] ?? '');
  return letters.join('');
}

test('an index with any values changed is refused or means the same model', async () => {
  const seen = { refused: 0, taken: 0 };
  const lie = fc.tuple(fc.nat(places.length - 1), fc.integer());
  await fc.assert(
    fc.asyncProperty(fc.array(lie, { minLength: 1, maxLength: 2 }), async (lies) => {
      const json = lies.reduce<unknown>(
        (value, [place, die]) => replaced(value, places[place] ?? [], (old) => anotherOf(old, die)),
        soundJson,
      );
      seen[(await isRefused(forged(records, { json, hashes }))) ? 'refused' : 'taken'] += 1;
    }),
    { numRuns: 600 },
  );
  expect(seen.refused).toBeGreaterThan(300);
  // Names, figures of change, unused hints.
  expect(seen.taken).toBeGreaterThan(10);
});
