import type { FamilySpace } from './infer-space.ts';

/** Mean cosine between the changes of children of one base at most, and the least of two. Measured: -0.1 to 0.2. */
const COMMON = 0.25;
const OPPOSITE = -0.3;
/** Neighbours of a hub whose angles are looked at. */
const MOST_ANGLES = 32;

/**
 * Whether neighbours lie around a node as children lie around a base: their changes from it have little in common,
 * neither the same direction (the base is elsewhere, and this is one of its children) nor opposite ones (it is a mean).
 */
export function isHub(space: FamilySpace, node: number, neighbours: readonly number[]): boolean {
  let total = 0;
  let pairs = 0;
  for (const [index, a] of neighbours.slice(0, MOST_ANGLES).entries()) {
    for (const b of neighbours.slice(index + 1, MOST_ANGLES)) {
      const lengths = space.distance(node, a) * space.distance(node, b);
      const cosine = lengths > 0 ? space.product(node, a, b) / lengths : 0;
      if (cosine < OPPOSITE) return false;
      total += cosine;
      pairs += 1;
    }
  }
  return pairs > 0 && total / pairs <= COMMON;
}
