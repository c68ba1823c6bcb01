import type { Tree } from './infer-tree.ts';

// Directions in a tree: each node has one parent at most, so that the place of the root decides all of them. Every
// sign between two neighbours makes the roots on one side of their edge likelier; where nothing else speaks, a node
// with many children around it is likelier than they are: a base has many children, nothing has two parents.

/** Logarithm of the odds that one more neighbour makes a hub the root. */
const HUB = Math.log(3);
/** Chance from which a direction is stated. */
const SURE = 0.8;
/** How much the odds must exceed those that the form of the tree gives by itself: most nodes lie on one side. */
const TOLD = 2.5;

/** One tree of a forest. */
export interface RootedTree {
  readonly tree: Tree;
  /** Every node after the one it was reached from. */
  readonly nodes: readonly number[];
  /** The node that each but the first was reached from. */
  readonly from: ReadonlyMap<number, number>;
}

/** What is known of the root. */
export interface RootEvidence {
  /** Logarithm of the odds that `a` is the parent of its neighbour `b`. */
  readonly sign: (a: number, b: number) => number;
  /** Logarithm of the odds by which a node is a likelier root for reasons of its own. */
  readonly favour: (node: number) => number;
  /** Whether the neighbours of a node lie around it as children lie around a base. */
  readonly isHub: (node: number) => boolean;
}

/** How sure it is that one of two neighbours is the parent of the other. */
export interface Direction {
  readonly chance: number;
  /** Sure enough, and for a reason. */
  readonly stated: boolean;
}

/** How likely each node of a tree is its root. */
export function rootChances({ tree, nodes, from }: RootedTree, evidence: RootEvidence): Map<number, number> {
  const degree = (node: number): number => tree.get(node)?.size ?? 0;
  const inner = nodes.filter((node) => degree(node) > 1).length;
  const paths = new Map<number, number>();
  const scores = nodes.map((node) => {
    const above = from.get(node);
    // From the root above to this one, only the edge between them turns round.
    const path = above === undefined ? 0 : (paths.get(above) ?? 0) - evidence.sign(above, node);
    paths.set(node, path);
    const hub = degree(node) > 2 && evidence.isHub(node);
    const form = hub ? HUB * (degree(node) - 1) : degree(node) > 1 ? -Math.log(inner) : 0;
    return { node, score: path + form + evidence.favour(node) };
  });
  const most = Math.max(...scores.map(({ score }) => score));
  const weights = scores.map(({ node, score }) => ({ node, weight: Math.exp(score - most) }));
  const sum = weights.reduce((all, { weight }) => all + weight, 0);
  return new Map(weights.map(({ node, weight }) => [node, weight / sum]));
}

/** For two neighbours in a tree: how sure it is that the first is the parent of the second. */
export function directionsOf(
  place: RootedTree,
  chances: ReadonlyMap<number, number>,
): (parent: number, child: number) => Direction | undefined {
  const even = { sign: () => 0, favour: () => 0, isHub: () => false };
  const [told, untold] = [chances, rootChances(place, even)].map((one) => chancesBelow(place, one));
  return (parent, child) => {
    const down = place.from.get(child) === parent;
    if (!down && place.from.get(parent) !== child) return undefined;
    const below = (sums: ReadonlyMap<number, number> | undefined): number =>
      Math.min(1, Math.max(0, sums?.get(down ? child : parent) ?? 0));
    const chance = down ? 1 - below(told) : below(told);
    const before = down ? 1 - below(untold) : below(untold);
    return { chance, stated: chance >= SURE && oddsOf(chance) >= TOLD * oddsOf(before) };
  };
}

/** For each node: how likely the root lies there, or further away from the first. */
function chancesBelow(
  { nodes, from }: RootedTree,
  chances: ReadonlyMap<number, number>,
): Map<number, number> {
  const below = new Map(nodes.map((node) => [node, chances.get(node) ?? 0]));
  for (const node of [...nodes].reverse()) {
    const above = from.get(node);
    if (above !== undefined) below.set(above, (below.get(above) ?? 0) + (below.get(node) ?? 0));
  }
  return below;
}

function oddsOf(chance: number): number {
  return chance / Math.max(1e-12, 1 - chance);
}
