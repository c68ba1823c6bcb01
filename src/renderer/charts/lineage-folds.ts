import type { LineageGraph } from './lineage-graph.ts';

/** A stack: models that are not drawn until a person opens it. */
export interface LineageFold {
  /** Names the fold among those that are open: the same each time. */
  readonly id: string;
  /** Below whom it stands; null: among those without a parent. */
  readonly home: number | null;
  /** All that it hides, or would, with what comes from them. */
  readonly hidden: readonly number[];
  readonly open: boolean;
}

export interface FoldedLineage {
  /** What stands below each home, in reading order: models, then at most one stack. */
  readonly shown: ReadonlyMap<number | null, readonly number[]>;
  readonly folds: ReadonlyMap<number | null, LineageFold>;
}

export interface FoldOptions {
  /** Ids of the folds that a person opened. */
  readonly open: ReadonlySet<string>;
  /** Models that must be seen whatever is folded, with those above them. */
  readonly keep: readonly number[];
}

/** Lineages of no more models than this are drawn whole. */
const wholeUpTo = 24;
/** Folded, no more than this are drawn, where that can be. */
const drawnUpTo = 90;
/**
 * How many are drawn below one home, by its layer (the first: of those without a parent), and none farther down.
 * The first that gives a picture of bearable size is taken.
 */
const levels = [
  [12, 7, 5, 3, 3, 3],
  [10, 6, 3, 2, 2, 1],
  [8, 6, 2, 1, 1],
  [7, 5, 1],
] as const;

/** Chooses what of a large lineage is drawn as stacks. What is not sure, and what has descendants, is folded last. */
export function foldLineage(graph: LineageGraph, { open, keep }: FoldOptions): FoldedLineage {
  const worth = worthShowing(graph);
  const nothing: FoldOptions = { open: new Set(), keep: [] };
  // What a person opened or selected has no say in how much the rest is folded: nothing else moves then.
  const limits = levels.find((level) => {
    const { shown } = fold(graph, level, worth, nothing);
    return [...shown.values()].flat().length <= drawnUpTo;
  });
  return fold(graph, limits ?? levels[3], worth, { open, keep });
}

function fold(
  graph: LineageGraph,
  limits: readonly number[],
  worth: ReadonlyMap<number, number>,
  { open, keep }: FoldOptions,
): FoldedLineage {
  const whole = graph.models.size <= wholeUpTo;
  const kept = new Set<number>();
  for (const id of keep) {
    for (
      let at = graph.homes.has(id) ? id : null;
      at !== null && !kept.has(at);
      at = graph.homes.get(at) ?? null
    ) {
      kept.add(at);
    }
  }
  const shown = new Map<number | null, readonly number[]>();
  const folds = new Map<number | null, LineageFold>();
  const homes: (number | null)[] = [null];
  for (let home = homes.pop(); home !== undefined; home = homes.pop()) {
    const list = graph.children.get(home) ?? [];
    const limit = limits[home === null ? 0 : (graph.layers.get(home) ?? 0) + 1] ?? 0;
    const best = list.toSorted((a, b) => (worth.get(b) ?? 0) - (worth.get(a) ?? 0)).slice(0, limit);
    const chosen = new Set([...best, ...list.filter((id) => kept.has(id))]);
    const rest = list.filter((id) => !chosen.has(id));
    const hidden = whole ? [] : withDescendants(graph, rest);
    const id = `below ${home ?? 'none'}`;
    const isOpen = open.has(id);
    const stacks = hidden.length > 1;
    if (stacks) folds.set(home, { id, home, hidden, open: isOpen });
    const visible = stacks && !isOpen ? list.filter((child) => chosen.has(child)) : list;
    if (visible.length > 0) shown.set(home, visible);
    homes.push(...visible.toReversed());
  }
  return { shown, folds };
}

function worthShowing({ models, children, links }: LineageGraph): Map<number, number> {
  const unsure = new Set(links.filter(({ sure }) => !sure).map(({ child }) => child));
  return new Map([...models.keys()].map((id) => [id, unsure.has(id) ? 2 : children.has(id) ? 1 : 0]));
}

function withDescendants({ children }: LineageGraph, first: readonly number[]): number[] {
  const all: number[] = [];
  const open = first.toReversed();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    all.push(id);
    open.push(...(children.get(id) ?? []).toReversed());
  }
  return all;
}
