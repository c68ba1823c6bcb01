import { AdaptiveBitReader, AdaptiveBitWriter } from './adaptive-bits.ts';

// Row and column scales (codec study, section 2): the expected residual of element (i, j) is
// 2^((row[i] + column[j]) / 4). Rows carry the level of the tensor, columns are relative to it. Kept as integers in
// quarter octaves, stored as differences to the median row; a row or column without any residual is "dead".

/** Scales of one tensor seen as a matrix. */
export interface Scales {
  /** One per row, quarter octaves, absolute. */
  readonly rows: Int16Array;
  /** One per column, quarter octaves, relative. */
  readonly columns: Int16Array;
}

/** Scales on their way to the delta, with what else is stored of their tensor. */
export interface StoredScales extends Scales {
  /** Bits of the float32 by which its prediction is scaled. */
  readonly factor?: number;
}

/** Scale of a row or column in which nothing changed. */
export const DEAD = -1000;
/** Largest magnitude of a stored scale; keeps every power of two that is made of scales finite. */
const LARGEST = 1200;

/** Sums over the residual of a tensor, or over its values. */
export interface Energies {
  /** Sum of squares per row. */
  readonly rows: Float64Array;
  /** Elements per row. */
  readonly width: number;
  /** Sum of squares per column; empty when columns are not scaled. */
  readonly columns: Float64Array;
}

const DIFFERENCE = 0;
const WIDE = 64;
const SET = 192;
const LEVEL = 2 * SET + 4;
const SHAPE = LEVEL + 64;
const FACTOR = SHAPE + 4;
const CONTEXTS = FACTOR + 4 * 256;

/** Bits by which an element in a dead row or column is cheaper than others. */
const DEAD_BITS = 4;

/** About what a stored scale costs, in bits. */
const SCALE_BITS = 3.3;

function quarterOctaves(square: number): number {
  return Math.round(2 * Math.log2(square));
}

function clamp(scale: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, scale));
}

/** A scale of what is not dead: it must not be taken for it when it is read again. */
function live(scale: number): number {
  return Math.max(DEAD + 1, clamp(scale));
}

