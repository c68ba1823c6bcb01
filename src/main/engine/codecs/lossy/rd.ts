import { scalesFrom, writeScales, type Scales } from '../scales.ts';
import { ScaleSlots } from '../residual.ts';
import { LevelTables } from './level-tables.ts';
import { encodeLevels } from './levels.ts';
import type { LossyCodec, LossyJob, LossyPlan, TensorCoder } from './lossy-codec.ts';
import { rdOptions, USUAL_BITS, type RdOptions } from './rd-options.ts';
import { classAt, scaleOfStep } from './rd-rounding.ts';
import { takeSamples, type RdSample } from './rd-sample.ts';
import { bitsByClass, errorOf, search, type RdGoal, type RdPoint } from './rd-search.ts';
import { factorsOf, settleTables, type Settled } from './rd-settle.ts';

// Entropy-coded scalar quantisation with a dead zone, rounding by rate and distortion, contexts from row and column
// energy and the exponent of the prediction, levels at their means, and at last one factor that gives the change its own
// size back. Steps in proportion to each tensor's sigma treat all tensors alike; one common step is reverse water-filling
// (Cover and Thomas, "Elements of Information Theory", section 10.3.3), which has the least error.

/** Bits that a stored scale takes, about. */
const SCALE_BITS = 3.3;
/** Bytes of tables, about, and of what stands before each chunk. */
const TABLE_BYTES = 160;
const CHUNK_BYTES = 52;
/** Bytes before the payload of a record. */
const RECORD_BYTES = 36;
/** Times that the rate is corrected, and what is near enough, relative to all bits. */
const ROUNDS = 2;
const EXACT_ENOUGH = 0.002;

/** Our codec for approximations. */
export const rd: LossyCodec<RdOptions> = {
  name: 'rd',
  method: 'levels',
  options: rdOptions,
  plan,
};

async function plan(job: LossyJob<RdOptions>): Promise<LossyPlan> {
  const { options } = job;
  const samples = await takeSamples(job);
  const perSigma = options.step === 'sigma';
  const weights = samples.reduce((sum, { tensor }) => sum + tensor.rows * tensor.columns, 0);
  const found = settleRate(samples, perSigma, options);
  const { point, settled, bytes } = found;
  const slope = job.refined && options.slope === 'auto' ? 'free' : options.slope;
  const factors = factorsOf(settled.fits, slope, perSigma, settled.bits / weights);
  const ready = LevelTables.read(job.pool, settled.tables);
  if (!ready) throw new Error('tables just written are read');
  return {
    tables: settled.tables,
    predictedBytes: bytes,
    coder: (index) => Promise.resolve(coderOf(job, samples[index], point, index, factors[index] ?? 1, ready)),
    free() {
      ready.free();
    },
  };
}

/** Searches until what is written down comes to what is wanted. */
function settleRate(
  samples: readonly RdSample[],
  perSigma: boolean,
  options: RdOptions,
): { point: RdPoint; settled: Settled; bytes: number } {
  const weights = samples.reduce((sum, { tensor }) => sum + tensor.rows * tensor.columns, 0);
  const full = samples.map(({ energies }) => scalesFrom(energies));
  const flat = samples.map(({ energies }) => flatScales(energies.rows.length, energies.width, energies));
  const rough = search(
    { samples, scales: full, perSigma },
    goalOf(options, weights, besideOf(samples, full)),
  );
  const scales = samples.map((sample, index) => cheaper(sample, rough, index, full[index], flat[index]));
  let beside = besideOf(samples, scales);
  for (let near = rough, round = 0; ; round += 1) {
    const point = search({ samples, scales, perSigma }, goalOf(options, weights, beside), near);
    const settled = settleTables(point);
    const tables = (settled.tables.length - TABLE_BYTES) * 8;
    const bits = settled.bits + tables + besideOf(samples, scales);
    // Searched was on a part of the elements, without the cost of tables.
    const missed = bits - budgetOf(options, weights);
    if (round === ROUNDS || options.error !== undefined || Math.abs(missed) < EXACT_ENOUGH * bits) {
      return { point, settled, bytes: Math.ceil(bits / 8) };
    }
    beside += missed;
    near = point;
  }
}

