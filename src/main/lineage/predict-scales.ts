import { scaleBits, type Scales } from '../engine/codecs/index.ts';

// Row and column scales from a sample, as the encoder would choose them from all elements.

/** Scale of a row or column in which nothing changed. */
const DEAD = -1000;
/** What a stored scale costs, in bits. */
const SCALE_BITS = 3.3;
/** Bits by which a scale fitted to sampled elements flatters them: 0.72 for normal ones, more for long tails. */
const FITTED_BITS = 1;
/** Share of samples in which a row that is not dead may look it before rows are no longer told apart. */
const SEEN_DEAD = 0.02;

/** Scales of sampled rows and columns, with what the whole tensor pays for its own. */
export interface SampleScales extends Scales {
  /** Bits of all stored scales of the tensor, and those by which the sample flatters itself. */
  readonly bits: number;
  /** Sum of log2 of the scale over all elements of the tensor, in bits; compares scales of one tensor. */
  readonly level: number;
  /** Bits by which all of it may be off, one standard deviation: rows and columns that were not sampled differ. */
  readonly doubt: number;
}

/** A sampled residual, and the matrix it stands for. */
export interface ScaledSample {
  readonly residual: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of the whole tensor; columns 0 where they have no scales of their own. */
  readonly allRows: number;
  readonly allColumns: number;
  /** Elements of the whole tensor. */
  readonly count: number;
}

/** Scales, how many of them are stored, and how many were fitted to the sample. */
interface Candidate {
  readonly scales: Scales;
  readonly stored: number;
  readonly fitted: number;
}

function quarterOctaves(square: number): number {
  return Math.max(DEAD + 1, Math.round(2 * Math.log2(square)));
}

/** The best of: one scale, scales of rows, of columns, of both. */
export function sampleScales(sample: ScaledSample): SampleScales {
  const { residual, rows, columns, allRows, allColumns, count } = sample;
  const rowEnergies = new Float64Array(rows);
  const columnEnergies = new Float64Array(columns);
  let total = 0;
  let changed = 0;
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      const e = residual[at] ?? 0;
      const square = Number.isFinite(e) ? e * e : 0;
      if (square === 0) continue;
      changed += 1;
      total += square;
      rowEnergies[row] = (rowEnergies[row] ?? 0) + square;
      columnEnergies[column] = (columnEnergies[column] ?? 0) + square;
    }
  }
  const level = total > 0 ? quarterOctaves(total / (rows * columns)) : DEAD;
  const one: Scales = { rows: new Int16Array(rows).fill(level), columns: new Int16Array(columns) };
  const candidates: Candidate[] = [{ scales: one, stored: 1, fitted: 1 }];
  const live = changed / Math.max(1, rows * columns);
  const scaled = (energies: Float64Array, each: number, below: number): Int16Array =>
    Int16Array.from(energies, (energy) => (energy > 0 ? quarterOctaves(energy / each) - below : DEAD));
  const tellsRows = total > 0 && allRows > 1 && (1 - live) ** columns < SEEN_DEAD;
  const tellsColumns = total > 0 && allColumns > 1 && (1 - live) ** rows < SEEN_DEAD;
  const byRow = scaled(rowEnergies, columns, 0);
  const byColumn = scaled(columnEnergies, rows, level);
  if (tellsRows) candidates.push({ scales: { ...one, rows: byRow }, stored: allRows, fitted: rows });
  if (tellsColumns) {
    candidates.push({ scales: { ...one, columns: byColumn }, stored: allColumns, fitted: columns });
  }
  if (tellsRows && tellsColumns) {
    const scales = { rows: byRow, columns: byColumn };
    candidates.push({ scales, stored: allRows + allColumns, fitted: rows + columns });
  }
  const sampled = rows * columns;
  const share = Math.min(1, sampled / Math.max(1, count));
  const levels = scaleBits(candidates.map(({ scales }) => scales)).map((bits) => (bits * count) / sampled);
  const extra = candidates.map(
    ({ stored, fitted }) => stored * SCALE_BITS + (fitted * FITTED_BITS * (1 - share)) / share,
  );
  const costs = levels.map((bits, index) => bits + (extra[index] ?? 0));
  const best = costs.indexOf(Math.min(...costs));
  const unseen = Math.hypot(
    spread(rowEnergies) * Math.sqrt(1 - Math.min(1, rows / allRows)),
    allColumns > 1 ? spread(columnEnergies) * Math.sqrt(1 - Math.min(1, columns / allColumns)) : 0,
  );
  const bits = extra[best] ?? 0;
  return { ...(candidates[best]?.scales ?? one), bits, level: levels[best] ?? 0, doubt: unseen * count };
}

/** Standard deviation of the mean of log2 of the scales, in bits. */
function spread(energies: Float64Array): number {
  const levels = Array.from(
    energies.filter((energy) => energy > 0),
    (energy) => Math.log2(energy) / 2,
  );
  if (levels.length < 2) return levels.length === 0 ? 0 : 1;
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const square = levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / (levels.length - 1);
  return Math.sqrt(square / levels.length);
}
