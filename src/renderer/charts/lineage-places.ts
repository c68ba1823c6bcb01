import type { LineageNode } from './lineage-layout.ts';

/** Where a node stands in the tree, as readers say it. */
export interface LineagePlace {
  readonly level: number;
  /** Number among those below the same home, from 1, and how many they are. */
  readonly at: number;
  readonly of: number;
}

/** Places of all nodes by their keys; nodes come in reading order. */
export function placesOf(nodes: readonly LineageNode[]): Map<string, LineagePlace> {
  const siblings = Map.groupBy(nodes, ({ home }) => home);
  const passed = new Map<string | null, number>();
  const places = new Map<string, LineagePlace>();
  for (const { key, home } of nodes) {
    const at = (passed.get(home) ?? 0) + 1;
    passed.set(home, at);
    const above = home === null ? undefined : places.get(home);
    places.set(key, { level: (above?.level ?? 0) + 1, at, of: siblings.get(home)?.length ?? 1 });
  }
  return places;
}