function coderOf(
  { pool }: LossyJob<RdOptions>,
  sample: RdSample | undefined,
  { trials, thresholds }: RdPoint,
  index: number,
  factor: number,
  tables: LevelTables,
): TensorCoder | undefined {
  const trial = trials[index];
  if (!sample || !trial || sample.sigma === 0) return undefined;
  const { columns } = sample.tensor;
  const { step, scales } = trial;
  const how = { step, stepScale: scaleOfStep(step), unit: Math.fround(step * factor), thresholds };
  const matrix = { rows: sample.tensor.rows, columns, scaledColumns: true };
  return {
    rowMultiple: 1,
    scales,
    async encode(first, count, { delta, prediction }) {
      const slots = new ScaleSlots(pool, scales);
      try {
        const firstElement = first * columns;
        const rowScales = slots.row(matrix, firstElement);
        const place = { prediction, elements: count * columns, firstElement, columns };
        return await encodeLevels(
          pool,
          { ...place, rowScales, columnScales: slots.columns },
          delta,
          how,
          tables,
        );
      } finally {
        slots.free();
      }
    },
  };
}

/** @param beside bits of all that is not a symbol */
function goalOf({ bits, bytes, error }: RdOptions, weights: number, beside: number): RdGoal {
  if (error !== undefined) return (point) => error - errorOf(point);
  const budget = budgetOf({ bits, bytes }, weights);
  return (point) => point.counts.bits() + beside - budget;
}

/** Bits that may be spent in all. */
function budgetOf({ bits, bytes }: Pick<RdOptions, 'bits' | 'bytes'>, weights: number): number {
  return bytes === undefined ? (bits ?? USUAL_BITS) * weights : bytes * 8;
}

/** Bits of scales, of tables about, and of what stands before chunks. */
function besideOf(samples: readonly RdSample[], scales: readonly Scales[]): number {
  const chunks = samples.reduce(
    (sum, { tensor }) => sum + Math.ceil((tensor.rows * tensor.columns * tensor.bits) / 8 / 2 ** 20),
    0,
  );
  return (TABLE_BYTES + 2 * RECORD_BYTES + CHUNK_BYTES * chunks + writeScales(scales).length) * 8;
}

/** One scale for a whole tensor. */
function flatScales(rows: number, columns: number, energies: { readonly rows: Float64Array }): Scales {
  const square = energies.rows.reduce((sum, value) => sum + value, 0) / (rows * columns);
  const level = square > 0 ? Math.max(-999, Math.min(1200, Math.round(2 * Math.log2(square)))) : -1000;
  return { rows: new Int16Array(rows).fill(level), columns: new Int16Array(columns) };
}

/** Which of a tensor's scales are worth what they cost at this rate: of rows and columns, of one of them, of none. */
function cheaper(
  sample: RdSample,
  point: RdPoint,
  index: number,
  full: Scales | undefined,
  flat: Scales | undefined,
): Scales {
  const step = point.trials[index]?.step ?? 1;
  if (!full || !flat) throw new Error('every tensor has scales');
  const candidates = [
    { scales: flat, stored: 0 },
    { scales: { rows: full.rows, columns: flat.columns }, stored: full.rows.length },
    { scales: { rows: flat.rows, columns: full.columns }, stored: full.columns.length },
    { scales: full, stored: full.rows.length + full.columns.length },
  ];
  const table = bitsByClass(point);
  const stepScale = scaleOfStep(step);
  const costs = candidates.map(({ scales, stored }) => {
    // With better contexts the same classes occur, only at other places: their bits are those of the search.
    let bits = stored * SCALE_BITS;
    const weight = sample.tensor.rows / sample.rows.length;
    for (const row of sample.rows) {
      const rowScale = (scales.rows[row] ?? 0) - stepScale + 24;
      for (const column of scales.columns) bits += weight * (table[classAt(rowScale + column)] ?? 0);
    }
    return bits;
  });
  return candidates[costs.indexOf(Math.min(...costs))]?.scales ?? full;
}
