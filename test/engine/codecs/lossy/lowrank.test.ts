import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFactors, lowrank, type CodedRows } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { encodeFactors } from '../../../../src/main/engine/codecs/lossy/factors-encode.ts';
import { symmetricEigen } from '../../../../src/main/engine/codecs/lossy/symmetric-eigen.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { approximate, changeOf, gaussian, measured, tensorOf } from '../../../fixtures/lossy-rows.ts';

const pool = kernelPool();
const none = new Float32Array();
const way = (given: Record<string, string>) => ({ codec: lowrank, given, decode: decodeFactors });

/** A matrix of a rank, with noise. */
function product(rows: number, columns: number, rank: number, noise = 0): Float32Array {
  const left = gaussian(rows * rank, 0.1, 11);
  const right = gaussian(rank * columns, 0.1, 12);
  const sum = gaussian(rows * columns, noise, 13);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let value = 0;
      for (let k = 0; k < rank; k += 1)
        value += (left[row * rank + k] ?? 0) * (right[k * columns + column] ?? 0);
      sum[row * columns + column] = (sum[row * columns + column] ?? 0) + value;
    }
  }
  return sum;
}

/** Share of the energy that the best approximation of a rank leaves. */
function bestError(data: Float32Array, rows: number, columns: number, rank: number): number {
  const gram = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row += 1) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries()) gram[i * columns + j] = (gram[i * columns + j] ?? 0) + a * b;
    }
  }
  const { values } = symmetricEigen(gram, columns);
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.subarray(rank).reduce((sum, value) => sum + value, 0) / total;
}

describe('eigenvectors', () => {
  it('give the matrix back', () => {
    const size = 12;
    const half = gaussian(size * size, 1);
    const matrix = Float64Array.from(
      half,
      (value, at) => value + (half[(at % size) * size + Math.floor(at / size)] ?? 0),
    );
    const { values, vectors } = symmetricEigen(matrix, size);
    for (const [at, value] of matrix.entries()) {
      let sum = 0;
      for (const [k, vector] of vectors.entries()) {
        sum += (values[k] ?? 0) * (vector[Math.floor(at / size)] ?? 0) * (vector[at % size] ?? 0);
      }
      expect(sum).toBeCloseTo(value, 10);
    }
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });
});

