import type { FamilySpace } from './infer-space.ts';

// The shortest tree over the members of a family that are no merges: undirected, and with what is known beforehand
// built in. Two members that cannot have a parent among the others never meet in one tree.

/** What is known before distances are looked at. */
export interface TreeFacts {
  /** Parent of a node, where somebody said so. */
  readonly fixed: ReadonlyMap<number, number>;
  /** Nodes that have no parent among the nodes of the tree. */
  readonly capped: ReadonlySet<number>;
}

/** Neighbours of each node. */
export type Tree = Map<number, Set<number>>;

/** A neighbour that is as near, but for this, and has more neighbours is the better parent. */
const AS_NEAR = 1.03;

/** The shortest forest over `nodes` that holds the fixed edges. */
export function shortestTree(space: FamilySpace, nodes: readonly number[], facts: TreeFacts): Tree {
  const tree: Tree = new Map(nodes.map((node) => [node, new Set<number>()]));
  const groups = new Map(nodes.map((node) => [node, node]));
  const caps = new Set(facts.capped);
  const find = (node: number): number => {
    let at = node;
    for (let up = groups.get(at) ?? at; up !== at; up = groups.get(at) ?? at) at = up;
    groups.set(node, at);
    return at;
  };
  const join = (a: number, b: number): void => {
    const [one, other] = [find(a), find(b)];
    if (one === other || (caps.has(one) && caps.has(other))) return;
    groups.set(one, other);
    if (caps.has(one)) caps.add(other);
    tree.get(a)?.add(b);
    tree.get(b)?.add(a);
  };
  for (const [child, parent] of facts.fixed) if (tree.has(child) && tree.has(parent)) join(child, parent);
  for (const [a, b] of space.comparesAll ? spanning(space, nodes) : nearPairs(space, nodes)) join(a, b);
  preferHubs(space, tree, facts);
  return tree;
}

/** Prim's algorithm over all pairs; the edges, the shortest first. */
function spanning(space: FamilySpace, nodes: readonly number[]): [number, number][] {
  const [first, ...rest] = nodes;
  if (first === undefined) return [];
  const nearest = new Map(rest.map((node) => [node, { from: first, square: space.square(first, node) }]));
  const edges: { pair: [number, number]; square: number }[] = [];
  while (nearest.size > 0) {
    let best: { node: number; from: number; square: number } | undefined;
    for (const [node, { from, square }] of nearest) {
      if (!best || square < best.square) best = { node, from, square };
    }
    if (!best) break;
    const { node } = best;
    nearest.delete(node);
    edges.push({ pair: [best.from, node], square: best.square });
    for (const [other, known] of nearest) {
      const square = space.square(node, other);
      if (square < known.square) nearest.set(other, { from: node, square });
    }
  }
  return edges.sort((a, b) => a.square - b.square).map(({ pair }) => pair);
}

/** All pairs that are compared, the nearest first: joined in that order they make the shortest tree (Kruskal). */
function nearPairs(space: FamilySpace, nodes: readonly number[]): [number, number][] {
  const inside = new Set(nodes);
  const pairs = nodes.flatMap((node) =>
    [...space.among(node, inside)].map((other) => ({
      pair: [node, other] as [number, number],
      square: space.square(node, other),
    })),
  );
  return pairs.sort((a, b) => a.square - b.square).map(({ pair }) => pair);
}

/** Hangs a node on the neighbour of its neighbour where that is as near and has more around it. */
function preferHubs(space: FamilySpace, tree: Tree, facts: TreeFacts): void {
  const isFixed = (a: number, b: number): boolean => facts.fixed.get(a) === b || facts.fixed.get(b) === a;
  const degree = (node: number): number => tree.get(node)?.size ?? 0;
  for (const node of tree.keys()) {
    for (const neighbour of [...(tree.get(node) ?? [])]) {
      if (isFixed(node, neighbour)) continue;
      const limit = space.distance(node, neighbour) * AS_NEAR;
      const hub = [...space.among(node, tree.get(neighbour) ?? new Set())].find(
        (other) =>
          other !== node && degree(other) > degree(neighbour) && space.distance(node, other) <= limit,
      );
      if (hub === undefined) continue;
      tree.get(node)?.delete(neighbour);
      tree.get(neighbour)?.delete(node);
      tree.get(node)?.add(hub);
      tree.get(hub)?.add(node);
    }
  }
}

/** The trees of a forest: nodes of each, every node after the one it was reached from. */
export function treesOf(tree: Tree): { tree: Tree; nodes: number[]; from: Map<number, number> }[] {
  const left = new Set(tree.keys());
  const trees = [];
  for (const start of tree.keys()) {
    if (!left.delete(start)) continue;
    const nodes = [start];
    const from = new Map<number, number>();
    for (const node of nodes) {
      for (const next of tree.get(node) ?? []) {
        if (!left.delete(next)) continue;
        from.set(next, node);
        nodes.push(next);
      }
    }
    trees.push({ tree, nodes, from });
  }
  return trees;
}

/** Nodes on the way from one node to another, both included; empty where there is none. */
export function pathBetween(tree: Tree, start: number, end: number): number[] {
  const from = new Map<number, number>([[start, start]]);
  const open = [start];
  for (const node of open) {
    if (node === end) break;
    for (const next of tree.get(node) ?? []) {
      if (from.has(next)) continue;
      from.set(next, node);
      open.push(next);
    }
  }
  if (!from.has(end) || !tree.has(start)) return [];
  const path = [end];
  for (let at = end; at !== start;) {
    at = from.get(at) ?? start;
    path.unshift(at);
  }
  return path;
}
