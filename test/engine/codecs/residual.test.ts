import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import {
  decodeResidual,
  DecodingTables,
  encodeResiduals,
  gridBytes,
  matrixOf,
  ScaleSlots,
  SlotSet,
  type EncodedGroups,
  type Grid,
  type ResidualChunk,
} from '../../../src/main/engine/codecs/index.ts';
import { DEAD } from '../../../src/main/engine/codecs/scales.ts';
import type { Pool } from '../../../src/main/engine/pool/index.ts';
import { numbers, weights } from '../../bench/pairs.ts';
import { kernelPool } from '../../fixtures/engine-delta.ts';

const pool = kernelPool();
afterEach(() => {
  expect(pool.memory.used).toBe(0);
});

/** A chunk: elements `first` and on of a tensor, its parent's, and scales of any kind. */
interface Plan {
  readonly grid: Grid;
  readonly shape: readonly number[];
  readonly first: number;
  readonly child: Uint8Array;
  readonly prediction?: Uint8Array;
  readonly rows: Int16Array;
  readonly columns: Int16Array;
}

function place(
  on: Pool,
  slots: SlotSet,
  freed: { free(): void }[],
  plan: Plan,
  blank: boolean,
): ResidualChunk {
  const { grid, shape, first } = plan;
  const put = (bytes: Uint8Array): ReturnType<SlotSet['keep']> => {
    const slot = slots.keep(on.memory.allocate(bytes.length));
    slot.u8().set(bytes);
    return slot;
  };
  const scales = new ScaleSlots(on, plan);
  freed.push(scales);
  const count = plan.child.length / gridBytes[grid];
  return {
    ...{ grid, range: { first, count }, matrix: matrixOf(shape), scales },
    child: put(blank ? new Uint8Array(plan.child.length).fill(0xa5) : plan.child),
    ...(plan.prediction && { prediction: put(plan.prediction) }),
  };
}

async function withChunks<Result>(
  on: Pool,
  groups: readonly (readonly Plan[])[],
  blank: boolean,
  work: (chunks: ResidualChunk[][]) => Promise<Result>,
): Promise<Result> {
  const slots = new SlotSet();
  const scales: { free(): void }[] = [];
  try {
    return await work(groups.map((group) => group.map((plan) => place(on, slots, scales, plan, blank))));
  } finally {
    slots.free();
    for (const each of scales) each.free();
  }
}

const encode = (groups: readonly (readonly Plan[])[], on = pool): Promise<EncodedGroups> =>
  withChunks(on, groups, false, (chunks) => encodeResiduals(on, chunks));

/** The children again, group by group; undefined where tables or a payload were refused. */
function decode(
  groups: readonly (readonly Plan[])[],
  { tables, payloads }: EncodedGroups,
): Promise<Uint8Array[][] | undefined> {
  return withChunks(pool, groups, true, async (chunks) => {
    const ready = DecodingTables.read(pool, tables);
    if (!ready) return undefined;
    try {
      for (const [number, group] of chunks.entries()) {
        const payload = payloads[number] ?? new Uint8Array();
        if (!(await decodeResidual(pool, group, ready, payload))) return undefined;
      }
    } finally {
      ready.free();
    }
    return chunks.map((group) => group.map(({ child }) => child.u8().slice()));
  });
}

const childrenOf = (groups: readonly (readonly Plan[])[]): Uint8Array[][] =>
  groups.map((group) => group.map(({ child }) => child));

const kinds = ['bits', 'weights', 'near', 'equal'] as const;

/** Elements as bytes: any bits at all, or weights. */
function elements(grid: Grid, kind: (typeof kinds)[number], count: number, seed: number): Uint8Array {
  const next = numbers(seed);
  if (kind === 'bits') return Uint8Array.from({ length: count * gridBytes[grid] }, () => next() * 256);
  const words = new Uint32Array(weights(count, 0.02, seed).buffer);
  if (grid === 'F32') return new Uint8Array(words.buffer);
  const view = new DataView(new ArrayBuffer(count * 2));
  for (const [index, word] of words.entries()) {
    if (grid === 'BF16') view.setUint16(index * 2, word >>> 16, true);
    else view.setFloat16(index * 2, new Float32Array(Uint32Array.of(word).buffer)[0] ?? 0, true);
  }
  return new Uint8Array(view.buffer);
}

