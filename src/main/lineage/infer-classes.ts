import { sameButForType, storedGrid, valueGrid } from './infer-grids.ts';
import type { LaidOut, Layout } from './infer-layout.ts';
import type { FamilySpace } from './infer-space.ts';

// Models that are one model in several types: a base and its cast, one training run saved twice. In the tree each
// such class is one node; inside it, casts hang on what they were cast from.

/** Members of a class that one is tried to be a cast of. */
const MOST_ORIGINS = 64;

/** What a member of a class is to another of the same class. */
export interface TypeOrigin {
  readonly from: number;
  /** `equal`: the same values; `cast`: rounded from it. */
  readonly how: 'equal' | 'cast';
  /** False where either may have come first. */
  readonly directed: boolean;
}

/** Members that hold one model in several types. */
export interface TypeClass {
  readonly members: readonly number[];
  /** Stands for the class: the one that the others were cast from. */
  readonly original: number;
  /** Members that came from another; the rest are roundings of something that is not here. */
  readonly origins: ReadonlyMap<number, TypeOrigin>;
}

/** Cuts a family into classes, in the order of their first members. */
export function* typeClasses(models: readonly LaidOut[], space: FamilySpace): Generator<void, TypeClass[]> {
  const left = new Set(models.keys());
  const classes: TypeClass[] = [];
  for (const index of models.keys()) {
    yield;
    if (!left.delete(index)) continue;
    const members = [index];
    for (const other of [...space.among(index, left)]) {
      const near = 2 * (space.rounding(index) + space.rounding(other)) + 1e-12;
      if (space.square(index, other) > near) continue;
      const [layout, candidate] = [models[index]?.layout, models[other]?.layout];
      if (!layout || !candidate || knownToDiffer(layout, candidate)) continue;
      if (sameButForType(layout, candidate) === undefined) continue;
      members.push(other);
      left.delete(other);
    }
    classes.push(classOf(members, models));
  }
  return classes;
}

/** Whether whole tensors of one type are known to be different, whatever the samples say. */
function knownToDiffer(a: Layout, b: Layout): boolean {
  return [...a].some(([key, { tensor }]) => {
    const other = b.get(key)?.tensor;
    const known = tensor.digest !== undefined && other?.digest !== undefined && tensor.dtype === other.dtype;
    return known && tensor.digest !== other.digest;
  });
}

function classOf(members: readonly number[], models: readonly LaidOut[]): TypeClass {
  const [first = 0] = members;
  if (members.length === 1) return { members, original: first, origins: new Map() };
  const ranks = new Map(members.map((member) => [member, rank(models[member]?.layout)]));
  const ranked = [...members].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0) || a - b);
  const [original = first] = ranked;
  const origins = new Map<number, TypeOrigin>();
  for (const member of ranked) {
    if (member === original) continue;
    const origin = originOf(member, ranked, models);
    if (origin) origins.set(member, origin);
  }
  return { members, original, origins };
}

/** Models in the type of their values come first, the finer before the coarser; then those in a wider type than that. */
function rank(layout: Layout | undefined): number {
  if (!layout) return 0;
  const [stored, value] = [storedGrid(layout), valueGrid(layout)];
  return (stored === value ? 0 : 10) + ['F32', 'F16', 'BF16'].indexOf(value);
}

function originOf(
  member: number,
  ranked: readonly number[],
  models: readonly LaidOut[],
): TypeOrigin | undefined {
  const layout = models[member]?.layout;
  // The first by rank: what many were cast from is among them.
  for (const from of ranked.slice(0, ranked.indexOf(member)).slice(0, MOST_ORIGINS)) {
    const origin = models[from]?.layout;
    if (!layout || !origin) continue;
    const same = sameButForType(origin, layout);
    if (same === 'b-of-a') return { from, how: 'cast', directed: true };
    if (same === 'equal') return { from, how: 'equal', directed: rank(origin) !== rank(layout) };
  }
  return undefined;
}
