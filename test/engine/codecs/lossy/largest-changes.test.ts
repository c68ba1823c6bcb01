import { describe, expect, it } from 'vitest';
import { decodeScalars, int4, sparse, ternary } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { approximate, changeOf, gaussian, measured } from '../../../fixtures/lossy-rows.ts';

// Codecs that keep the largest changes: their thresholds, counts and scales.

const pool = kernelPool();
const change = changeOf(300, 200, gaussian(60_000, 0.01, 5));
const none = new Float32Array();
const nonzero = (values: Float32Array = none): number => values.filter((value) => value !== 0).length;

describe('sparse', () => {
  const way = (given: Record<string, string>) => ({ codec: sparse, given, decode: decodeScalars });

  it.each(['0.1', '0.5', '1'])('keeps exactly the share %s, the largest', async (keep) => {
    const [ours] = await approximate(pool, way({ keep, fit: 'least-squares' }), [change], { chunkRows: 70 });
    expect(nonzero(ours?.decoded)).toBe(Math.floor(60_000 * Number(keep)));
    const sorted = change.data.map(Math.abs).sort().reverse();
    const threshold = sorted[Math.floor(60_000 * Number(keep)) - 1] ?? 0;
    for (const [index, value] of change.data.entries()) {
      const decoded = ours?.decoded[index] ?? NaN;
      if (decoded === 0) expect(Math.abs(value)).toBeLessThan(threshold * (1 + 2 ** -11));
      // A half relative to 1/16, the power of two above them all.
      else
        expect(Math.abs(decoded - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -29));
    }
  });

  it('has slope 1 unless told otherwise', async () => {
    const [ours] = await approximate(pool, way({}), [change]);
    expect(Math.abs(measured(change.data, ours?.decoded ?? none).slope - 1)).toBeLessThan(1e-3);
  });

  it('costs little more than the entropy of the places and 14 bits per value', async () => {
    const [ours] = await approximate(pool, way({}), [change]);
    expect(((ours?.bytes ?? 0) * 8) / 60_000).toBeLessThan(0.469 + 1.4 + 0.05);
  });

  it('spreads ties evenly', async () => {
    const equal = changeOf(
      100,
      100,
      Float32Array.from({ length: 10_000 }, (_, at) => (at % 3 ? 0.5 : -0.5)),
    );
    const [ours] = await approximate(pool, way({ keep: '0.25' }), [equal]);
    expect(nonzero(ours?.decoded)).toBe(2500);
    expect(nonzero(ours?.decoded.subarray(0, 1000))).toBe(250);
  });

  it('never keeps what did not change', async () => {
    const few = new Float32Array(1000);
    few.fill(0.25, 0, 10);
    const [ours] = await approximate(pool, way({ keep: '0.5' }), [changeOf(10, 100, few)]);
    expect(ours?.decoded).toEqual(few);
  });

  it('pays little for rows without change', async () => {
    const frozen = Float32Array.from(gaussian(120_000, 0.01), (value, at) => (at % 6000 < 600 ? value : 0));
    const rows = changeOf(1200, 100, frozen);
    const [ours] = await approximate(pool, way({ keep: '0.05' }), [rows]);
    const places = -120_000 * (0.05 * Math.log2(0.05) + 0.95 * Math.log2(0.95));
    expect((ours?.bytes ?? 0) * 8).toBeLessThan(0.6 * places + 6000 * 14);
  });
});

describe('int4', () => {
  const way = (given: Record<string, string>) => ({ codec: int4, given, decode: decodeScalars });

  it('has an error of about one percent at less than 4 bits, and slope 1', async () => {
    const [ours] = await approximate(pool, way({}), [change], { chunkRows: 128 });
    const { slope, error } = measured(change.data, ours?.decoded ?? none);
    expect(error).toBeLessThan(0.012);
    expect(Math.abs(slope - 1)).toBeLessThan(1e-3);
    expect(((ours?.bytes ?? 0) * 8) / 60_000).toBeLessThan(3.9);
  });

  it('does not move what did not change', async () => {
    const half = change.data.map((value, at) => (at % 2 ? value : 0));
    const [ours] = await approximate(pool, way({}), [changeOf(300, 200, half)]);
    expect(ours?.decoded.filter((_, at) => at % 2 === 0).every((value) => value === 0)).toBe(true);
  });

  it('is as good for changes too small for halves', async () => {
    const small = changeOf(100, 100, gaussian(10_000, 1e-12));
    const [ours] = await approximate(pool, way({}), [small]);
    expect(measured(small.data, ours?.decoded ?? none).error).toBeLessThan(0.012);
  });

  it('needs no outliers', async () => {
    const [ours] = await approximate(pool, way({ outliers: '0' }), [change]);
    expect(measured(change.data, ours?.decoded ?? none).error).toBeLessThan(0.04);
  });
});

