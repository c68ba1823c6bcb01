import type { Tree } from './infer-tree.ts';

// Directions in a tree: each node has one parent at most, so that the place of the root decides all of them. Every
// sign between two neighbours makes the roots on one side of their edge likelier; where nothing else speaks, a node
// with many neighbours is likelier than its neighbours: a base has many children, nothing has two parents.

/** Logarithm of the odds that one more neighbour makes a hub of three or more the root. */
const HUB = Math.log(3);

/** How likely each node of a tree is its root. */
export type RootChances = ReadonlyMap<number, number>;

/**
 * @param nodes of one tree, every node after the one it was reached from
 * @param from the node that each but the first was reached from
 * @param sign logarithm of the odds that `a` is the parent of its neighbour `b`
 * @param favour logarithm of the odds by which a node is a likelier root for reasons of its own
 */
export function rootChances(
  tree: Tree,
  nodes: readonly number[],
  from: ReadonlyMap<number, number>,
  sign: (a: number, b: number) => number,
  favour: (node: number) => number,
): RootChances {
  const between = nodes.filter((node) => tree.get(node)?.size === 2).length;
  const scores = new Map<number, number>();
  for (const node of nodes) {
    const above = from.get(node);
    // From the root above to this one, only the edge between them turns round.
    const path = above === undefined ? 0 : (scores.get(above) ?? 0) - sign(above, node);
    scores.set(node, path);
  }
  const total = nodes.map((node) => {
    const degree = tree.get(node)?.size ?? 0;
    const hub = degree > 2 ? HUB * (degree - 1) : degree === 2 ? -Math.log(between) : 0;
    return { node, score: (scores.get(node) ?? 0) + hub + favour(node) };
  });
  const most = Math.max(...total.map(({ score }) => score));
  const weights = total.map(({ node, score }) => ({ node, weight: Math.exp(score - most) }));
  const sum = weights.reduce((all, { weight }) => all + weight, 0);
  return new Map(weights.map(({ node, weight }) => [node, weight / sum]));
}

/** For each node but the first: how likely the node it was reached from is its parent. */
export function parentChances(
  nodes: readonly number[],
  from: ReadonlyMap<number, number>,
  chances: RootChances,
): Map<number, number> {
  const below = new Map(nodes.map((node) => [node, chances.get(node) ?? 0]));
  for (const node of [...nodes].reverse()) {
    const above = from.get(node);
    if (above !== undefined) below.set(above, (below.get(above) ?? 0) + (below.get(node) ?? 0));
  }
  return new Map(
    nodes.filter((node) => from.has(node)).map((node) => [node, Math.min(1, Math.max(0, 1 - (below.get(node) ?? 0)))]),
  );
}