/** A child some steps of the grid away from its parent. */
function near(grid: Grid, parent: Uint8Array, seed: number): Uint8Array {
  const next = numbers(seed);
  const child = parent.slice();
  const view = new DataView(child.buffer);
  const width = gridBytes[grid];
  for (let at = 0; at < child.length; at += width) {
    const steps = Math.round((next() - 0.5) ** 3 * 80);
    if (width === 2) view.setUint16(at, view.getUint16(at, true) + steps, true);
    else view.setUint32(at, view.getUint32(at, true) + steps, true);
  }
  return child;
}

const anyScale = fc.oneof(
  fc.integer({ min: -80, max: 10 }),
  fc.constantFrom(DEAD, -1200, -999, -500, 500, 1200),
);

const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    grid: fc.constantFrom<Grid[]>('BF16', 'F16', 'F32'),
    shape: fc.constantFrom<number[][]>([1], [7], [1100], [3, 4], [70, 65], [2, 3, 700]),
    part: fc.boolean(),
    kind: fc.constantFrom(...kinds),
    predicted: fc.boolean(),
    scale: anyScale,
    wild: fc.array(anyScale, { minLength: 1, maxLength: 9 }),
    flat: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ grid, shape, part, kind, predicted, scale, wild, flat, seed }) => {
    const { rows, columns } = matrixOf(shape);
    const total = shape.reduce((product, size) => product * size, 1);
    // Chunks begin with a row.
    const first = part ? columns * Math.floor(rows / 2) : 0;
    const count = total - first;
    const prediction = elements(grid, kind, count, seed);
    const child =
      kind === 'near'
        ? near(grid, prediction, seed)
        : kind === 'equal'
          ? prediction
          : elements(grid, kind, count, seed + 1);
    const any = (length: number, base: number): Int16Array =>
      Int16Array.from({ length }, (_, index) => (flat ? base : (wild[index % wild.length] ?? 0)));
    return {
      ...{ grid, shape, first, child, rows: any(rows, scale), columns: any(columns, 0) },
      ...(predicted && { prediction }),
    };
  });

test('every element comes back, whatever the scales say', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyPlan, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      async (groups) => {
        const encoded = await encode(groups);
        expect(encoded.payloads).toHaveLength(groups.length);
        expect(await decode(groups, encoded)).toEqual(childrenOf(groups));
      },
    ),
    { numRuns: 60 },
  );
});

/** A fine-tuned matrix with scales that fit it. */
function tuned(grid: Grid, shape: readonly [number, number], seed: number): Plan {
  const [rows, columns] = shape;
  const prediction = elements(grid, 'weights', rows * columns, seed);
  const child = near(grid, prediction, seed + 1);
  const scale = grid === 'F32' ? -110 : -50;
  return {
    ...{ grid, shape, first: 0, child, prediction },
    ...{ rows: new Int16Array(rows).fill(scale), columns: new Int16Array(columns) },
  };
}

test('small steps cost few bits, and several groups share their tables', async () => {
  const groups = [[tuned('BF16', [90, 100], 1)], [tuned('BF16', [64, 64], 3), tuned('BF16', [20, 10], 5)]];
  const { tables, payloads } = await encode(groups);
  expect(tables.length).toBeLessThan(600);
  expect((payloads[0]?.length ?? 0) * 8).toBeLessThan(9000 * 3.7);
  expect(await decode(groups, { tables, payloads })).toEqual(childrenOf(groups));
});