function median(values: Int16Array): number {
  const sorted = values.filter((value) => value > DEAD).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** What elements cost whose rows and columns are live: sum of log2(s) in bits, and their number. */
function liveBits(scales: Scales): { readonly bits: number; readonly count: number } {
  let rows = 0;
  let columns = 0;
  let liveRows = 0;
  let liveColumns = 0;
  for (const scale of scales.rows) {
    if (scale <= DEAD) continue;
    rows += scale;
    liveRows += 1;
  }
  for (const scale of scales.columns) {
    if (scale <= DEAD) continue;
    columns += scale;
    liveColumns += 1;
  }
  return { bits: (rows * liveColumns + columns * liveRows) / 4, count: liveRows * liveColumns };
}

/**
 * Sum over all elements of log2(s) in bits, for comparing several scales of one tensor with each other. Elements
 * that did not change count as smaller than the average of those that did.
 */
export function scaleBits(list: readonly Scales[]): number[] {
  const live = list.map(liveBits);
  const means = live.flatMap(({ bits, count }) => (count > 0 ? [bits / count] : []));
  const dead = Math.min(...means) - DEAD_BITS;
  return list.map(({ rows, columns }, index) => {
    const { bits = 0, count = 0 } = live[index] ?? {};
    const rest = rows.length * columns.length - count;
    return rest > 0 && means.length > 0 ? bits + rest * dead : bits;
  });
}

/**
 * Scales from energies. Rows and columns are scaled apart, together, or not at all, whatever is estimated to cost
 * least, the scales' own bits counted.
 * @param energies sums of squares; non-finite sums count as dead
 */
export function scalesFrom(energies: Energies): Scales {
  const height = energies.rows.length;
  const { width } = energies;
  let total = 0;
  for (const energy of energies.rows) if (Number.isFinite(energy)) total += energy;
  const flatLevel = total > 0 ? live(quarterOctaves(total / (height * width))) : DEAD;
  const one: Scales = {
    rows: new Int16Array(height).fill(flatLevel),
    columns: new Int16Array(width),
  };
  if (total <= 0 || height * width < 2) return one;
  const scaled = (energies: Float64Array, perItem: number, level: number): Int16Array => {
    const scales = new Int16Array(energies.length);
    for (let index = 0; index < energies.length; index += 1) {
      const energy = energies[index] ?? 0;
      const counts = energy > 0 && energy < Infinity;
      scales[index] = counts ? live(quarterOctaves(energy / perItem) - level) : DEAD;
    }
    return scales;
  };
  const rows = scaled(energies.rows, width, 0);
  const columns = energies.columns.length > 1 ? scaled(energies.columns, height, flatLevel) : undefined;
  const candidates = [{ scales: one, stored: 0 }];
  if (height > 1) candidates.push({ scales: { rows, columns: one.columns }, stored: height });
  if (columns) {
    candidates.push({ scales: { rows: one.rows, columns }, stored: width });
    if (height > 1) candidates.push({ scales: { rows, columns }, stored: height + width });
  }
  const bits = scaleBits(candidates.map(({ scales }) => scales));
  const costs = candidates.map(({ stored }, index) => (bits[index] ?? 0) + stored * SCALE_BITS);
  return candidates[costs.indexOf(Math.min(...costs))]?.scales ?? one;
}

function writeSet(out: AdaptiveBitWriter, base: number, values: Int16Array, level: number): void {
  for (const value of values) {
    const difference = value - level;
    const folded = difference < 0 ? -2 * difference - 1 : 2 * difference;
    if (value <= DEAD) {
      out.tree(base + DIFFERENCE, 6, 63);
    } else if (folded < 62) {
      out.tree(base + DIFFERENCE, 6, folded);
    } else {
      out.tree(base + DIFFERENCE, 6, 62);
      out.exponential(base + WIDE, folded - 62);
    }
  }
}

function readSet(source: AdaptiveBitReader, base: number, count: number, level: number): Int16Array {
  const values = new Int16Array(count);
  for (let index = 0; index < count; index += 1) {
    const symbol = source.tree(base + DIFFERENCE, 6);
    if (symbol === 63) {
      values[index] = DEAD;
      continue;
    }
    const folded = symbol === 62 ? 62 + source.exponential(base + WIDE) : symbol;
    const difference = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    values[index] = clamp(level + difference);
  }
  return values;
}

function isFlat(values: Int16Array): boolean {
  return values.every((value) => value === values[0]);
}

/** Stores the scales of several tensors (docs/format.md, "Scales"). */
export function writeScales(list: readonly StoredScales[]): Uint8Array {
  const out = new AdaptiveBitWriter(CONTEXTS);
  for (const { rows, columns, factor } of list) {
    out.bit(SHAPE + 3, factor === undefined ? 0 : 1);
    for (let octet = 0; factor !== undefined && octet < 4; octet += 1) {
      out.tree(FACTOR + octet * 256, 8, (factor >>> (24 - octet * 8)) & 0xff);
    }
    const level = median(rows);
    out.bit(SHAPE, level < 0 ? 1 : 0);
    out.exponential(LEVEL, Math.abs(level));
    const flatRows = isFlat(rows);
    out.bit(SHAPE + 1, flatRows ? 1 : 0);
    writeSet(out, 0, flatRows ? rows.subarray(0, 1) : rows, level);
    const flatColumns = isFlat(columns) && columns[0] === 0;
    out.bit(SHAPE + 2, flatColumns ? 1 : 0);
    if (!flatColumns) writeSet(out, SET, columns, 0);
  }
  return out.finish();
}

/**
 * Reads what `writeScales` wrote.
 * @param shapes rows and columns of each tensor, in the same order
 */
export function readScales(
  bytes: Uint8Array,
  shapes: readonly { rows: number; columns: number }[],
): Scales[] {
  const source = new AdaptiveBitReader(CONTEXTS, bytes);
  return shapes.map((shape) => {
    const scaled = source.bit(SHAPE + 3) === 1;
    let factor = 0;
    for (let octet = 0; scaled && octet < 4; octet += 1) {
      factor = factor * 256 + source.tree(FACTOR + octet * 256, 8);
    }
    const negative = source.bit(SHAPE) === 1;
    const magnitude = Math.min(LARGEST, source.exponential(LEVEL));
    const level = negative ? -magnitude : magnitude;
    const flatRows = source.bit(SHAPE + 1) === 1;
    const stored = readSet(source, 0, flatRows ? 1 : shape.rows, level);
    const rows = flatRows ? new Int16Array(shape.rows).fill(stored[0] ?? 0) : stored;
    const flatColumns = source.bit(SHAPE + 2) === 1;
    const columns = flatColumns ? new Int16Array(shape.columns) : readSet(source, SET, shape.columns, 0);
    return { rows, columns, ...(scaled && { factor }) };
  });
}
