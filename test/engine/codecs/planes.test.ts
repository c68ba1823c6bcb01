import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import {
  decodePlanes,
  encodePlanes,
  SlotSet,
  type PlaneChunk,
} from '../../../src/main/engine/codecs/index.ts';
import { numbers } from '../../bench/pairs.ts';
import { concat } from '../../fixtures/bytes.ts';
import { kernelPool } from '../../fixtures/engine-delta.ts';

const pool = kernelPool();
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

type Width = PlaneChunk['width'];

interface Bytes {
  readonly child: Uint8Array;
  readonly parent?: Uint8Array;
  readonly width: Width;
}

/** Runs `work` with the bytes in shared memory. */
async function inMemory<Result>(
  { child, parent, width }: Bytes,
  work: (chunk: PlaneChunk) => Promise<Result>,
): Promise<Result> {
  const slots = new SlotSet();
  try {
    const put = (bytes: Uint8Array): ReturnType<SlotSet['keep']> => {
      const slot = slots.keep(pool.memory.allocate(bytes.length));
      slot.u8().set(bytes);
      return slot;
    };
    const chunk = { child: put(child), count: child.length / width, width };
    return await work(parent ? { ...chunk, parent: put(parent) } : chunk);
  } finally {
    slots.free();
  }
}

const encode = (bytes: Bytes): Promise<Uint8Array> => inMemory(bytes, (chunk) => encodePlanes(pool, chunk));

/** The child again; undefined where the payload was refused. */
async function decode(bytes: Bytes, payload: Uint8Array): Promise<Uint8Array | undefined> {
  const blank = { ...bytes, child: new Uint8Array(bytes.child.length).fill(0xa5) };
  return inMemory(blank, async (chunk) =>
    (await decodePlanes(pool, chunk, payload)) ? chunk.child.u8().slice() : undefined,
  );
}

const contents = ['noise', 'constant', 'small', 'counter', 'skewed'] as const;
const changes = ['alone', 'equal', 'few', 'steps', 'masked', 'unrelated'] as const;

function filled(content: (typeof contents)[number], count: number, width: Width, seed: number): Uint8Array {
  const next = numbers(seed);
  const bytes = new Uint8Array(count * width);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index += 1) {
    if (content === 'noise') for (let at = 0; at < width; at += 1) bytes[index * width + at] = next() * 256;
    else if (content === 'constant') bytes[index * width] = 0x7b;
    else if (content === 'small') bytes[index * width] = next() * 5;
    else if (content === 'counter' && width > 1) view.setUint16(index * width, index & 0xffff, true);
    else bytes[index * width + (width >> 1)] = 256 * next() ** 6;
  }
  return bytes;
}

function childOf(
  parent: Uint8Array,
  change: (typeof changes)[number],
  width: Width,
  seed: number,
): Uint8Array {
  const next = numbers(seed);
  const child = parent.slice();
  for (let at = 0; at < child.length; at += width) {
    if (change === 'few' && next() < 0.01) child[at] = next() * 256;
    if (change === 'steps') child[at] = (child[at] ?? 0) + Math.round(next() * 4 - 2);
    if (change === 'masked' && next() < 0.3) child[at] = (child[at] ?? 0) ^ 0x80;
  }
  return change === 'unrelated' || change === 'alone' ? filled('noise', child.length, 1, seed) : child;
}

const anyBytes: fc.Arbitrary<Bytes> = fc
  .record({
    width: fc.constantFrom<Width[]>(1, 2, 4, 8),
    // Below and above the number from which eight states are interleaved.
    count: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 4000, max: 4300 })),
    content: fc.constantFrom(...contents),
    change: fc.constantFrom(...changes),
    seed: fc.integer(),
  })
  .map(({ width, count, content, change, seed }) => {
    const parent = filled(content, count, width, seed);
    const child = childOf(parent, change, width, seed + 1);
    if (change === 'alone') return { child: content === 'noise' ? child : parent, width };
    return { child, parent, width };
  });

test('elements of every width come back, alone and with a parent', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      const payload = await encode(bytes);
      expect(await decode(bytes, payload)).toEqual(bytes.child);
      // A byte for the mode, and for each plane one for its form.
      expect(payload.length).toBeLessThanOrEqual(bytes.child.length + 1 + bytes.width);
    }),
  );
});

