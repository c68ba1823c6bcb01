import type { FamilyPoints } from './infer-points.ts';

// Who lies near whom in a family of thousands. Points are projected to a few numbers, which keep distances well enough
// to tell the nearest from most others; those that seem nearest are then measured.

/** Numbers that a point is projected to. */
const PROJECTED = 32;
/** Members that seem nearest and are measured, and those of them that are kept. */
const MEASURED = 64;
const KEPT = 32;
/** Members that lie in the middle of the family: a base has most of the others around it. */
const HUBS = 8;
const HUB_SAMPLE = 48;
/** Members that one is compared with at most: those that are listed near it. */
const WINDOW = 16_384;

/** For each member those that it is compared with. */
export interface NearLists {
  /** The nearest ones and the hubs, in the order of their positions; never itself. */
  of(member: number): number[];
}

/** Finds who is near whom; the work for each member is bounded. */
export function* nearLists(points: FamilyPoints): Generator<void, NearLists> {
  const { size } = points;
  const hubs = yield* hubsOf(points);
  const projected = new Float32Array(size * PROJECTED);
  for (let member = 0; member < size; member += 1) {
    yield;
    project(points.coordinates(member), projected.subarray(member * PROJECTED, (member + 1) * PROJECTED));
  }
  const lists: Uint32Array[] = [];
  for (let member = 0; member < size; member += 1) {
    yield;
    const measured = seemingNearest(projected, size, member)
      .map((other) => ({ other, square: points.square(member, other) }))
      .sort((a, b) => a.square - b.square || a.other - b.other)
      .slice(0, KEPT)
      .map(({ other }) => other);
    const near = new Set([...measured, ...hubs]);
    near.delete(member);
    lists.push(Uint32Array.from(near).sort());
  }
  return { of: (member) => [...(lists[member] ?? [])] };
}

/** The members that are nearest to a sample of all. */
function* hubsOf(points: FamilyPoints): Generator<void, number[]> {
  const step = points.size / HUB_SAMPLE;
  const sample = Array.from({ length: HUB_SAMPLE }, (_, at) => Math.floor(at * step));
  const totals: { member: number; total: number }[] = [];
  for (let member = 0; member < points.size; member += 1) {
    yield;
    // Distances, not squares: one far stranger must not decide.
    const total = sample.reduce((sum, other) => sum + Math.sqrt(points.square(member, other)), 0);
    totals.push({ member, total });
  }
  return totals
    .sort((a, b) => a.total - b.total || a.member - b.member)
    .slice(0, HUBS)
    .map(({ member }) => member);
}

/** Adds every coordinate to one of the numbers or takes it from it: that keeps distances on average. */
function project(point: Float32Array, into: Float32Array): void {
  let hash = 0x9e37_79b9;
  for (const coordinate of point) {
    hash ^= hash << 13;
    hash ^= hash >>> 17;
    hash ^= hash << 5;
    const at = (hash >>> 8) % PROJECTED;
    into[at] = (into[at] ?? 0) + ((hash & 1) === 0 ? coordinate : -coordinate);
  }
}

function seemingNearest(projected: Float32Array, size: number, member: number): number[] {
  const count = Math.min(size, WINDOW);
  const first = Math.max(0, Math.min(member - count / 2, size - count)) >>> 0;
  const distances = new Float32Array(count);
  for (let at = 0; at < count; at += 1) {
    let sum = 0;
    for (let number = 0; number < PROJECTED; number += 1) {
      const difference =
        (projected[member * PROJECTED + number] ?? 0) - (projected[(first + at) * PROJECTED + number] ?? 0);
      sum += difference * difference;
    }
    distances[at] = sum;
  }
  const limit = distances.slice().sort()[Math.min(count - 1, MEASURED)] ?? 0;
  const nearest: number[] = [];
  // Of many that are equally near, the first.
  for (let at = 0; at < count && nearest.length <= MEASURED; at += 1) {
    if ((distances[at] ?? 0) <= limit && first + at !== member) nearest.push(first + at);
  }
  return nearest;
}
