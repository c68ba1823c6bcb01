import { afterAll, expect, test } from 'vitest';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const pool = kernelPool(2);
afterAll(() => pool.close());

const ROWS = 10_496;
const COLUMNS = 1024;
/** Rows of one chunk: 1 MiB of two-byte elements. */
const CHUNK_ROWS = 512;

/** Words of a cheap generator; enough to be no pattern. */
function noise(words: Uint32Array, seed: number): void {
  let state = seed;
  for (let at = 0; at < words.length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
}

/** BF16 weights: random signs and mantissas, exponents around that of 0.02. */
function weights(count: number, seed: number): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(count / 2);
  noise(words, seed);
  return new Uint16Array(words.buffer).map((word) => (word & 0x807f) | (0x3c00 + ((word >>> 5) & 0x180)));
}

type Kind = 'dense' | 'same' | 'few';
/** What became of each chunk of the tensor; the last one is short. */
const chunks: readonly Kind[] = [
  ...new Array<Kind>(6).fill('dense'),
  ...new Array<Kind>(2).fill('same'),
  ...new Array<Kind>(11).fill('dense'),
  'few',
  'dense',
];

const dense = (count: number): unknown[] => Array.from({ length: count }, () => ['residual', CHUNK_ROWS]);

test('a tensor of many chunks and two batches comes back: dense, sparse and unchanged ones', async () => {
  const parent = weights(ROWS * COLUMNS, 77);
  const steps = new Uint32Array((ROWS * COLUMNS) / 2);
  noise(steps, 99);
  const step = new Uint16Array(steps.buffer);
  const child = parent.slice();
  for (const [chunk, kind] of chunks.entries()) {
    const first = chunk * CHUNK_ROWS * COLUMNS;
    const end = Math.min(first + CHUNK_ROWS * COLUMNS, child.length);
    for (let at = first; kind === 'dense' && at < end; at += 1)
      child[at] = (child[at] ?? 0) ^ ((step[at] ?? 0) & 3);
    for (let at = first + 5; kind === 'few' && at < end; at += 20_011) child[at] = (child[at] ?? 0) ^ 1;
  }
  expect(Math.ceil(ROWS / CHUNK_ROWS)).toBe(chunks.length);
  const file = (data: Uint16Array<ArrayBuffer>): Record<string, Uint8Array> => ({
    'model.safetensors': buildSafetensors([
      { name: 'before', dtype: 'BF16', shape: [64, 64], data: new Uint8Array(data.slice(0, 4096).buffer) },
      { name: 'w', dtype: 'BF16', shape: [ROWS, COLUMNS], data: new Uint8Array(data.buffer) },
      { name: 'after', dtype: 'BF16', shape: [64, 64], data: new Uint8Array(data.slice(-4096).buffer) },
    ]),
  });
  const [files, bases] = [file(child), [await modelOf(file(parent), 'base')]];
  const created = await createInMemory(pool, await modelOf(files, 'child'), bases);
  const delta = await deltaOf(created.file);
  const { index } = delta;

  const w = index.segments.find(({ tensor }) => tensor?.name === 'w');
  const records = index.chunks[w?.number ?? -1] ?? [];
  expect(records.map(({ codec, count }) => [codec, count / COLUMNS])).toEqual([
    ...dense(6),
    // Neighbours in which nothing changed are one record.
    ['unchanged', 2 * CHUNK_ROWS],
    ...dense(11),
    ['sparse', CHUNK_ROWS],
    ['residual', ROWS - 20 * CHUNK_ROWS],
  ]);
  expect(index.sideObjects.map(({ holds }) => holds)).toEqual(['scales', 'tables', 'scales', 'tables']);
  expect(created.result.storedBytes).toBeLessThan(0.2 * created.result.originalBytes);

  const back = await applyInMemory(pool, delta, bases);
  expect(
    Buffer.compare(back['model.safetensors'] ?? Buffer.of(), files['model.safetensors'] ?? Buffer.of()),
  ).toBe(0);
  expect(pool.memory.used).toBe(0);
});
