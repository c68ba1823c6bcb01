import type { FoldedLineage } from './lineage-folds.ts';
import type { LineageGraph } from './lineage-graph.ts';

/** A line to be drawn, and between what: keys of nodes. */
export interface PlannedLine {
  readonly key: string;
  /** `tie`: relatives, without direction. */
  readonly kind: 'fine-tune' | 'merge' | 'tie';
  readonly from: string;
  readonly to: string;
  /** The models it is between; null: a stack stands for several. */
  readonly parent: number | null;
  readonly child: number | null;
  readonly sure: boolean;
  /** Whether it runs from the home of a model to it. */
  readonly home: boolean;
}

export function keyOfModel(id: number): string {
  return `model ${id}`;
}

export function keyOfFold(home: number | null): string {
  return `more ${home ?? ''}`;
}

/** The lines of what is shown. A stack stands for the parents in it; what comes from elsewhere into it is not drawn. */
export function planLines(graph: LineageGraph, { shown, folds }: FoldedLineage): PlannedLine[] {
  const keys = new Map<number, string>();
  const seen = new Set([...shown.values()].flat());
  for (const id of seen) keys.set(id, keyOfModel(id));
  for (const { home, hidden, open } of folds.values()) {
    if (!open) for (const id of hidden) keys.set(id, keyOfFold(home));
  }

  const lines = new Map<string, PlannedLine>();
  const add = (line: Omit<PlannedLine, 'key'>) => {
    const key = `${line.from} > ${line.to}`;
    if (line.from !== line.to && !lines.has(key)) lines.set(key, { key, ...line });
  };
  for (const { parent, child, merge, sure } of graph.links) {
    if (!seen.has(child)) continue;
    add({
      kind: merge ? 'merge' : 'fine-tune',
      from: keys.get(parent) ?? '',
      to: keyOfModel(child),
      parent: seen.has(parent) ? parent : null,
      child,
      sure,
      home: graph.homes.get(child) === parent,
    });
  }
  for (const { home } of folds.values()) {
    if (home === null) continue;
    const [from, to] = [keyOfModel(home), keyOfFold(home)];
    add({ kind: 'fine-tune', from, to, parent: home, child: null, sure: true, home: true });
  }
  for (const [one, other] of graph.ties) {
    const [from, to] = [keys.get(one) ?? '', keys.get(other) ?? ''];
    add({ kind: 'tie', from, to, parent: null, child: null, sure: true, home: false });
  }
  return [...lines.values()];
}
