import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packSymbols, unpackSymbols } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';

const pool = kernelPool();

const runs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 79 }), fc.integer({ min: 0, max: 40 })), { maxLength: 6000 })
  .map((pairs) => ({
    symbols: Uint8Array.from(pairs, ([symbol]) => symbol),
    cells: Uint16Array.from(pairs, ([, cell]) => cell * 12),
  }));

describe('symbols with tables of their own', () => {
  it('come back, with cells and without', async () => {
    await fc.assert(
      fc.asyncProperty(runs, fc.boolean(), async ({ symbols, cells }, withCells) => {
        const packed = await packSymbols(pool, withCells ? { symbols, cells } : { symbols });
        const back = await unpackSymbols(pool, packed, symbols.length, withCells ? cells : undefined);
        expect(back).toEqual(symbols);
      }),
      { numRuns: 40 },
    );
  });

  it('are refused when a byte is missing, or one is there too much', async () => {
    const symbols = Uint8Array.from({ length: 5000 }, (_, index) => (index * index) % 7);
    const packed = await packSymbols(pool, { symbols });
    expect(await unpackSymbols(pool, packed.subarray(0, -1), symbols.length)).toBeUndefined();
    expect(
      await unpackSymbols(pool, Buffer.concat([packed, Uint8Array.of(0)]), symbols.length),
    ).toBeUndefined();
    expect(await unpackSymbols(pool, packed.subarray(0, 3), symbols.length)).toBeUndefined();
    expect(await unpackSymbols(pool, packed, 0)).toBeUndefined();
  });

  it('take about their entropy', async () => {
    const symbols = Uint8Array.from({ length: 40_000 }, (_, index) => (index % 10 === 0 ? 1 : 0));
    const packed = await packSymbols(pool, { symbols });
    const entropy = 40_000 * (-0.1 * Math.log2(0.1) - 0.9 * Math.log2(0.9));
    expect(packed.length * 8).toBeLessThan(entropy * 1.005 + 600);
  });

  it('leave no memory behind', async () => {
    const { used } = pool.memory;
    await unpackSymbols(pool, await packSymbols(pool, { symbols: Uint8Array.of(1, 2, 3) }), 3);
    await unpackSymbols(pool, Uint8Array.of(4, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0), 3);
    expect(pool.memory.used).toBe(used);
  });
});
