import type { FamilySpace } from './infer-space.ts';

/** Cosine from which two changes share a direction. Measured between children of one base: -0.05 to 0.15. */
const SHARED = 0.25;
/** Part of the pairs of neighbours that may share a direction. */
const MOST_SHARED = 0.25;
/** Cosine up to which two changes are opposite. */
const OPPOSITE = -0.3;
/** Neighbours of a hub whose angles are looked at. */
const MOST_ANGLES = 32;

/**
 * Whether neighbours lie around a node as children lie around a base: their changes from it have little in common,
 * neither the same direction (the base is elsewhere, and this is one of its children) nor opposite ones (it is a mean).
 */
export function isHub(space: FamilySpace, node: number, neighbours: readonly number[]): boolean {
  let shared = 0;
  let pairs = 0;
  for (const [index, a] of neighbours.slice(0, MOST_ANGLES).entries()) {
    for (const b of neighbours.slice(index + 1, MOST_ANGLES)) {
      const lengths = space.distance(node, a) * space.distance(node, b);
      const cosine = lengths > 0 ? space.product(node, a, b) / lengths : 0;
      if (cosine < OPPOSITE) return false;
      if (cosine > SHARED) shared += 1;
      pairs += 1;
    }
  }
  return pairs > 0 && shared <= MOST_SHARED * pairs;
}
