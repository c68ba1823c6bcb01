import type { Pool } from '../../pool/index.ts';
import type { Energies } from '../scales.ts';
import type { LossyJob, LossyTensor } from './lossy-codec.ts';

// What is kept of a tensor while rates are tried: some of its rows, whole, with what their contexts are made from.

/** Elements kept of all tensors together, and of one at least if it has them. */
const KEPT = 4 << 20;
const KEPT_AT_LEAST = 65_536;
/** Elements that are read at once. */
const READ = 1 << 18;

/** Rows of a tensor that are kept. */
export interface RdSample {
  readonly tensor: LossyTensor;
  readonly energies: Energies;
  /** Numbers of the rows that are kept, ascending. */
  readonly rows: readonly number[];
  /** Their elements, row by row. */
  readonly change: Float32Array;
  /** Exponent bucket of the prediction of each. */
  readonly buckets: Uint8Array;
  /** Root of the mean square of all changes of the tensor. */
  readonly sigma: number;
  /** Every row is kept. */
  readonly complete: boolean;
}

/** Reads all tensors once. */
export async function takeSamples({ pool, tensors, signal }: LossyJob<unknown>): Promise<RdSample[]> {
  const total = tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const samples: RdSample[] = [];
  for (const tensor of tensors) {
    const count = tensor.rows * tensor.columns;
    const share = total <= KEPT ? count : Math.max(KEPT_AT_LEAST, Math.floor((KEPT * count) / total));
    samples.push(await sampleOf(pool, tensor, Math.min(count, share), signal));
  }
  return samples;
}

async function sampleOf(
  pool: Pool,
  tensor: LossyTensor,
  wanted: number,
  signal: AbortSignal | undefined,
): Promise<RdSample> {
  const { rows, columns } = tensor;
  const kept = Math.min(rows, Math.max(1, Math.ceil(wanted / columns)));
  const numbers = Array.from({ length: kept }, (_, index) => Math.floor(((index + 0.5) * rows) / kept));
  const change = new Float32Array(kept * columns);
  const buckets = new Uint8Array(kept * columns);
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  const band = Math.max(1, Math.floor(READ / columns));
  let next = 0;
  for (let first = 0; first < rows; first += band) {
    signal?.throwIfAborted();
    const count = Math.min(band, rows - first);
    const wantedHere = numbers.slice(next).filter((row) => row < first + count);
    if (tensor.energies && wantedHere.length === 0) continue;
    const read = await tensor.read(first, count);
    try {
      if (!tensor.energies)
        await addEnergies(pool, tensor, read.delta.address, first, count, rowSums, columnSums);
      for (const row of wantedHere) {
        const from = (row - first) * columns * 4;
        change.set(read.delta.f32(from, columns), next * columns);
        const bits = read.prediction.u32(from, columns);
        for (let column = 0; column < columns; column += 1) {
          const exponent = (((bits[column] ?? 0) >>> 23) & 0xff) - 113;
          buckets[next * columns + column] = Math.max(0, Math.min(15, exponent));
        }
        next += 1;
      }
    } finally {
      read.free();
    }
  }
  const energies = tensor.energies ?? { rows: rowSums, width: columns, columns: columnSums };
  const square = energies.rows.reduce((sum, value) => sum + value, 0);
  const sigma = Math.sqrt(square / (rows * columns));
  return { tensor, energies, rows: numbers, change, buckets, sigma, complete: kept === rows };
}

async function addEnergies(
  pool: Pool,
  { columns }: LossyTensor,
  delta: number,
  first: number,
  count: number,
  rowSums: Float64Array,
  columnSums: Float64Array,
): Promise<void> {
  const slot = pool.memory.allocate(32 + count * 8 + columns * 4);
  try {
    slot.u8().fill(0);
    const at = slot.address + 32;
    const place = [2, delta, 0, count * columns, first * columns, columns];
    const sums = [at, at + count * 8, 1, slot.address];
    await pool.run([{ kernel: 'statisticsGrid', args: [...place, ...sums] }]);
    for (const [row, sum] of slot.f64(32, count).entries()) rowSums[first + row] = sum;
    for (const [column, sum] of slot.f32(32 + count * 8, columns).entries()) {
      columnSums[column] = (columnSums[column] ?? 0) + sum;
    }
  } finally {
    slot.free();
  }
}