test('what a parent knows is not paid for', async () => {
  const size = async (width: Width, content: (typeof contents)[number], change: (typeof changes)[number]) => {
    const parent = filled(content, 20_000, width, 5);
    const child = childOf(parent, change, width, 6);
    const payload = await encode({ child, parent, width });
    return payload.length / child.length;
  };
  expect(await size(4, 'noise', 'equal')).toBeLessThan(0.001);
  expect(await size(1, 'noise', 'steps')).toBeLessThan(0.3);
  expect(await size(8, 'noise', 'steps')).toBeLessThan(0.06);
  expect(await size(2, 'noise', 'masked')).toBeLessThan(0.07);
  expect(await size(4, 'noise', 'unrelated')).toBeLessThan(1.001);
  const alone = await encode({ child: filled('small', 20_000, 8, 1), width: 8 });
  expect(alone.length).toBeLessThan((20_000 * 2.4) / 8);
  // Bytes that depend on the parent's byte, but neither by a difference nor by single bits.
  const parent = filled('noise', 20_000, 1, 8);
  const permuted = parent.map((byte) => (((byte >> 3) * 73) & 0xf8) | 5);
  expect((await encode({ child: permuted, parent, width: 1 })).length).toBeLessThan(1500);
});

/** A payload with each of the forms. */
const payloads: readonly Bytes[] = [
  { child: filled('noise', 90, 2, 1), width: 2 },
  { child: filled('skewed', 5000, 1, 2), width: 1 },
  { child: filled('small', 700, 4, 3), parent: filled('noise', 700, 4, 3), width: 4 },
  {
    child: childOf(filled('noise', 5000, 8, 4), 'steps', 8, 5),
    parent: filled('noise', 5000, 8, 4),
    width: 8,
  },
  {
    child: filled('noise', 5000, 1, 8).map((byte) => ((byte >> 3) * 73) & 0xf8),
    parent: filled('noise', 5000, 1, 8),
    width: 1,
  },
];

test('a payload that is cut or goes on is refused', async () => {
  for (const bytes of payloads) {
    const payload = await encode(bytes);
    for (let end = 0; end < payload.length; end += end < 60 ? 1 : 61) {
      expect(await decode(bytes, payload.subarray(0, end))).toBeUndefined();
    }
    expect(await decode(bytes, Buffer.concat([payload, Uint8Array.of(0)]))).toBeUndefined();
  }
});

test('a changed payload is refused or gives some elements', async () => {
  const next = numbers(9);
  const seen = { taken: 0, refused: 0 };
  for (const bytes of payloads) {
    const payload = await encode(bytes);
    for (let round = 0; round < 120; round += 1) {
      const changed = Uint8Array.from(payload);
      const at = Math.floor(round < 40 ? round % changed.length : next() * changed.length);
      changed[at] = next() * 256;
      seen[(await decode(bytes, changed)) ? 'taken' : 'refused'] += 1;
    }
  }
  expect(seen.taken).toBeGreaterThan(20);
  expect(seen.refused).toBeGreaterThan(20);
});

test('any bytes are refused or give some elements', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), anyBytes, async (payload, bytes) => {
      await decode(bytes, payload);
      for (const mode of [0, 1, 2]) {
        for (const method of [2, 3]) await decode(bytes, Uint8Array.of(mode, method, ...payload));
      }
    }),
    { numRuns: 40 },
  );
});

test('a form that needs a parent is refused where there is none', async () => {
  const bytes = payloads[4];
  if (!bytes) throw new Error('there are five');
  const payload = await encode(bytes);
  expect([...payload.subarray(0, 2)]).toEqual([0, 3]);
  expect(await decode({ child: bytes.child, width: 1 }, payload)).toBeUndefined();
  for (const mode of [1, 2, 3, 255]) {
    expect(await decode({ child: new Uint8Array(1), width: 1 }, Uint8Array.of(mode, 0, 7))).toBeUndefined();
  }
  expect(await decode({ child: new Uint8Array(3), width: 1 }, Uint8Array.of(0, 0, 7))).toEqual(
    Uint8Array.of(7, 7, 7),
  );
});

test('a stream of another length than its symbols need is refused', async () => {
  const bytes = { child: filled('skewed', 5000, 1, 2), width: 1 as const };
  const payload = Uint8Array.from(await encode(bytes));
  expect([...payload.subarray(0, 2)]).toEqual([0, 2]);
  const streamBytes = new DataView(payload.buffer).getUint32(6, true);
  const withStream = (change: number): Uint8Array => {
    const changed = concat(
      payload.subarray(0, payload.length + Math.min(0, change)),
      new Uint8Array(Math.max(0, change)),
    );
    new DataView(changed.buffer).setUint32(6, streamBytes + change, true);
    return changed;
  };
  expect(await decode(bytes, withStream(0))).toEqual(bytes.child);
  for (const change of [-streamBytes, 3 - streamBytes, -2, -1, 1, 2, 64, 20_000]) {
    expect(await decode(bytes, withStream(change))).toBeUndefined();
  }
});
