import type { Node, Solution } from './problem.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
  /** The edge of the graph before the contraction that it stands for. */
  readonly stands: Edge | undefined;
}

/** The node from which all that comes from outside leads. */
const ROOT = 0;

/**
 * The least cost without bounds: Chu-Liu and Edmonds' minimum arborescence. Time: nodes times ways.
 * @param nodes each has a way from outside
 */
export function minimumArborescence(nodes: readonly Node[]): Solution {
  const edges = nodes.flatMap(({ ways }, node) =>
    ways.map(({ from, cost }): Edge => ({ from: from + 1, to: node + 1, cost, stands: undefined })),
  );
  const chosen = solve(nodes.length + 1, edges);
  return nodes.map(({ ways }, node) => {
    const edge = chosen.get(node + 1);
    return ways.findIndex(({ from, cost }) => from + 1 === edge?.from && cost === edge.cost);
  });
}

/** The edge into each node but the root. */
function solve(count: number, edges: readonly Edge[]): Map<number, Edge> {
  const cheapest = new Map<number, Edge>();
  for (const edge of edges) {
    if (edge.to === ROOT || edge.from === edge.to) continue;
    const known = cheapest.get(edge.to);
    if (!known || edge.cost < known.cost) cheapest.set(edge.to, edge);
  }
  const circle = findCircle(cheapest);
  if (!circle) return cheapest;
  // The circle becomes one node; an edge into it costs what it adds to the edge that it replaces.
  const merged = count;
  const place = (node: number): number => (circle.has(node) ? merged : node);
  const contracted = edges
    .filter(({ from, to }) => place(from) !== place(to))
    .map((edge): Edge => {
      const saved = circle.has(edge.to) ? (cheapest.get(edge.to)?.cost ?? 0) : 0;
      return { from: place(edge.from), to: place(edge.to), cost: edge.cost - saved, stands: edge };
    });
  const chosen = new Map<number, Edge>();
  for (const node of circle) {
    const edge = cheapest.get(node);
    if (edge) chosen.set(node, edge);
  }
  for (const { stands } of solve(count + 1, contracted).values()) if (stands) chosen.set(stands.to, stands);
  return chosen;
}

function findCircle(cheapest: ReadonlyMap<number, Edge>): Set<number> | undefined {
  const done = new Set<number>([ROOT]);
  for (const start of cheapest.keys()) {
    const trail = new Set<number>();
    let node = start;
    while (!done.has(node) && !trail.has(node)) {
      trail.add(node);
      node = cheapest.get(node)?.from ?? ROOT;
    }
    if (trail.has(node)) return new Set([...trail].slice([...trail].indexOf(node)));
    for (const each of trail) done.add(each);
  }
  return undefined;
}
