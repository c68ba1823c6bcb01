import type { LineageEdge } from './edges.ts';

const trust = { confirmed: 2, declared: 1, measured: 0 } as const;

/** Edges without those that would make a model its own ancestor: what is trusted more stays. */
export function withoutCircles(edges: readonly LineageEdge[]): LineageEdge[] {
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
    if (child === parent || (directed && descends(parent, child))) continue;
    kept.add(edge);
    if (directed) parents.set(child, [...(parents.get(child) ?? []), parent]);
  }
  return edges.filter((edge) => kept.has(edge));
}
