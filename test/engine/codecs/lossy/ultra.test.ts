import { describe, expect, it } from 'vitest';
import { decodeScalars, ultra } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { traceNorm } from '../../../../src/main/engine/codecs/lossy/trace-norm.ts';
import {
  keptByRule,
  publishedLevels,
  rateBesideZeros,
} from '../../../../src/main/engine/codecs/lossy/ultra-published.ts';
import { assignRates } from '../../../../src/main/engine/codecs/lossy/ultra-rates.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import {
  approximate,
  changeOf,
  gaussian,
  measured,
  tensorOf,
  type Change,
} from '../../../fixtures/lossy-rows.ts';
import { hasReference, referenceJson, referenceTensors } from '../../../fixtures/reference.ts';

const pool = kernelPool();
const none = new Float32Array();
const way = (given: Record<string, string>) => ({ codec: ultra, given, decode: decodeScalars });
const change = changeOf(500, 200, gaussian(100_000, 0.01, 31));
const positive = (values: Float32Array): number => values.reduce((sum, value) => sum + Math.max(0, value), 0);

/** How often each value occurs that is not 0. */
function counted(values: Float32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values.toSorted()) if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

interface UltraIndex {
  readonly allocation_cases: readonly {
    readonly name: string;
    readonly mask_rate: number;
    readonly step_size: number;
    readonly layers: readonly { readonly size: number; readonly std: number; readonly rate: number }[];
  }[];
  readonly settings: readonly {
    readonly bits: number;
    readonly mask_rate: number;
    readonly step_size: number;
    readonly layers: Readonly<
      Record<
        string,
        {
          readonly assigned_mask_rate: number;
          readonly trace_norm: number;
          readonly levels: readonly { readonly count: number; readonly kept_by_rule: number }[];
        }
      >
    >;
  }[];
}

describe.skipIf(!hasReference)('UltraDelta of its authors', () => {
  const index = (
    hasReference ? referenceJson('ultra_index.json') : { allocation_cases: [], settings: [] }
  ) as UltraIndex;
  const tensors = hasReference ? referenceTensors('ultra_reference.safetensors') : new Map<string, never>();
  const inputs = ['a_96x128', 'b_130x70', 'c_64x256'];
  const changeNamed = (name: string): Change => {
    const { shape, data } = tensors.get(`input/${name}`) ?? { shape: [], data: none };
    return changeOf(shape[0] ?? 0, shape[1] ?? 0, data, name);
  };

  it.each([2, 4, 8].flatMap((bits) => inputs.map((input) => ({ bits, input }))))(
    'quantised $input at $bits bits, exactly',
    ({ bits, input }) => {
      const { data } = changeNamed(input);
      const levels = publishedLevels(Math.min(...data), Math.max(...data), bits);
      const quantised = data.map((value) => levels.values[levels.levelOf(value)] ?? NaN);
      expect(quantised).toEqual(tensors.get(`quantised/b${bits}/${input}`)?.data);
    },
  );

  it.each(index.allocation_cases)('rates of $name, exactly', ({ layers, mask_rate, step_size }) => {
    const sized = layers.map(({ size, std }) => ({ size, sigma: std }));
    expect(assignRates(sized, mask_rate, step_size)).toEqual(layers.map(({ rate }) => rate));
  });

  it.each(index.settings)('kept counts by the rule: $bits bits, $mask_rate', ({ layers }) => {
    for (const { assigned_mask_rate: rate, levels } of Object.values(layers)) {
      for (const { count, kept_by_rule } of levels) expect(keptByRule(count, rate)).toBe(kept_by_rule);
    }
  });

  it.each(index.settings.filter(({ bits }) => bits <= 5))(
    'the same values as often: $bits bits, $mask_rate',
    async ({ bits, mask_rate, step_size }) => {
      const given = {
        form: 'faithful',
        bits: String(bits),
        sparsity: String(mask_rate),
        step: String(step_size),
      };
      const ours = await approximate(pool, way(given), inputs.map(changeNamed), { chunkRows: 40 });
      for (const [at, input] of inputs.entries()) {
        const sample = tensors.get(`sample/m${mask_rate}-s${step_size}-b${bits}/${input}`)?.data;
        expect(sample?.length).toBeGreaterThan(0);
        expect(counted(ours[at]?.decoded ?? none)).toEqual(counted(sample ?? none));
      }
    },
  );

  it.each(index.settings)('trace norms of their samples: $bits bits, $mask_rate', async (setting) => {
    for (const [input, { trace_norm }] of Object.entries(setting.layers)) {
      const key = `sample/m${setting.mask_rate}-s${setting.step_size}-b${setting.bits}/${input}`;
      const { shape, data } = tensors.get(key) ?? { shape: [], data: none };
      const { value } = await traceNorm(
        tensorOf(pool, changeOf(shape[0] ?? 0, shape[1] ?? 0, data)),
        undefined,
      );
      expect(Math.abs(value / trace_norm - 1)).toBeLessThan(1e-6);
    }
  });
});

