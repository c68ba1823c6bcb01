import type { FamilySpace } from './infer-space.ts';
import { certainRemainder, solve, type MergeFit } from './merge-fit.ts';

// Task arithmetic: base + w (A - base) + v (B - base), with weights that need not add up to 1. From the bytes alone
// base and result are two corners of one parallelogram; where the base is known, only one of them is the sum.

const CANDIDATES = 12;
const LEAST_WEIGHT = 0.05;
const MOST_WEIGHT = 1.6;

/** The updates of two others, or three, that a node is the sum of, where that is certain. */
export function fitArithmetic(
  space: FamilySpace,
  root: number,
  node: number,
  mayBe: (parent: number) => boolean,
): MergeFit | undefined {
  const near = space.nearest(node, CANDIDATES, (other) => other !== root && mayBe(other));
  const pairs = near.flatMap((a, index) => near.slice(index + 1).map((b) => [a, b]));
  const best = bestOf(space, root, node, pairs);
  if (best) return best;
  const triples = pairs.flatMap(([a = 0, b = 0]) => near.slice(near.indexOf(b) + 1).map((c) => [a, b, c]));
  return bestOf(space, root, node, triples);
}

function bestOf(
  space: FamilySpace,
  root: number,
  node: number,
  sets: readonly (readonly number[])[],
): MergeFit | undefined {
  const fits = sets.map((parents) => fit(space, root, node, parents)).filter((one) => one !== undefined);
  return fits.sort((a, b) => a.remainder - b.remainder)[0];
}

function fit(
  space: FamilySpace,
  root: number,
  node: number,
  parents: readonly number[],
): MergeFit | undefined {
  const right = parents.map((parent) => space.product(root, parent, node));
  const weights = solve(
    parents.map((a) => parents.map((b) => space.product(root, a, b))),
    right,
  );
  if (!weights?.every((weight) => weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT)) return undefined;
  const explained = weights.reduce((sum, weight, index) => sum + weight * (right[index] ?? 0), 0);
  const near = Math.min(space.square(root, node), ...parents.map((parent) => space.square(node, parent)));
  const remainder = certainRemainder(space.square(root, node) - explained, near, space.rounding(node));
  if (remainder === undefined) return undefined;
  return {
    parents: parents.map((parent, index) => ({ node: parent, weight: weights[index] ?? 0 })),
    remainder,
  };
}
