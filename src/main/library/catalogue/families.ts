import type { LineageEdge } from '../../lineage/index.ts';

/** Models that edges connect, with the one that the family is called after. */
export interface Family {
  /** The member without parents that has most children; of equals, the lowest id. */
  readonly root: number;
  readonly members: readonly number[];
}

/** Groups models into families: the connected parts of their lineage. Models without an edge are in none. */
export function familiesOf(edges: readonly Pick<LineageEdge, 'child' | 'parent'>[]): Family[] {
  const neighbours = new Map<number, number[]>();
  const children = new Map<number, number>();
  const hasParent = new Set<number>();
  for (const { child, parent } of edges) {
    for (const [from, to] of [
      [child, parent],
      [parent, child],
    ] as const) {
      const list = neighbours.get(from);
      if (list === undefined) neighbours.set(from, [to]);
      else list.push(to);
    }
    hasParent.add(child);
    children.set(parent, (children.get(parent) ?? 0) + 1);
  }
  const families: Family[] = [];
  const seen = new Set<number>();
  for (const start of [...neighbours.keys()].sort((left, right) => left - right)) {
    if (seen.has(start)) continue;
    const members = reach(start, neighbours, seen).sort((left, right) => left - right);
    const founders = members.filter((member) => !hasParent.has(member));
    const [first = start, ...others] = founders.length > 0 ? founders : members;
    const count = (model: number): number => children.get(model) ?? 0;
    const root = others.reduce((best, model) => (count(model) > count(best) ? model : best), first);
    families.push({ root, members });
  }
  return families;
}

function reach(start: number, neighbours: ReadonlyMap<number, number[]>, seen: Set<number>): number[] {
  const members: number[] = [start];
  seen.add(start);
  for (let at = 0; at < members.length; at++) {
    for (const next of neighbours.get(members[at] ?? start) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      members.push(next);
    }
  }
  return members;
}
