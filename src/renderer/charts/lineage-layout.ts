import { hierarchy, tree, type HierarchyPointNode } from 'd3-hierarchy';
import { drawLines, type LineageLine } from './lineage-drawing.ts';
import { foldLineage, type FoldedLineage, type FoldOptions, type LineageFold } from './lineage-folds.ts';
import { graphLineage, type LineageGraph, type LineageModel } from './lineage-graph.ts';
import { keyOfFold, keyOfModel, planLines, type PlannedLine } from './lineage-lines.ts';
import { lineageSizes } from './lineage-sizes.ts';

interface Placed {
  readonly key: string;
  /** The node below which it stands. */
  readonly home: string | null;
  /** Column, from 0. */
  readonly layer: number;
  /** Left upper corner. */
  readonly x: number;
  readonly y: number;
}

export type LineageNode = Placed &
  (
    | { readonly kind: 'model'; readonly model: LineageModel }
    | { readonly kind: 'fold'; readonly fold: LineageFold }
  );

export interface LineageLayout {
  readonly nodes: readonly LineageNode[];
  readonly lines: readonly LineageLine[];
  readonly width: number;
  readonly height: number;
}

/** What stands in the columns: models, stacks, and lanes, which keep room for lines that pass. */
type Spot = (
  | { readonly kind: 'root' }
  | { readonly kind: 'model'; readonly id: number }
  | { readonly kind: 'fold'; readonly fold: LineageFold }
  | { readonly kind: 'lane'; readonly line: PlannedLine }
) & { readonly below: readonly Spot[] };

/**
 * Lays out a lineage from left to right. A model stands in the column of the longest way to it, so every line goes
 * right. Buchheim's tidy tree (d3-hierarchy) places models below their homes; lines that pass columns have lanes of
 * their own in it, so that none runs behind a model.
 */
export function layoutLineage(models: readonly LineageModel[], options: FoldOptions): LineageLayout {
  const graph = graphLineage(models);
  const folded = foldLineage(graph, options);
  const lines = planLines(graph, folded);
  const placed = tree<Spot>()
    .nodeSize([1, 1])
    .separation((a, b) => distance(a.data, b.data, a.parent === b.parent))(
    hierarchy(plant(graph, folded, lines), ({ below }) => below),
  );
  // In reading order: that is the order of the tab key and of a reader.
  const spots: HierarchyPointNode<Spot>[] = [];
  placed.eachBefore((spot) => (spot.depth > 0 ? spots.push(spot) : 0));
  const { margin, nodeWidth, nodeHeight, columnGap } = lineageSizes;
  const top = Math.min(...spots.map(({ data, x }) => x - heightOf(data) / 2));
  // Arcs of ties need room at the left.
  const left = margin + (graph.ties.length > 0 ? columnGap / 2 : 0);

  const nodes: LineageNode[] = [];
  const lanes = new Map<PlannedLine, Map<number, number>>();
  for (const spot of spots) {
    const { data, depth, x: middle } = spot;
    const layer = depth - 1;
    const y = Math.round((middle - top + margin) * 2) / 2;
    const place = {
      home: homeOf(spot),
      layer,
      x: left + layer * (nodeWidth + columnGap),
      y: y - nodeHeight / 2,
    };
    if (data.kind === 'lane') {
      lanes.set(data.line, (lanes.get(data.line) ?? new Map<number, number>()).set(layer, y));
    } else if (data.kind === 'fold') {
      nodes.push({ kind: 'fold', key: keyOfFold(data.fold.home), fold: data.fold, ...place });
    } else if (data.kind === 'model') {
      const model = graph.models.get(data.id);
      if (model) nodes.push({ kind: 'model', key: keyOfModel(data.id), model, ...place });
    }
  }
  return {
    nodes,
    lines: drawLines(lines, nodes, lanes),
    width: Math.max(0, ...nodes.map(({ x }) => x + nodeWidth)) + margin,
    height: Math.max(0, ...nodes.map(({ y }) => y + nodeHeight)) + margin,
  };
}

function homeOf(spot: HierarchyPointNode<Spot>): string | null {
  for (let above = spot.parent; above !== null; above = above.parent) {
    if (above.data.kind === 'model') return keyOfModel(above.data.id);
    if (above.data.kind === 'fold') return keyOfFold(above.data.fold.home);
  }
  return null;
}

/** The tree to be placed: each spot one column right of the one above it. */
function plant(graph: LineageGraph, folded: FoldedLineage, lines: readonly PlannedLine[]): Spot {
  const order = readingOrder(folded);
  const layerOf = (id: number | null) => (id === null ? -1 : (graph.layers.get(id) ?? 0));
  const lineTo = new Map(lines.filter(({ home }) => home).map((line) => [line.to, line]));
  const passing = Map.groupBy(
    lines.filter(({ home, kind }) => !home && kind === 'merge'),
    ({ from }) => from,
  );

  const chain = (line: PlannedLine | undefined, length: number, end: readonly Spot[]): readonly Spot[] => {
    let below = end;
    for (let at = 0; line && at < length; at += 1) below = [{ kind: 'lane', line, below }];
    return below;
  };
  const lanesFrom = (key: string, layer: number, side: 'above' | 'below'): Spot[] =>
    (passing.get(key) ?? [])
      .filter(({ to }) => (side === 'above') === (order.get(to) ?? 0) < (order.get(key) ?? 0))
      .flatMap((line) => chain(line, layerOf(line.child) - layer - 1, []));
  const withLanes = (key: string, layer: number, spots: readonly Spot[]) => [
    ...lanesFrom(key, layer, 'above'),
    ...spots,
    ...lanesFrom(key, layer, 'below'),
  ];

  const spotsBelow = (home: number | null): Spot[] => {
    const layer = layerOf(home);
    const models = (folded.shown.get(home) ?? []).flatMap((id) => {
      const key = keyOfModel(id);
      const below = withLanes(key, layerOf(id), spotsBelow(id));
      return chain(lineTo.get(key), layerOf(id) - layer - 1, [{ kind: 'model', id, below }]);
    });
    const fold = folded.folds.get(home);
    if (fold === undefined) return models;
    const below = withLanes(keyOfFold(home), layer + 1, []);
    return [...models, { kind: 'fold', fold, below }];
  };
  return { kind: 'root', below: spotsBelow(null) };
}

/** Places of the nodes from top to bottom, as far as the tree alone decides. */
function readingOrder({ shown, folds }: FoldedLineage): Map<string, number> {
  const order = new Map<string, number>();
  const walk = (home: number | null) => {
    for (const id of shown.get(home) ?? []) {
      order.set(keyOfModel(id), order.size);
      walk(id);
    }
    if (folds.has(home)) order.set(keyOfFold(home), order.size);
  };
  walk(null);
  return order;
}

function heightOf({ kind }: Spot): number {
  return kind === 'lane' ? lineageSizes.laneHeight : lineageSizes.nodeHeight;
}

function distance(a: Spot, b: Spot, siblings: boolean): number {
  const { laneGap, rowGap, cousinGap } = lineageSizes;
  const narrow = a.kind === 'lane' || b.kind === 'lane';
  return (heightOf(a) + heightOf(b)) / 2 + (narrow ? laneGap : siblings ? rowGap : cousinGap);
}
