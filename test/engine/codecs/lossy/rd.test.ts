import { describe, expect, it } from 'vitest';
import {
  decodeLevels,
  LevelTables,
  rd,
  type LossyTensor,
  type ReadRows,
} from '../../../../src/main/engine/codecs/lossy/index.ts';
import { ScaleSlots } from '../../../../src/main/engine/codecs/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';

const pool = kernelPool();

/** Numbers of a normal distribution, the same each time. */
function gaussian(count: number, sigma: number, seed = 1): Float32Array {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => sigma * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  );
}

function tensorOf(name: string, rows: number, columns: number, change: Float32Array): LossyTensor {
  return {
    name,
    rows,
    columns,
    bits: 16,
    read(first, count): Promise<ReadRows> {
      const delta = pool.memory.allocate(count * columns * 4);
      const prediction = pool.memory.allocate(count * columns * 4);
      delta.f32(0, count * columns).set(change.subarray(first * columns, (first + count) * columns));
      prediction.f32(0, count * columns).fill(0.25);
      return Promise.resolve({
        delta,
        prediction,
        free() {
          delta.free();
          prediction.free();
        },
      });
    },
  };
}

interface Outcome {
  /** Bits per weight of payloads and tables, scales left out. */
  readonly bits: number;
  readonly error: number;
  readonly cosine: number;
  readonly slope: number;
}

/** Codes tensors, decodes them, and tells how near they come. */
async function outcome(
  tensors: readonly LossyTensor[],
  changes: readonly Float32Array[],
  options: Record<string, string>,
): Promise<Outcome> {
  const plan = await rd.plan({ pool, tensors, options: rd.options.parse(options) });
  const tables = LevelTables.read(pool, plan.tables ?? new Uint8Array());
  if (!tables) throw new Error('a plan has tables');
  let bytes = plan.tables?.length ?? 0;
  let [own, mixed, other, weights] = [0, 0, 0, 0];
  for (const [index, tensor] of tensors.entries()) {
    const coder = await plan.coder(index);
    if (!coder?.scales) throw new Error('a tensor that changed is coded');
    const half = Math.ceil(tensor.rows / 2);
    for (const [first, count] of [
      [0, half],
      [half, tensor.rows - half],
    ] as const) {
      const read = await tensor.read(first, count);
      const payload = await coder.encode(first, count, read);
      bytes += payload.length;
      const scales = new ScaleSlots(pool, coder.scales);
      const { columns, rows } = tensor;
      const matrix = { rows, columns, scaledColumns: true };
      const firstElement = first * columns;
      const place = { prediction: read.prediction, elements: count * columns, firstElement, columns };
      const rowScales = scales.row(matrix, firstElement);
      const slot = await decodeLevels(
        pool,
        { ...place, rowScales, columnScales: scales.columns },
        payload,
        tables,
      );
      const decoded = slot?.f32(0, count * columns) ?? [];
      for (let at = 0; at < count * columns; at += 1) {
        const d = changes[index]?.[firstElement + at] ?? 0;
        const a = decoded[at] ?? NaN;
        own += d * d;
        mixed += d * a;
        other += a * a;
      }
      weights += count * columns;
      slot?.free();
      scales.free();
      read.free();
    }
  }
  tables.free();
  plan.free?.();
  return {
    bits: (bytes * 8) / weights,
    error: (own - 2 * mixed + other) / own,
    cosine: mixed / Math.sqrt(own * other),
    slope: mixed / own,
  };
}

describe('rd on Gaussian noise', () => {
  const change = gaussian(1024 * 512, 0.004);
  const tensor = tensorOf('noise', 1024, 512, change);
  // Gap of the ideal entropy-coded scalar quantiser to the rate-distortion function, in bits, by its rate.
  const gaps: [number, number][] = [
    [0.24, 0.08],
    [0.44, 0.14],
    [0.66, 0.19],
    [0.95, 0.235],
    [1.4, 0.254],
    [2, 0.254],
    [4, 0.254],
  ];

  it.each(gaps)('of %d bits is within 0.03 bits of the ideal scalar quantiser', async (bits, gap) => {
    const result = await outcome([tensor], [change], { bits: String(bits), slope: 'free' });
    const distance = result.bits - -0.5 * Math.log2(result.error);
    expect(distance).toBeLessThan(gap + 0.03);
    expect(Math.abs(result.bits - bits)).toBeLessThan(0.03 * bits + 0.01);
  });

  it.each(['sigma', 'global'])('keeps its own size along itself when asked (step=%s)', async (step) => {
    for (const bits of ['0.1', '0.5', '2']) {
      const result = await outcome([tensor], [change], { bits, step, slope: 'one' });
      expect(Math.abs(result.slope - 1)).toBeLessThan(0.01);
    }
  });

  it('reaches the error that it is asked for', async () => {
    for (const error of [0.5, 0.1, 0.01]) {
      const result = await outcome([tensor], [change], { error: String(error), slope: 'free' });
      expect(Math.abs(result.error / error - 1)).toBeLessThan(0.03);
    }
  });
});

describe('rd on tensors of different size', () => {
  const changes = [gaussian(128 * 96, 0.001, 3), gaussian(200 * 64, 0.004, 4)];
  const tensors = [
    tensorOf('quiet', 128, 96, changes[0] ?? new Float32Array()),
    tensorOf('loud', 200, 64, changes[1] ?? new Float32Array()),
  ];

  it('has the least error with one step', async () => {
    const own = await outcome(tensors, changes, { bits: '1', step: 'sigma', slope: 'free' });
    const one = await outcome(tensors, changes, { bits: '1', step: 'global', slope: 'free' });
    expect(one.cosine).toBeGreaterThan(own.cosine);
  });

  it('leaves no memory behind', async () => {
    const { used } = pool.memory;
    await outcome(tensors, changes, { bits: '1' });
    expect(pool.memory.used).toBe(used);
  });
});

describe('options of rd', () => {
  it.each([
    { bits: '0' },
    { bits: '17' },
    { bits: 'x' },
    { step: 'row' },
    { bits: '1', error: '0.1' },
    { rate: '1' },
  ])('refuse %o', (options) => {
    expect(rd.options.safeParse(options).success).toBe(false);
  });
});
