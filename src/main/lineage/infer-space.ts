import type { Layout } from './infer-layout.ts';
import { gridStep, nativeGrid } from './infer-grids.ts';

// A family as points: sampled elements of the tensors that most members have, each tensor scaled so that distances
// are relative (root of the mean, over all elements of the model, of the squared change in units of its tensor's
// root mean square). Distances and angles are all that trees and merges need.

/** Coordinates of a model, by the size of its family: pairs times coordinates is the work. */
function coordinatesFor(members: number): number {
  if (members <= 128) return 16_384;
  return members <= 800 ? 4096 : 1024;
}

/** Points and the distances between them. */
export class FamilySpace {
  readonly size: number;
  readonly #squares: Float64Array;
  readonly #noise: Float64Array;

  /** @param layouts of the members, in their order */
  constructor(layouts: readonly Layout[]) {
    this.size = layouts.length;
    const blocks = blocksOf(layouts);
    const points = layouts.map((layout) => pointOf(layout, blocks));
    this.#squares = new Float64Array((this.size * (this.size - 1)) / 2);
    for (let a = 1; a < this.size; a += 1) {
      for (let b = 0; b < a; b += 1) {
        this.#squares[(a * (a - 1)) / 2 + b] = squareBetween(points[a], points[b], blocks);
      }
    }
    this.#noise = Float64Array.from(layouts, (layout) => roundingOf(layout, blocks));
  }

  /** Square of the relative distance of two members. */
  square(a: number, b: number): number {
    if (a === b) return 0;
    const [high, low] = a > b ? [a, b] : [b, a];
    return this.#squares[(high * (high - 1)) / 2 + low] ?? 0;
  }

  /** Relative distance of two members: 0.08 is a change by 8 %. */
  distance(a: number, b: number): number {
    return Math.sqrt(this.square(a, b));
  }

  /** Product of the steps from `from` to `a` and to `b`, in squared relative distances. */
  product(from: number, a: number, b: number): number {
    return (this.square(from, a) + this.square(from, b) - this.square(a, b)) / 2;
  }

  /** Square of the distance that rounding to its type moves a member by. */
  rounding(member: number): number {
    return this.#noise[member] ?? 0;
  }

  /** The nearest members that pass, the nearest first. */
  nearest(member: number, count: number, passes: (other: number) => boolean): number[] {
    const others = Array.from({ length: this.size }, (_, other) => other).filter(
      (other) => other !== member && passes(other),
    );
    return others.sort((a, b) => this.square(member, a) - this.square(member, b)).slice(0, count);
  }
}

/** The sampled elements of one tensor, in every point that has it. */
interface Block {
  readonly key: string;
  readonly start: number;
  /** Positions in the tensor's sketch. */
  readonly places: readonly number[];
  /** What an element is multiplied by. */
  readonly scale: number;
  /** Part of the model's elements. */
  readonly weight: number;
}

interface Point {
  readonly values: Float32Array;
  /** Part of all elements that the model has. */
  readonly has: readonly boolean[];
  readonly whole: boolean;
}

function blocksOf(layouts: readonly Layout[]): Block[] {
  const counts = new Map<string, number>();
  for (const layout of layouts) for (const key of layout.keys()) counts.set(key, (counts.get(key) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count * 2 > layouts.length).map(([key]) => key);
  const sizes = common.map((key) => partIn(layouts, key)?.elements ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let start = 0;
  return common.flatMap((key): Block[] => {
    const part = partIn(layouts, key);
    if (!part || total === 0) return [];
    const weight = part.elements / total;
    const available = part.tensor.values.length;
    const count = Math.min(available, Math.max(8, Math.round(weight * coordinatesFor(layouts.length))));
    const places = Array.from({ length: count }, (_, place) =>
      Math.min(available - 1, Math.floor(((place + ((place * 0.618_034) % 1)) * available) / count)),
    );
    const rms = rootMeanSquare(layouts, key, places);
    const block = { key, start, places, scale: rms > 0 ? Math.sqrt(weight / count) / rms : 0, weight };
    start += count;
    return [block];
  });
}

function partIn(layouts: readonly Layout[], key: string) {
  for (const layout of layouts) {
    const part = layout.get(key);
    if (part) return part;
  }
  return undefined;
}

/** Over a few members: no single odd one sets the measure. */
function rootMeanSquare(layouts: readonly Layout[], key: string, places: readonly number[]): number {
  let sum = 0;
  let count = 0;
  const skip = Math.max(1, Math.floor(layouts.length / 8));
  for (let index = 0; index < layouts.length; index += skip) {
    const values = layouts[index]?.get(key)?.tensor.values;
    if (!values) continue;
    for (const place of places) {
      sum += finite(values[place]) ** 2;
      count += 1;
    }
  }
  return count > 0 ? Math.sqrt(sum / count) : 0;
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
  if (a.whole && b.whole) return squareOver(a.values, b.values, 0, a.values.length);
  let sum = 0;
  let weight = 0;
  for (const [index, block] of blocks.entries()) {
    if (!a.has[index] || !b.has[index]) continue;
    sum += squareOver(a.values, b.values, block.start, block.start + block.places.length);
    weight += block.weight;
  }
  return weight > 0 ? sum / weight : 0;
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
    for (const place of places) sum += (scale * gridStep(grid, tensor.values[place] ?? 0)) ** 2 / 12;
  }
  return sum;
}