describe('published rules', () => {
  it('drop fewer where some are zero already', () => {
    expect(rateBesideZeros(0.9, 0.5)).toBeCloseTo(0.8, 12);
    expect(rateBesideZeros(0.3, 0.5)).toBe(0);
    expect(rateBesideZeros(0.9, 1)).toBe(0);
  });
});

describe('ultra, repaired', () => {
  it('keeps the sum of each level, hence of all changes that are not near zero', async () => {
    const [ours] = await approximate(pool, way({}), [change], { chunkRows: 128 });
    const decoded = ours?.decoded ?? none;
    const kept = decoded.filter((value) => value !== 0).length;
    expect(kept).toBeGreaterThan(0.03 * 100_000 * 0.75);
    expect(kept).toBeLessThan(0.03 * 100_000);
    const step = (Math.max(...change.data) - Math.min(...change.data)) / 15;
    const counting = change.data.map((value) => (Math.abs(value) > step / 2 ? value : 0));
    expect(Math.abs(positive(decoded) / positive(counting) - 1)).toBeLessThan(0.01);
    // Unbiased: the slope is 1 but for the draw, whose deviation is about 1/sqrt(kept).
    expect(Math.abs(measured(change.data, decoded).slope - 1)).toBeLessThan(0.1);
  });

  it('costs a third of the published form, whose places are stored', async () => {
    const [repaired] = await approximate(pool, way({}), [change]);
    const [faithful] = await approximate(pool, way({ form: 'faithful' }), [change]);
    expect(((repaired?.bytes ?? 0) * 8) / 100_000).toBeLessThan(0.11);
    expect(((faithful?.bytes ?? 0) * 8) / 100_000).toBeGreaterThan(0.25);
    expect(((faithful?.bytes ?? 0) * 8) / 100_000).toBeLessThan(0.32);
  });

  it.each(['repaired', 'faithful'])('gives the same for the same seed, in any chunks: %s', async (form) => {
    const decodedBy = async (seed: string, chunkRows: number): Promise<Float32Array | undefined> =>
      (await approximate(pool, way({ form, seed }), [change], { chunkRows }))[0]?.decoded;
    const once = await decodedBy('4', 500);
    expect(await decodedBy('4', 77)).toEqual(once);
    expect(await decodedBy('5', 500)).not.toEqual(once);
  });

  it.each(['repaired', 'faithful'])('makes the loudest of several models smaller: %s', async (form) => {
    const double = { ...change, data: change.data.map((value) => value * 2) };
    const decodedOf = async (siblings?: readonly (readonly Change[])[]): Promise<Float32Array> =>
      (await approximate(pool, way({ form }), [double], siblings && { siblings }))[0]?.decoded ?? none;
    const alone = await decodedOf();
    const together = await decodedOf([[change]]);
    expect(positive(together) / positive(alone)).toBeCloseTo(0.5, 3);
    const tamest = await decodedOf([[{ ...change, data: change.data.map((value) => value * 8) }]]);
    expect(tamest).toEqual(alone);
  });

  it('takes the quietest third of several layers down most', async () => {
    const layers = [1, 2, 3].map((times) =>
      changeOf(200, 200, gaussian(40_000, 0.001 * times, times), `layer ${times}`),
    );
    const ours = await approximate(pool, way({ form: 'faithful', sparsity: '0.9', step: '0.05' }), layers);
    const shares = ours.map((one) => (one?.decoded.filter((value) => value !== 0).length ?? 0) / 40_000);
    for (const [at, share] of [0.05, 0.1, 0.15].entries()) expect(shares[at]).toBeCloseTo(share, 3);
  });

  it.each([
    { name: 'zeros', data: new Float32Array(50), form: 'repaired', coded: false },
    { name: 'zeros', data: new Float32Array(50), form: 'faithful', coded: false },
    { name: 'a constant', data: new Float32Array(500).fill(0.25), form: 'repaired', coded: true },
    { name: 'a constant', data: new Float32Array(500).fill(0.25), form: 'faithful', coded: false },
    { name: 'one element', data: Float32Array.of(1), form: 'repaired', coded: true },
  ])('takes $name, $form', async ({ data, form, coded }) => {
    const [ours] = await approximate(pool, way({ form, sparsity: '0.5' }), [changeOf(1, data.length, data)]);
    expect(ours !== undefined).toBe(coded);
    const kept = ours?.decoded.filter((value) => value !== 0) ?? none;
    if (data.length > 1 && coded) expect(positive(kept)).toBeCloseTo(positive(data), 4);
  });

  it.each([
    { given: { sparsity: '1' }, says: 'must be a number of 0 or more and of at most 0.9999, not "1"' },
    { given: { sparsity: '0.99', step: '0.01' }, says: 'sparsity and step add up to less than 1' },
    { given: { bits: '16' }, says: 'must be a whole number of 2 or more and of at most 5, not "16"' },
    { given: { form: 'broken' }, says: 'must be one of repaired, faithful, not "broken"' },
    { given: { rate: '1' }, says: 'ultra has no option "rate"; it has sparsity, bits, step, seed, form' },
  ])('refuses $given', ({ given, says }) => {
    expect(ultra.options.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([says]);
  });
});

describe('trace norm', () => {
  it('is estimated within its error for what is too large to decompose', async () => {
    // Rows that repeat six times have singular values sqrt(6) times as large, and few enough of them to be exact.
    const half = gaussian(190 * 250, 0.01, 41);
    const repeated = new Float32Array(half.length * 6);
    for (let part = 0; part < 6; part += 1) repeated.set(half, part * half.length);
    const once = await traceNorm(tensorOf(pool, changeOf(190, 250, half)), undefined);
    const estimate = await traceNorm(tensorOf(pool, changeOf(1140, 250, repeated)), undefined);
    const exact = once.value * Math.sqrt(6);
    expect(once.error).toBe(0);
    expect(estimate.error).toBeGreaterThan(0);
    expect(estimate.error).toBeLessThan(0.03 * exact);
    expect(Math.abs(estimate.value - exact)).toBeLessThan(3 * estimate.error);
  });

  it('is the same from either side, and for a wide matrix', async () => {
    const data = gaussian(100 * 30, 0.01, 42);
    const turned = Float32Array.from(data, (_, at) => data[(at % 100) * 30 + Math.floor(at / 100)] ?? 0);
    const tall = await traceNorm(tensorOf(pool, changeOf(100, 30, data)), undefined);
    const wide = await traceNorm(tensorOf(pool, changeOf(30, 100, turned)), undefined);
    expect(wide.value).toBeCloseTo(tall.value, 10);
  });
});