test('the same bytes come from one, two and three threads', async () => {
  const groups = [1, 2, 3, 4, 5].map((seed) => [tuned('BF16', [40, 50], seed), tuned('F32', [9, 31], seed)]);
  const expected = await encode(groups);
  for (const threads of [2, 3]) {
    const other = kernelPool(threads);
    try {
      expect(await encode(groups, other)).toEqual(expected);
      expect(other.memory.used).toBe(0);
    } finally {
      await other.close();
    }
  }
});

const damagedGroups = [
  [tuned('BF16', [70, 65], 1)],
  [tuned('F32', [9, 31], 2), { ...tuned('F16', [5, 40], 3) }, alone('F32', [20, 30], 4)],
];

function alone(grid: Grid, shape: readonly [number, number], seed: number): Plan {
  const { grid: type, first, child, rows, columns } = tuned(grid, shape, seed);
  return { grid: type, shape, first, child, rows: rows.map(() => -22), columns };
}

test('a payload that is cut or goes on is refused', async () => {
  const { tables, payloads } = await encode(damagedGroups);
  expect(await decode(damagedGroups, { tables, payloads })).toEqual(childrenOf(damagedGroups));
  for (const [number, payload] of payloads.entries()) {
    const instead = (damaged: Uint8Array): EncodedGroups => ({
      tables,
      payloads: payloads.map((each, index) => (index === number ? damaged : each)),
    });
    for (let end = 0; end < payload.length; end += end < 40 ? 1 : 97) {
      expect(await decode(damagedGroups, instead(payload.subarray(0, end)))).toBeUndefined();
    }
    expect(await decode(damagedGroups, instead(Buffer.concat([payload, Uint8Array.of(0)])))).toBeUndefined();
  }
});

test('raw bits that no element asks for are refused', async () => {
  const groups = [[alone('F32', [20, 30], 4)]];
  const { tables, payloads } = await encode(groups);
  for (const more of [8, 64, 800]) {
    const longer = Buffer.concat([...payloads, Buffer.alloc(more / 8)]);
    longer.writeUInt32LE(longer.readUInt32LE(0) + more, 0);
    expect(await decode(groups, { tables, payloads: [longer] })).toBeUndefined();
  }
});

test('changed payloads and tables are refused or give some elements', async () => {
  const { tables, payloads } = await encode(damagedGroups);
  const next = numbers(6);
  const seen = { taken: 0, refused: 0 };
  const changed = (bytes: Uint8Array, round: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[Math.floor(round < 30 ? round % copy.length : next() * copy.length)] = next() * 256;
    return copy;
  };
  for (let round = 0; round < 200; round += 1) {
    const damaged =
      round % 2 === 0
        ? { tables: changed(tables, round >> 1), payloads }
        : { tables, payloads: payloads.map((payload) => changed(payload, round >> 1)) };
    seen[(await decode(damagedGroups, damaged)) ? 'taken' : 'refused'] += 1;
  }
  expect(seen.refused).toBeGreaterThan(50);
});

test('any bytes are refused or give some elements', async () => {
  const { tables } = await encode(damagedGroups);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 2, maxLength: 2 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(255),
      async (payloads, wild, limit) => {
        await decode(damagedGroups, { tables, payloads });
        await decode(damagedGroups, { tables: wild, payloads });
        await decode(damagedGroups, {
          tables: Buffer.concat([Uint8Array.of(limit), tables.subarray(1)]),
          payloads,
        });
      },
    ),
  );
});

test('no tables are read from no bytes', () => {
  expect(DecodingTables.read(pool, new Uint8Array())).toBeUndefined();
  DecodingTables.read(pool, Uint8Array.of(12))?.free();
});

test('work that is cancelled or fails gives its memory back', async () => {
  const groups = [1, 2, 3].map((seed) => [tuned('BF16', [40, 50], seed)]);
  const reason = new Error('enough');
  await expect(
    withChunks(pool, groups, false, (chunks) => encodeResiduals(pool, chunks, AbortSignal.abort(reason))),
  ).rejects.toBe(reason);
});
