import { gridStep, nativeGrid } from './infer-grids.ts';
import type { LaidOut, Layout } from './infer-layout.ts';

// A family as points: sampled elements of the tensors that most members have. Each tensor is scaled by how far the
// members lie apart in it, and counts by the number of its samples: that is what tells nearest from second nearest
// best (in units of the weights themselves, the sampled rows of one embedding decide). Distances and angles of these
// points are all that trees and merges need; a merge of values is a merge in any scaling.

const LEAST_OF_TENSOR = 8;
/** Members by whose differences a tensor is scaled. */
const SCALED_BY = 12;

/** A member of a family, as far as its place in it goes. */
export interface Placed extends LaidOut {
  /** Equal for members whose layouts have the same tensors. */
  readonly layoutKey: string;
}

/** Where the members of a family lie. */
export class FamilyPoints {
  readonly size: number;
  readonly dimensions: number;
  readonly #points: Point[] = [];
  readonly #rounding: Float64Array;
  readonly #blocks: readonly Block[];

  private constructor(size: number, blocks: readonly Block[]) {
    this.size = size;
    this.#blocks = blocks;
    const last = blocks.at(-1);
    this.dimensions = last ? last.start + last.places.length : 0;
    this.#rounding = new Float64Array(size);
  }

  /** @param coordinates of a point, about */
  static *of(members: readonly Placed[], coordinates: number): Generator<void, FamilyPoints> {
    const blocks = blocksOf(members, coordinates);
    const points = new FamilyPoints(members.length, blocks);
    for (const [index, member] of members.entries()) {
      yield;
      const { layout } = member;
      points.#points.push(pointOf(layout, blocks));
      points.#rounding[index] = roundingOf(layout, blocks);
    }
    return points;
  }

  /** Square of the distance of two members. */
  square(a: number, b: number): number {
    return a === b ? 0 : squareBetween(this.#points[a], this.#points[b], this.#blocks);
  }

  /** Square of the distance that rounding to its type moves a member by. */
  rounding(member: number): number {
    return this.#rounding[member] ?? 0;
  }

  /** Coordinates of a member; 0 for what it does not have. */
  coordinates(member: number): Float32Array {
    return this.#points[member]?.values ?? new Float32Array(this.dimensions);
  }
}

/** The sampled elements of one tensor, in every point that has it. */
interface Block {
  readonly key: string;
  readonly start: number;
  /** Positions in the tensor's sketch. */
  readonly places: Uint32Array;
  /** What an element is multiplied by. */
  readonly scale: number;
}

interface Point {
  readonly values: Float32Array;
  /** Whether it has each block. */
  readonly has: readonly boolean[];
  readonly whole: boolean;
}

function blocksOf(members: readonly Placed[], coordinates: number): Block[] {
  const counts = new Map<string, number>();
  const sizes = new Map<string, number>();
  const matrices = new Set<string>();
  for (const alike of Map.groupBy(members, ({ layoutKey }) => layoutKey).values()) {
    for (const [key, { tensor, matrix }] of alike[0]?.layout ?? []) {
      if (matrix) matrices.add(key);
      counts.set(key, (counts.get(key) ?? 0) + alike.length);
      sizes.set(key, tensor.values.length);
    }
  }
  const shared = [...counts].filter(([, count]) => count * 2 > members.length).map(([key]) => key);
  // Norms and biases move by a few steps of a 16-bit grid: much of their change is rounding.
  const common = shared.some((key) => matrices.has(key)) ? shared.filter((key) => matrices.has(key)) : shared;
  const available = common.reduce((sum, key) => sum + (sizes.get(key) ?? 0), 0);
  const part = Math.min(1, coordinates / available);
  const placed = common.map((key) => ({ key, places: placesIn(sizes.get(key) ?? 0, part) }));
  const total = placed.reduce((sum, { places }) => sum + places.length, 0);
  const skip = Math.max(1, Math.ceil(members.length / SCALED_BY));
  const sampled = members.filter((_, index) => index % skip === 0).map(({ layout }) => layout);
  let start = 0;
  return placed.map(({ key, places }): Block => {
    const spread = spreadOf(sampled, key, places);
    const block = { key, start, places, scale: spread > 0 ? 1 / Math.sqrt(total * spread) : 0 };
    start += places.length;
    return block;
  });
}

/** Positions spread over a sketch, not in step with its rows. */
function placesIn(size: number, part: number): Uint32Array {
  const count = Math.min(size, Math.max(LEAST_OF_TENSOR, Math.round(size * part)));
  if (count === size) return Uint32Array.from({ length: size }, (_, place) => place);
  const step = size / count;
  return Uint32Array.from({ length: count }, (_, place) => (place + ((place * 0.618_034) % 1)) * step);
}

/** Mean square of the differences between members in a tensor. */
function spreadOf(layouts: readonly Layout[], key: string, places: Uint32Array): number {
  const sampled = layouts.flatMap((layout) => layout.get(key)?.tensor.values ?? []);
  let sum = 0;
  let count = 0;
  for (const [index, a] of sampled.entries()) {
    for (const b of sampled.slice(0, index)) {
      for (const place of places) sum += (finite(a[place]) - finite(b[place])) ** 2;
      count += places.length;
    }
  }
  return count > 0 ? sum / count : 0;
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}

function pointOf(layout: Layout, blocks: readonly Block[]): Point {
  const last = blocks.at(-1);
  const values = new Float32Array(last ? last.start + last.places.length : 0);
  const has = blocks.map(({ key, start, places, scale }) => {
    const sampled = layout.get(key)?.tensor.values;
    if (!sampled) return false;
    for (const [index, place] of places.entries()) values[start + index] = finite(sampled[place]) * scale;
    return true;
  });
  return { values, has, whole: has.every(Boolean) };
}

function squareBetween(a: Point | undefined, b: Point | undefined, blocks: readonly Block[]): number {
  if (!a || !b) return 0;
  const all = a.values.length;
  if (a.whole && b.whole) return squareOver(a.values, b.values, 0, all);
  let sum = 0;
  let compared = 0;
  for (const [index, { start, places }] of blocks.entries()) {
    if (!a.has[index] || !b.has[index]) continue;
    sum += squareOver(a.values, b.values, start, start + places.length);
    compared += places.length;
  }
  return compared > 0 ? (sum * all) / compared : 0;
}

function squareOver(a: Float32Array, b: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

/** A value that is rounded to a grid of steps s is moved by s^2 / 12 in the mean of squares. */
function roundingOf(layout: Layout, blocks: readonly Block[]): number {
  let sum = 0;
  for (const { key, places, scale } of blocks) {
    const tensor = layout.get(key)?.tensor;
    if (!tensor) continue;
    const grid = nativeGrid(tensor);
    const { values } = tensor;
    for (const place of places) sum += (scale * gridStep(grid, values[place] ?? 0)) ** 2 / 12;
  }
  return sum;
}
