import type { FamilySpace } from './infer-space.ts';

// Merges: models that are weighted means of others. On the line through a and b, |m - wa - (1-w)b| is a matter of
// three distances; for more parents it is a small system of equations. A true merge leaves what rounding leaves, and
// explaining a parent by its merge would need weights outside [0, 1]: so who was merged from whom is certain.

/** Relatives that are tried as parents. */
const CANDIDATES = 24;
/** Relatives that are tried as parents of a merge of more than two. */
const CANDIDATES_OF_MANY = 12;
/** Remainder, as a part of the distance from the nearest parent, up to which a merge is certain. */
const REMAINDER = 0.1;
/** Remainder of one that is buried in rounding, where rounding explains it. */
const ROUNDED_REMAINDER = 0.5;
const LEAST_SHARE = 0.04;
const MOST_PARENTS = 5;

/** Parents of a merge, and what they leave unexplained. */
export interface MergeFit {
  readonly parents: readonly { readonly node: number; readonly weight: number }[];
  /** Distance that is left, as a part of the distance from the nearest parent. */
  readonly remainder: number;
}

/** Which of the candidates are merges of other nodes, with their parents. */
export function* findMerges(
  space: FamilySpace,
  nodes: readonly number[],
  candidates: readonly number[],
  mayBe: (merge: number, parent: number) => boolean,
): Generator<void, Map<number, MergeFit>> {
  const fits = new Map<number, MergeFit[]>();
  const among = new Set(nodes);
  for (const node of candidates) {
    yield;
    const found = fitsOf(space, node, among, (parent) => mayBe(node, parent));
    if (found.length > 0) fits.set(node, found);
  }
  return settle(fits);
}

/** Ends first: the parents of a merge are no merges, or merges whose parents are known. */
function settle(fits: ReadonlyMap<number, readonly MergeFit[]>): Map<number, MergeFit> {
  const settled = new Map<number, MergeFit>();
  for (let before = -1; before < settled.size;) {
    before = settled.size;
    const known = new Set(settled.keys());
    for (const [node, found] of fits) {
      if (settled.has(node)) continue;
      const fit = found.find(({ parents }) =>
        parents.every((one) => !fits.has(one.node) || known.has(one.node)),
      );
      if (fit) settled.set(node, fit);
    }
  }
  return settled;
}

/** Certain explanations of a node, the best first. */
function fitsOf(
  space: FamilySpace,
  node: number,
  among: ReadonlySet<number>,
  mayBe: (parent: number) => boolean,
): MergeFit[] {
  const near = space.nearest(node, CANDIDATES, (other) => among.has(other) && mayBe(other));
  const certain: MergeFit[] = [];
  for (const [index, a] of near.entries()) {
    for (let other = index + 1; other < near.length; other += 1) {
      const fit = fitPair(space, node, a, near[other] ?? a);
      if (fit) certain.push(fit);
    }
  }
  if (certain.length > 0) return certain.sort((a, b) => a.remainder - b.remainder);
  const many = fitMany(space, node, near.slice(0, CANDIDATES_OF_MANY));
  return many ? [many] : [];
}

/** The place on the line through `a` and `b` that is nearest to a node: three distances tell it. */
function fitPair(space: FamilySpace, node: number, a: number, b: number): MergeFit | undefined {
  const [toA, toB, between] = [space.square(node, a), space.square(node, b), space.square(a, b)];
  const weight = (toB + between - toA) / (2 * between);
  if (!(weight >= LEAST_SHARE && weight <= 1 - LEAST_SHARE)) return undefined;
  const left = weight * toA + (1 - weight) * toB - weight * (1 - weight) * between;
  const remainder = certainRemainder(left, Math.min(toA, toB), space.rounding(node));
  if (remainder === undefined) return undefined;
  const parents = [
    { node: a, weight },
    { node: b, weight: 1 - weight },
  ];
  return { parents, remainder };
}

/** All candidates at once; those with next to no share are dropped until the rest have one. */
function fitMany(space: FamilySpace, node: number, candidates: readonly number[]): MergeFit | undefined {
  let parents = [...candidates];
  while (parents.length > 2) {
    const weights = shares(space, node, parents);
    if (!weights) return undefined;
    const least = Math.min(...weights);
    if (least >= LEAST_SHARE) break;
    parents = parents.filter((_, index) => (weights[index] ?? 0) > least);
  }
  return parents.length <= MOST_PARENTS ? fitMerge(space, node, parents) : undefined;
}

/** The weighted mean of `parents` that is nearest to a node, where it explains it for certain. */
export function fitMerge(space: FamilySpace, node: number, parents: readonly number[]): MergeFit | undefined {
  const weights = shares(space, node, parents);
  if (!weights?.every((weight) => weight >= LEAST_SHARE && weight <= 1 - LEAST_SHARE)) return undefined;
  const left = parents.reduce(
    (sum, a, row) =>
      sum +
      parents.reduce(
        (line, b, column) => line + (weights[row] ?? 0) * (weights[column] ?? 0) * space.product(node, a, b),
        0,
      ),
    0,
  );
  const near = Math.min(...parents.map((parent) => space.square(node, parent)));
  const remainder = certainRemainder(left, near, space.rounding(node));
  if (remainder === undefined) return undefined;
  return {
    parents: parents.map((parent, index) => ({ node: parent, weight: weights[index] ?? 0 })),
    remainder,
  };
}

/**
 * The remainder as a part of the distance from the nearest parent, where it is small enough to be certain.
 * @param left square of what is not explained
 * @param near square of the distance from the nearest parent
 * @param rounding square of what rounding to its type leaves
 */
export function certainRemainder(left: number, near: number, rounding: number): number | undefined {
  if (!(near > 0)) return undefined;
  const remainder = Math.sqrt(Math.max(0, left) / near);
  const rounded = remainder <= ROUNDED_REMAINDER && left <= 1.5 * rounding && near >= 4 * rounding;
  return remainder <= REMAINDER || rounded ? remainder : undefined;
}

/** Weights that add up to 1 and leave least; undefined where candidates cannot be told apart. */
function shares(space: FamilySpace, node: number, parents: readonly number[]): number[] | undefined {
  const [origin = 0, ...others] = parents;
  const matrix = others.map((a) => others.map((b) => space.product(origin, a, b)));
  const solved = solve(
    matrix,
    others.map((parent) => space.product(origin, node, parent)),
  );
  return solved && [1 - solved.reduce((sum, weight) => sum + weight, 0), ...solved];
}

/** Solves a small symmetric system by elimination with pivots; undefined where it is singular. */
export function solve(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): number[] | undefined {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  const largest = Math.max(...matrix.map((row, index) => row[index] ?? 0));
  const size = rows.length;
  for (let pivot = 0; pivot < size; pivot += 1) {
    const at = (index: number): number => Math.abs(rows[index]?.[pivot] ?? 0);
    let best = pivot;
    for (let index = pivot + 1; index < size; index += 1) if (at(index) > at(best)) best = index;
    const line = rows[best];
    if (!line || !(at(best) > 1e-9 * largest)) return undefined;
    rows[best] = rows[pivot] ?? line;
    rows[pivot] = line;
    for (const [index, row] of rows.entries()) {
      if (index === pivot) continue;
      const factor = (row[pivot] ?? 0) / (line[pivot] ?? 1);
      for (let column = pivot; column <= size; column += 1) {
        row[column] = (row[column] ?? 0) - factor * (line[column] ?? 0);
      }
    }
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}
