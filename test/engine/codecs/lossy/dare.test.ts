import { describe, expect, it } from 'vitest';
import { dare, decodeScalars } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { approximate, changeOf, gaussian, measured } from '../../../fixtures/lossy-rows.ts';

const pool = kernelPool();
const none = new Float32Array();
const change = changeOf(400, 250, gaussian(100_000, 0.01, 3));
const way = (given: Record<string, string>) => ({ codec: dare, given, decode: decodeScalars });

describe('dare', () => {
  it('keeps about its share, each value exact to a half and rescaled', async () => {
    const [ours] = await approximate(pool, way({}), [change], { chunkRows: 130 });
    const decoded = ours?.decoded ?? none;
    let kept = 0;
    for (const [index, value] of change.data.entries()) {
      if (decoded[index] === 0) continue;
      kept += 1;
      expect(Math.abs((decoded[index] ?? 0) / value - 10)).toBeLessThan(0.02);
    }
    // Five standard deviations of the binomial distribution.
    expect(Math.abs(kept - 10_000)).toBeLessThan(5 * Math.sqrt(9000));
    expect(Math.abs(measured(change.data, decoded).slope - 1)).toBeLessThan(0.1);
  });

  it('pays for values only, not for their places', async () => {
    const [ours] = await approximate(pool, way({}), [change]);
    expect(((ours?.bytes ?? 0) * 8) / 100_000).toBeLessThan(1.42);
  });

  it('gives the same for the same seed, in any chunks, and another for another seed or tensor', async () => {
    const decodedBy = async (
      seed: string,
      chunkRows: number,
      name = 'w',
    ): Promise<Float32Array | undefined> =>
      (await approximate(pool, way({ seed }), [{ ...change, name }], { chunkRows }))[0]?.decoded;
    const once = await decodedBy('7', 400);
    expect(await decodedBy('7', 33)).toEqual(once);
    expect(await decodedBy('8', 400)).not.toEqual(once);
    expect(await decodedBy('7', 400, 'v')).not.toEqual(once);
  });

  it('stays finite at the most that it may drop of the largest changes that it takes', async () => {
    const huge = changeOf(
      400,
      250,
      change.data.map((value) => value * 2 ** 83),
    );
    const [ours] = await approximate(pool, way({ drop: '0.9999' }), [huge]);
    expect(ours?.decoded.some((value) => value !== 0)).toBe(true);
  });

  it('drops nothing where it is told so', async () => {
    const [ours] = await approximate(pool, way({ drop: '0' }), [change]);
    expect(measured(change.data, ours?.decoded ?? none).error).toBeLessThan(1e-6);
  });

  it('leaves zeros to be coded exactly', async () => {
    expect(await approximate(pool, way({}), [changeOf(2, 2, new Float32Array(4))])).toEqual([undefined]);
  });

  it.each([
    { given: { drop: '1' }, says: 'must be a number of 0 or more and of at most 0.9999, not "1"' },
    {
      given: { seed: '1.5' },
      says: 'must be a whole number of 0 or more and of at most 4294967295, not "1.5"',
    },
    { given: { rate: '0.5' }, says: 'dare has no option "rate"; it has drop, seed' },
  ])('refuses $given', ({ given, says }) => {
    expect(dare.options.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([says]);
  });
});
