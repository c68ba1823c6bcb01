import { nearLists, type NearLists } from './infer-near.ts';
import { FamilyPoints, type Placed } from './infer-points.ts';

/** Members up to which all distances are measured once and kept; in larger families those that are asked for. */
const ALL_PAIRS = 1024;
/** Products of coordinates and pairs of members that all distances may cost, and bounds for the coordinates. */
const WORK = 2 ** 28;
const FEWEST = 512;
const MOST = 2 ** 17;
/** Coordinates of all members together in a family that is larger, and of one of them. */
const MOST_TOGETHER = 2 ** 24;
const MOST_OF_ONE = 2048;
/** Distances that are remembered of a large family. */
const REMEMBERED = 2 ** 16;

/**
 * Members as points and the distances between them. In a large family a member is compared with those near it and the
 * family's hubs alone, so that the work grows with the number of members and not with that of pairs.
 */
export class FamilySpace {
  readonly size: number;
  readonly #points: FamilyPoints;
  readonly #squares: Float64Array | undefined;
  readonly #near: NearLists | undefined;
  readonly #remembered = new Map<number, number>();

  private constructor(points: FamilyPoints, squares: Float64Array | undefined, near: NearLists | undefined) {
    this.size = points.size;
    this.#points = points;
    this.#squares = squares;
    this.#near = near;
  }

  /** @param members in their order; positions in it are what all others are called by */
  static *of(members: readonly Placed[]): Generator<void, FamilySpace> {
    const size = members.length;
    const pairs = (size * (size - 1)) / 2;
    if (size > ALL_PAIRS) {
      const coordinates = Math.min(MOST_OF_ONE, Math.max(FEWEST, MOST_TOGETHER / size));
      const points = yield* FamilyPoints.of(members, coordinates);
      return new FamilySpace(points, undefined, yield* nearLists(points));
    }
    const coordinates = Math.min(MOST, Math.max(FEWEST, WORK / Math.max(1, pairs)));
    const points = yield* FamilyPoints.of(members, coordinates);
    const squares = new Float64Array(pairs);
    for (let a = 1; a < size; a += 1) {
      yield;
      for (let b = 0; b < a; b += 1) squares[(a * (a - 1)) / 2 + b] = points.square(a, b);
    }
    return new FamilySpace(points, squares, undefined);
  }

  /** Whether every member is compared with every other. */
  get comparesAll(): boolean {
    return this.#near === undefined;
  }

  /** Square of the distance of two members. */
  square(a: number, b: number): number {
    if (a === b) return 0;
    const [high, low] = a > b ? [a, b] : [b, a];
    if (this.#squares) return this.#squares[(high * (high - 1)) / 2 + low] ?? 0;
    const key = high * this.size + low;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const square = this.#points.square(high, low);
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, square);
    return square;
  }

  /** Distance of two members, in units of the mean distance of all. */
  distance(a: number, b: number): number {
    return Math.sqrt(this.square(a, b));
  }

  /** Product of the steps from `from` to `a` and to `b`. */
  product(from: number, a: number, b: number): number {
    return (this.square(from, a) + this.square(from, b) - this.square(a, b)) / 2;
  }

  /** Square of the distance that rounding to its type moves a member by. */
  rounding(member: number): number {
    return this.#points.rounding(member);
  }

  /** Those of some members that one is compared with. It may be among them itself. */
  among(member: number, members: ReadonlySet<number>): Iterable<number> {
    return this.#near ? this.#near.of(member).filter((other) => members.has(other)) : members;
  }

  /** The nearest members that pass, the nearest first. */
  nearest(member: number, count: number, passes: (other: number) => boolean): number[] {
    const all = this.#near?.of(member) ?? Array.from({ length: this.size }, (_, other) => other);
    const others = all.filter((other) => other !== member && passes(other));
    return others.sort((a, b) => this.square(member, a) - this.square(member, b)).slice(0, count);
  }
}