describe('ternary', () => {
  const way = (given: Record<string, string>) => ({ codec: ternary, given, decode: decodeScalars });

  it('keeps exactly its share of a tensor, with slope 1', async () => {
    const [ours] = await approximate(pool, way({}), [change], { chunkRows: 90 });
    expect(ours?.payloads).toHaveLength(4);
    expect(nonzero(ours?.decoded)).toBe(12_000);
    expect(new Set(ours?.decoded.map(Math.abs)).size).toBe(2);
    expect(Math.abs(measured(change.data, ours?.decoded ?? none).slope - 1)).toBeLessThan(1e-3);
    expect(((ours?.bytes ?? 0) * 8) / 60_000).toBeLessThan(0.922 + 0.04);
  });

  it('keeps its share of a model where it is told so, most of it where most changed', async () => {
    const quiet = changeOf(100, 200, gaussian(20_000, 0.001, 9), 'quiet');
    const [loud, silent] = await approximate(pool, way({ scope: 'model' }), [change, quiet]);
    const kept = nonzero(loud?.decoded) + nonzero(silent?.decoded);
    expect(Math.abs(kept - 16_000)).toBeLessThanOrEqual(1);
    expect(nonzero(silent?.decoded)).toBe(0);
    expect(Math.abs(measured(change.data, loud?.decoded ?? none).slope - 1)).toBeLessThan(1e-3);
  });

  it('takes a level in standard deviations', async () => {
    const [ours] = await approximate(pool, way({ alpha: '1', keep: '0.05' }), [change]);
    expect(Math.max(...(ours?.decoded ?? []))).toBeCloseTo(0.01, 4);
  });

  it('stays at least squares below a cosine of one half', async () => {
    const [ours] = await approximate(pool, way({ keep: '0.01' }), [change]);
    expect(measured(change.data, ours?.decoded ?? none).slope).toBeLessThan(0.2);
  });
});

describe.each([
  { codec: sparse, bad: { keep: '0' }, says: 'must be a number above 0 and of at most 1, not "0"' },
  { codec: sparse, bad: { keep: 'all' }, says: 'must be a number above 0 and of at most 1, not "all"' },
  { codec: int4, bad: { outliers: '1' }, says: 'must be a number of 0 or more and below 1, not "1"' },
  { codec: int4, bad: { seed: '1' }, says: 'int4 has no option "seed"; it has outliers, fit' },
  { codec: ternary, bad: { alpha: '-1' }, says: 'must be a number above 0, not "-1"' },
  { codec: ternary, bad: { scope: 'row' }, says: 'must be one of tensor, model, not "row"' },
])('$codec.name', ({ codec, bad, says }) => {
  const approximated = async (data: Float32Array): Promise<Float32Array | undefined> => {
    const given = { codec, given: {}, decode: decodeScalars };
    const [ours] = await approximate<never>(pool, given as never, [changeOf(1, data.length, data)]);
    return ours?.decoded;
  };

  it(`refuses ${JSON.stringify(bad)}`, () => {
    expect(codec.options.safeParse(bad).error?.issues.map(({ message }) => message)).toEqual([says]);
  });

  it('leaves zeros, and what is beyond measure, to be coded exactly', async () => {
    expect(await approximated(new Float32Array(5))).toBeUndefined();
    expect(await approximated(Float32Array.of(1e38, 1))).toBeUndefined();
  });

  it('takes one element', async () => {
    expect(await approximated(Float32Array.of(-0.75))).toEqual(Float32Array.of(-0.75));
  });

  it('takes a constant', async () => {
    const decoded = (await approximated(new Float32Array(500).fill(0.5))) ?? none;
    const kept = decoded.filter((value) => value !== 0);
    expect(kept.length).toBeGreaterThan(0);
    expect(new Set(kept).size).toBe(1);
  });
});
