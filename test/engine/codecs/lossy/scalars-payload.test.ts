import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeScalars,
  encodeScalars,
  type CodedRows,
  type ScalarsChunk,
} from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { gaussian } from '../../../fixtures/lossy-rows.ts';

const pool = kernelPool();

/** A chunk with every part that there is. */
const full: ScalarsChunk = {
  ...{ first: 3, count: 8, columns: 16, factor: 0.5 },
  levels: Float32Array.of(-1, 0, 1),
  rowScales: new Uint32Array(8).fill(0x3c00),
  columnScales: new Uint32Array(16).fill(0x4000),
  symbols: Uint8Array.from({ length: 128 }, (_, index) => (index * 7) % 4),
  free: { type: 'BF16', words: Uint32Array.from({ length: 32 }, (_, index) => 0x3f80 + index) },
};

const placed = (payload: Uint8Array, shape: Partial<CodedRows> = {}): CodedRows => ({
  ...{ rows: 20, columns: 16, first: 3, count: 8, payload },
  ...shape,
});

describe('the payload scalars', () => {
  it('multiplies by factor, row and column in this order', async () => {
    const decoded = await decodeScalars(pool, placed(await encodeScalars(pool, full)));
    expect([...(decoded?.subarray(0, 8) ?? [])]).toEqual([-1, 1, 1, 0, -1, 1.0078125, 1, 0]);
  });

  it.each(['F16', 'BF16', 'F32'] as const)('keeps every finite %s word', async (type) => {
    const width = type === 'F32' ? 32 : 16;
    const [exponents, mantissa] = { F16: [31, 10], BF16: [255, 7], F32: [255, 23] }[type] as [number, number];
    const word = fc
      .integer({ min: 0, max: 2 ** width - 1 })
      .filter((bits) => ((bits >>> mantissa) & exponents) !== exponents);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 300 }), async (list) => {
        const columns = list.length;
        const chunk = {
          ...{ first: 0, count: 1, columns, factor: 1, levels: new Float32Array() },
          ...{ symbols: new Uint8Array(columns), free: { type, words: Uint32Array.from(list) } },
        };
        const payload = await encodeScalars(pool, chunk);
        const decoded = await decodeScalars(pool, { rows: 1, columns, first: 0, count: 1, payload });
        const expected =
          type === 'F16'
            ? Float32Array.from(new Float16Array(Uint16Array.from(list).buffer))
            : new Float32Array(Uint32Array.from(list, (bits) => bits * (type === 'F32' ? 1 : 65_536)).buffer);
        expect(decoded).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('pays for classes of rows only where they save bytes', async () => {
    const shape = { first: 0, count: 256, columns: 256, factor: 1, levels: Float32Array.of(0, 1) };
    const noise = gaussian(65_536, 1);
    const bytesOf = async (symbols: Uint8Array): Promise<number> => {
      const payload = await encodeScalars(pool, { ...shape, symbols });
      const decoded = await decodeScalars(pool, { rows: 256, columns: 256, first: 0, count: 256, payload });
      expect(decoded).toEqual(Float32Array.from(symbols));
      return payload.length;
    };
    const even = await bytesOf(Uint8Array.from(noise, (value) => (value > 1 ? 1 : 0)));
    const byRow = await bytesOf(
      Uint8Array.from(noise, (value, index) => ((index >> 8) % 8 === 0 && value > -0.35 ? 1 : 0)),
    );
    const byColumn = await bytesOf(
      Uint8Array.from(noise, (value, index) => ((index & 255) % 8 === 0 && value > -0.35 ? 1 : 0)),
    );
    // H(0.159) / 8 = 0.079 bytes per symbol; for one row in eight H(0.637) / 64 = 0.0148.
    expect(even).toBeLessThan(65_536 * 0.082);
    expect(byRow).toBeLessThan(65_536 * 0.018);
    expect(byColumn).toBeLessThan(65_536 * 0.018);
  });
});

describe('damaged scalars are refused, and no memory stays behind', () => {
  const masked: ScalarsChunk = {
    ...{ first: 0, count: 4, columns: 4, factor: 1, levels: Float32Array.of(-1, 1) },
    ...{ mask: { seed: 1, threshold: 2 ** 32 - 1 }, symbols: new Uint8Array(16).fill(1) },
  };
  const edit = async (chunk: ScalarsChunk, change: (bytes: Buffer) => Uint8Array): Promise<Uint8Array> =>
    change(Buffer.from(await encodeScalars(pool, chunk)));

  it.each([
    { attack: 'no bytes', change: () => new Uint8Array() },
    { attack: 'a last byte missing', change: (bytes: Buffer) => bytes.subarray(0, -1) },
    { attack: 'a byte behind the end', change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]) },
    {
      attack: 'an unknown flag',
      change: (bytes: Buffer) => (bytes.writeUInt8(bytes.readUInt8() | 128), bytes),
    },
    { attack: 'more levels than there may be', change: (bytes: Buffer) => (bytes.writeUInt8(65, 1), bytes) },
    { attack: 'no level and no value', change: () => Buffer.alloc(6) },
    { attack: 'a factor that is no number', change: (bytes: Buffer) => (bytes.writeFloatLE(NaN, 2), bytes) },
    { attack: 'an infinite level', change: (bytes: Buffer) => (bytes.writeFloatLE(Infinity, 6), bytes) },
    {
      attack: 'products that overflow',
      change: (bytes: Buffer) => (bytes.writeFloatLE(3e38, 2), bytes.writeFloatLE(-3e38, 6), bytes),
    },
    { attack: 'a section of 4 GiB', change: (bytes: Buffer) => (bytes.writeUInt32LE(0xffffffff, 18), bytes) },
  ])('$attack', async ({ change }) => {
    const { used } = pool.memory;
    expect(await decodeScalars(pool, placed(await edit(full, change)))).toBeUndefined();
    expect(pool.memory.used).toBe(used);
  });

  it('a shape of more elements than memory is taken for', async () => {
    const payload = await encodeScalars(pool, masked);
    const shape = { rows: 2 ** 40, count: 2 ** 40, columns: 4, first: 0 };
    expect(await decodeScalars(pool, placed(payload, shape))).toBeUndefined();
  });

  it('a mask that keeps fewer elements than there are symbols', async () => {
    const payload = await edit(masked, (bytes) => (bytes.writeUInt32LE(1, 18), bytes));
    expect(await decodeScalars(pool, { rows: 4, columns: 4, first: 0, count: 4, payload })).toBeUndefined();
  });

  it('bytes of any kind', async () => {
    const { used } = pool.memory;
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 0, max: 127 }),
        fc.integer({ min: 0, max: 70 }),
        async (bytes, flags, levels) => {
          const payload = Buffer.concat([Uint8Array.of(flags, levels), bytes]);
          const decoded = await decodeScalars(pool, placed(payload));
          expect(decoded === undefined || decoded.every(Number.isFinite)).toBe(true);
        },
      ),
    );
    expect(pool.memory.used).toBe(used);
  });

  it('any byte changed', async () => {
    const payload = await encodeScalars(pool, full);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: payload.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const damaged = payload.map((byte, index) => (index === at ? byte ^ flip : byte));
          const decoded = await decodeScalars(pool, placed(damaged));
          expect(decoded === undefined || decoded.length === 128).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
