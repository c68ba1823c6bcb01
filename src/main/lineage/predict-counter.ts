import type { Grid } from '../engine/codecs/index.ts';
import { bitsOf } from './predict-grid.ts';
import type { SampleScales } from './predict-scales.ts';
import {
  ALPHABET,
  bucketOf,
  BUCKETS,
  codeAlone,
  codeBins,
  codeSteps,
  k4Of,
  quarterOf,
  QUARTERS,
  STEP_CLASSES,
  stepClass,
  type Coded,
} from './predict-symbols.ts';

/** k4 from which elements go into bins: the encoder takes the best of these for each batch. */
const LIMITS = [12, 16, 24] as const;
/** Bits of a stored symbol's frequency, and of a table beside them, about. */
const SYMBOL_COST = 5.5;
const TABLE_COST = 8;
/** Bits by which tables fitted to a sample flatter it, for each symbol they hold. */
const FITTED_SYMBOL = 0.72;
/** Counters of one class of contexts. */
const CLASS = BUCKETS * ALPHABET;

/** Sampled elements of one tensor on their way into the count. */
export interface CountedSample {
  readonly grid: Grid;
  readonly child: Float32Array;
  /** On the child's grid; absent where nothing predicts the elements. */
  readonly prediction?: Float32Array;
  readonly scales: SampleScales;
  readonly columns: number;
  /** Elements of the tensor for each sampled one. */
  readonly weight: number;
}

/** Counted elements: how often each symbol in each context, and raw bits by class. */
class Counts {
  readonly symbols: Float64Array;
  readonly raw: Float64Array;

  constructor(classes: number) {
    this.symbols = new Float64Array(classes * CLASS);
    this.raw = new Float64Array(classes);
  }

  add(group: number, bucket: number, { symbol, raw }: Coded, weight: number): void {
    const at = group * CLASS + bucket * ALPHABET + symbol;
    this.symbols[at] = (this.symbols[at] ?? 0) + weight;
    this.raw[group] = (this.raw[group] ?? 0) + raw * weight;
  }
}

/** Counts the symbols that the residual coder would make of sampled elements, and tells what they would cost. */
export class SymbolCounter {
  readonly #steps = new Counts(STEP_CLASSES);
  /** Elements in bins, apart by the limit up to which they are. */
  readonly #bins = LIMITS.map(() => new Counts(QUARTERS));
  readonly #alone = new Counts(QUARTERS);
  #elements = 0;
  #sampled = 0;

  add({ grid, child, prediction, scales, columns, weight }: CountedSample): void {
    const coded: Coded = { symbol: 0, raw: 0 };
    const childBits = bitsOf(child);
    const predictedBits = prediction && bitsOf(prediction);
    for (let row = 0, at = 0; at < child.length; row += 1) {
      const rowScale = scales.rows[row] ?? 0;
      for (let column = 0; column < columns; column += 1, at += 1) {
        const scale = rowScale + (scales.columns[column] ?? 0);
        const c = childBits[at] ?? 0;
        if (!prediction || !predictedBits) {
          codeAlone(grid, c, scale, coded);
          this.#alone.add(quarterOf(scale), 0, coded, weight);
          continue;
        }
        const p = predictedBits[at] ?? 0;
        const k4 = k4Of(grid, p, scale);
        const bucket = bucketOf(grid, p);
        if (k4 < LIMITS[2]) {
          codeSteps(grid, c, p, coded);
          this.#steps.add(stepClass(k4), bucket, coded, weight);
        }
        if (k4 >= LIMITS[0]) {
          codeBins(grid, child[at] ?? 0, prediction[at] ?? 0, scale, coded);
          this.#bins[zoneOf(k4)]?.add(quarterOf(scale), bucket, coded, weight);
        }
      }
    }
    this.#elements += child.length * weight;
    this.#sampled += child.length;
  }

  /** Bits of all that was counted, tables included. */
  bits(): number {
    if (this.#elements === 0) return 0;
    const sampled = this.#sampled / this.#elements;
    const each = LIMITS.map((limit, number) => {
      const steps = bitsOfClasses([this.#steps], 0, stepClass(limit - 1) + 1, sampled);
      return steps + bitsOfClasses(this.#bins.slice(number), 0, QUARTERS, sampled);
    });
    return Math.min(...each) + bitsOfClasses([this.#alone], 0, QUARTERS, sampled);
  }
}

function zoneOf(k4: number): number {
  if (k4 >= LIMITS[2]) return 2;
  return k4 >= LIMITS[1] ? 1 : 0;
}

/**
 * Bits of counted symbols with one table for each class of contexts, or one for each context where that is less.
 * @param list counts that share their tables
 * @param sampled sampled elements for each counted one
 */
function bitsOfClasses(list: readonly Counts[], first: number, end: number, sampled: number): number {
  let bits = 0;
  for (let group = first; group < end; group += 1) {
    const symbols = new Float64Array(CLASS);
    for (const { symbols: all, raw } of list) {
      bits += raw[group] ?? 0;
      if (!hasAny(all, group)) continue;
      for (let at = 0; at < CLASS; at += 1) symbols[at] = (symbols[at] ?? 0) + (all[group * CLASS + at] ?? 0);
    }
    if (hasAny(symbols, 0)) bits += Math.min(apart(symbols, sampled), joined(symbols, sampled));
  }
  return bits;
}

function hasAny(symbols: Float64Array, group: number): boolean {
  for (let at = group * CLASS; at < (group + 1) * CLASS; at += 1) if (symbols[at] !== 0) return true;
  return false;
}

function apart(symbols: Float64Array, sampled: number): number {
  let bits = 0;
  for (let at = 0; at < CLASS; at += ALPHABET) bits += oneTable(symbols.subarray(at, at + ALPHABET), sampled);
  return bits;
}

function joined(symbols: Float64Array, sampled: number): number {
  const all = new Float64Array(ALPHABET);
  for (let at = 0; at < CLASS; at += 1) all[at % ALPHABET] = (all[at % ALPHABET] ?? 0) + (symbols[at] ?? 0);
  return oneTable(all, sampled);
}

function oneTable(counts: Float64Array, sampled: number): number {
  let total = 0;
  let sum = 0;
  let used = 0;
  for (const count of counts) {
    if (count === 0) continue;
    total += count;
    sum += count * Math.log2(count);
    used += 1;
  }
  if (total === 0) return 0;
  const flattery = sampled < 1 ? (used * FITTED_SYMBOL * (1 - sampled)) / sampled : 0;
  return total * Math.log2(total) - sum + used * SYMBOL_COST + TABLE_COST + flattery;
}
