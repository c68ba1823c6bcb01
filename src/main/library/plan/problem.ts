// The plan as a problem of numbers: nodes are the models that may still go either way, each with its ways to be
// stored. A way leads from another node, or from outside: kept as it is, stored alone, or against a model whose place
// is settled. A solution takes one way for each node, without circles: an arborescence. The least bytes without bounds
// are those of Chu-Liu and Edmonds; with a bound on depth the problem is NP-hard (Bhattacherjee et al., VLDB 2015).

/** One way to store a node. */
export interface Way {
  /** Number of the node that it is decoded with; -1: from outside. */
  readonly from: number;
  /** What counts: bytes, and for a way that is the last resort a penalty. */
  readonly cost: number;
  /** From outside: deltas on the way. From a node: 1, to be added to those of that node. */
  readonly depth: number;
  /** Seconds until it can be read, in the same manner. */
  readonly seconds: number;
}

/** A model that may still go either way: its ways, the cheapest first. */
export interface Node {
  readonly ways: readonly Way[];
}

/** Bounds on every node. */
export interface Bounds {
  readonly depth: number;
  readonly seconds: number;
}

/** Number of the chosen way of each node. */
export type Solution = readonly number[];

/** Where a node stands in a solution. */
export interface Standing {
  readonly depth: number;
  readonly seconds: number;
}

/** The way that a node takes. */
export function wayOf(nodes: readonly Node[], solution: Solution, node: number): Way {
  const way = nodes[node]?.ways[solution[node] ?? 0];
  if (!way) throw new Error('every node has a way');
  return way;
}

/**
 * Depth and seconds of all nodes.
 * @returns undefined when there is a circle
 */
export function standingsOf(nodes: readonly Node[], solution: Solution): Standing[] | undefined {
  const known = new Map<number, Standing>();
  for (const start of nodes.keys()) {
    const trail: number[] = [];
    let node = start;
    while (node >= 0 && !known.has(node)) {
      if (trail.includes(node)) return undefined;
      trail.push(node);
      node = wayOf(nodes, solution, node).from;
    }
    for (const each of trail.reverse()) {
      const { from, depth, seconds } = wayOf(nodes, solution, each);
      const below = known.get(from) ?? { depth: 0, seconds: 0 };
      known.set(each, { depth: below.depth + depth, seconds: below.seconds + seconds });
    }
  }
  return nodes.map((_, node) => known.get(node) ?? { depth: 0, seconds: 0 });
}

/** Sum of what all chosen ways cost. */
export function costOf(nodes: readonly Node[], solution: Solution): number {
  return nodes.reduce((sum, _, node) => sum + wayOf(nodes, solution, node).cost, 0);
}

/** Whether a solution has no circle and keeps the bounds; what is kept as it is always does. */
export function isWithin(nodes: readonly Node[], solution: Solution, bounds: Bounds): boolean {
  const standings = standingsOf(nodes, solution);
  const fits = ({ depth, seconds }: Standing): boolean =>
    depth === 0 || (depth <= bounds.depth && seconds <= bounds.seconds);
  return standings?.every(fits) ?? false;
}
