import type { LineageEdge } from './edges.ts';

const trust = { confirmed: 2, declared: 1, measured: 0 } as const;

/** Edges without those that would make a model its own ancestor: what is trusted more stays. */
export function withoutCircles(edges: readonly LineageEdge[]): LineageEdge[] {
  const all = new Map<number, number[]>();
  for (const { child, parent, directed } of edges) {
    if (directed) all.set(child, [...(all.get(child) ?? []), parent]);
  }
  const entangled = inCircles(all);
  const parents = new Map<number, number[]>();
  const kept = new Set<LineageEdge>();
  const descends = (from: number, wanted: number): boolean => {
    const seen = new Set([from]);
    for (const model of seen) {
      if (model === wanted) return true;
      for (const parent of parents.get(model) ?? []) seen.add(parent);
    }
    return false;
  };
  const order = [...edges].sort(
    (a, b) => trust[b.evidence] - trust[a.evidence] || b.confidence - a.confidence,
  );
  for (const edge of order) {
    const { child, parent, directed } = edge;
    const both = entangled.has(child) && entangled.has(parent);
    if (child === parent || (directed && both && descends(parent, child))) continue;
    kept.add(edge);
    if (directed) parents.set(child, [...(parents.get(child) ?? []), parent]);
  }
  return edges.filter((edge) => kept.has(edge));
}

/**
 * Models that may lie on a circle of parents: what is left when those without parents are taken away, again and again,
 * and those without children.
 */
export function inCircles(parents: ReadonlyMap<number, readonly number[]>): Set<number> {
  const children = new Map<number, number[]>();
  for (const [child, above] of parents) {
    for (const parent of above) {
      const below = children.get(parent);
      if (below) below.push(child);
      else children.set(parent, [child]);
    }
  }
  const left = new Set([...parents.keys(), ...children.keys()]);
  takeEnds(left, parents, children);
  takeEnds(left, children, parents);
  return left;
}

/** Takes models away of which nothing is left on one side. */
function takeEnds(
  left: Set<number>,
  onThatSide: ReadonlyMap<number, readonly number[]>,
  onTheOther: ReadonlyMap<number, readonly number[]>,
): void {
  const counts = new Map(
    [...left].map((model) => [
      model,
      (onThatSide.get(model) ?? []).filter((other) => left.has(other)).length,
    ]),
  );
  const ends = [...left].filter((model) => counts.get(model) === 0);
  for (const end of ends) {
    left.delete(end);
    for (const other of onTheOther.get(end) ?? []) {
      const count = (counts.get(other) ?? 0) - 1;
      counts.set(other, count);
      if (count === 0 && left.has(other)) ends.push(other);
    }
  }
}