describe('lowrank', () => {
  it('is near-exact for a change of low rank', async () => {
    const data = product(90, 140, 3);
    const [ours] = await approximate(pool, way({ rank: '3' }), [changeOf(90, 140, data)]);
    expect(measured(data, ours?.decoded ?? none).error).toBeLessThan(1e-6);
    expect((ours?.bytes ?? 0) * 8).toBeLessThan(3 * (90 + 140) * 16 + 400);
  });

  it.each([4, 16])(
    'comes within 3 percent of the best error at rank %i, even of pure noise',
    async (rank) => {
      const data = gaussian(120 * 80, 0.01, 21);
      const [ours] = await approximate(pool, way({ rank: String(rank) }), [changeOf(120, 80, data)]);
      const { error, slope, cosine } = measured(data, ours?.decoded ?? none);
      expect(error).toBeLessThan(bestError(data, 120, 80, rank) * 1.03);
      // Least squares: the slope is the square of the cosine.
      expect(slope).toBeCloseTo(cosine ** 2, 3);
    },
  );

  it('finds the rank for a share of the energy', async () => {
    const data = product(150, 100, 24, 0.002);
    const [ours] = await approximate(pool, way({ energy: '0.95' }), [changeOf(150, 100, data)]);
    const { error } = measured(data, ours?.decoded ?? none);
    expect(error).toBeLessThan(0.0501);
    const rank = ours?.payloads[0]?.payload[0] ?? 0;
    expect(rank).toBeLessThan(24);
    expect(bestError(data, 150, 100, rank - 2)).toBeGreaterThan(0.05);
  });

  it('leaves to others what it would not make smaller', async () => {
    const noise = changeOf(40, 60, gaussian(2400, 1));
    const vector = changeOf(100, 1, gaussian(100, 1));
    const zeros = changeOf(40, 60, new Float32Array(2400));
    const huge = changeOf(40, 60, new Float32Array(2400).fill(1e38));
    expect(await approximate(pool, way({ rank: '30' }), [noise])).toEqual([undefined]);
    expect(await approximate(pool, way({ energy: '0.999' }), [noise])).toEqual([undefined]);
    expect(await approximate(pool, way({}), [vector, zeros, huge])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('gives up a share of the energy that is out of reach after few passes', async () => {
    // The identity: every component holds as much as the others.
    const even = Float32Array.from({ length: 90_000 }, (_, at) => (at % 301 === 0 ? 1 : 0));
    const identity = tensorOf(pool, changeOf(300, 300, even));
    let rows = 0;
    const counting = {
      ...identity,
      read: (first: number, count: number) => {
        rows += count;
        return identity.read(first, count);
      },
    };
    const plan = await lowrank.plan({ pool, tensors: [counting], options: { energy: 0.999 } });
    expect(await plan.coder(0)).toBeUndefined();
    expect(rows).toBe(4 * 300);
  });

  it('cuts a tensor of more than 16 MiB into few chunks, and says so', async () => {
    const wide = { ...tensorOf(pool, changeOf(8, 8, product(8, 8, 1))), bits: 32 as const };
    const tensor = { ...wide, rows: 4100, columns: 2048, read: reader(4100, 2048) };
    const plan = await lowrank.plan({ pool, tensors: [tensor], options: { rank: 1 } });
    const coder = await plan.coder(0);
    expect(coder).toMatchObject({ whole: false, rowMultiple: 2048 });
  });

  it('gives the same bytes every time, and leaves no memory behind', async () => {
    const { used } = pool.memory;
    const change = changeOf(60, 50, gaussian(3000, 0.01));
    const [once] = await approximate(pool, way({}), [change]);
    const [twice] = await approximate(pool, way({}), [change]);
    expect(twice?.payloads).toEqual(once?.payloads);
    expect(pool.memory.used).toBe(used);
  });

  it.each([
    { given: { rank: '0' }, says: 'must be a whole number of 1 or more and of at most 256, not "0"' },
    { given: { energy: '1' }, says: 'must be a number above 0 and below 1, not "1"' },
    { given: { rank: '4', energy: '0.5' }, says: 'lowrank takes a rank or a share of the energy, not both' },
    { given: { r: '4' }, says: 'lowrank has no option "r"; it has rank, energy' },
  ])('refuses $given', ({ given, says }) => {
    expect(lowrank.options.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([says]);
  });
});

/** Reads rows of a matrix of rank 1 without having it in memory. */
function reader(rows: number, columns: number) {
  return async (first: number, count: number) => {
    const delta = pool.memory.allocate(count * columns * 4);
    const view = delta.f32(0, count * columns);
    for (let row = 0; row < count; row += 1)
      view.fill((first + row) / rows, row * columns, (row + 1) * columns);
    return { delta, prediction: delta, free: () => delta.free() };
  };
}

describe('damaged factors are refused', () => {
  const payloadOf = async (): Promise<CodedRows> => {
    const [ours] = await approximate(pool, way({ rank: '2' }), [changeOf(20, 30, product(20, 30, 2))]);
    const [coded] = ours?.payloads ?? [];
    if (!coded) throw new Error('one chunk');
    return coded;
  };

  it.each([
    { attack: 'no bytes', change: () => new Uint8Array() },
    { attack: 'a last byte missing', change: (bytes: Buffer) => bytes.subarray(0, -1) },
    { attack: 'a byte behind the end', change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]) },
    { attack: 'rank 0', change: (bytes: Buffer) => (bytes.writeUInt16LE(0, 0), bytes) },
    { attack: 'a rank above the shape', change: (bytes: Buffer) => (bytes.writeUInt16LE(21, 0), bytes) },
    { attack: 'a scale that is no number', change: (bytes: Buffer) => (bytes.writeFloatLE(NaN, 2), bytes) },
  ])('$attack', async ({ change }) => {
    const coded = await payloadOf();
    const { used } = pool.memory;
    const decoded = await decodeFactors(pool, { ...coded, payload: change(Buffer.from(coded.payload)) });
    expect(decoded).toBeUndefined();
    expect(pool.memory.used).toBe(used);
  });

  it('sums that overflow', async () => {
    const one = new Uint32Array(4).fill(0x3c00);
    const payload = await encodeFactors(pool, { scales: Float32Array.of(3e38, 3e38), left: one, right: one });
    const shape = { rows: 2, count: 2, columns: 2, first: 0 };
    expect(await decodeFactors(pool, { ...shape, payload })).toBeUndefined();
    payload.writeFloatLE(1, 2);
    expect(await decodeFactors(pool, { ...shape, payload })).toEqual(new Float32Array(4).fill(3e38));
  });

  it('more products than a machine does in minutes', async () => {
    const payload = Buffer.alloc(2 + 1024 * 4);
    payload.writeUInt16LE(1024, 0);
    const shape = { rows: 2 ** 20, count: 2 ** 20, columns: 2 ** 20, first: 0 };
    expect(await decodeFactors(pool, { ...shape, payload })).toBeUndefined();
  });

  it('any byte changed', async () => {
    const coded = await payloadOf();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: coded.payload.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const payload = coded.payload.map((byte, index) => (index === at ? byte ^ flip : byte));
          const decoded = await decodeFactors(pool, { ...coded, payload });
          expect(decoded === undefined || (decoded.length === 600 && decoded.every(Number.isFinite))).toBe(
            true,
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
