import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import type { Area, Size } from './view.ts';

export interface TreemapModel {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
}
export interface TreemapGroup {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly models: readonly TreemapModel[];
}
export interface TreemapTile extends Area {
  readonly model: TreemapModel;
}
export interface TreemapLayout {
  readonly groups: readonly (Area & { readonly group: TreemapGroup })[];
  readonly tiles: readonly TreemapTile[];
}

const headerHeight = 20;
/** Nearer to squares than the golden ratio: names need width. */
const ratio = 1.3;
/** No rectangle is smaller than one of so many. */
const leastShares = 1500;

interface Branch {
  readonly group?: TreemapGroup;
  readonly model?: TreemapModel;
  readonly below: readonly Branch[];
}

/** Squarified rectangles (Bruls, Huizing, van Wijk; d3-hierarchy), by group, areas in proportion to bytes. */
export function layoutTreemap(groups: readonly TreemapGroup[], { width, height }: Size): TreemapLayout {
  const root: Branch = {
    below: groups.map((group) => ({ group, below: group.models.map((model) => ({ model, below: [] })) })),
  };
  const models = groups.flatMap((group) => group.models);
  const total = models.reduce((sum, { bytes }) => sum + bytes, 0);
  // The smallest are drawn larger than they are, so that they can be seen and pressed.
  const least = Math.max(1, total / Math.max(leastShares, models.length * 20));
  const sized = hierarchy(root, ({ below }) => below)
    .sum(({ model }) => (model ? Math.max(model.bytes, least) : 0))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const placed = treemap<Branch>()
    .tile(treemapSquarify.ratio(ratio))
    .size([Math.max(width, 0), Math.max(height, 0)])
    .paddingInner((node) => (node.depth === 0 ? 6 : 3))
    .paddingTop((node) => (node.depth === 1 ? headerHeight : 0))
    .round(true)(sized);
  const layout = { groups: [] as (Area & { group: TreemapGroup })[], tiles: [] as TreemapTile[] };
  const areas = new Map<typeof placed, Area>();
  placed.eachBefore((node) => {
    const { data, parent } = node;
    const around = (parent && areas.get(parent)) ?? { x: 0, y: 0, width, height };
    // What has no room for its gap is put beyond the edge by rounding.
    const right = Math.min(node.x1, around.x + around.width);
    const bottom = Math.min(node.y1, around.y + around.height);
    const [x, y] = [Math.min(node.x0, right), Math.min(node.y0, bottom)];
    const area = { x, y, width: right - x, height: bottom - y };
    areas.set(node, area);
    if (data.group) layout.groups.push({ ...area, group: data.group });
    else if (data.model) layout.tiles.push({ ...area, model: data.model });
  });
  return layout;
}

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The tile that a key leads to: the nearest in the arrow's direction, or the first, or the last. */
export function tileAfterKey(
  tiles: readonly TreemapTile[],
  from: TreemapTile,
  key: string,
): TreemapTile | undefined {
  if (key === 'Home') return tiles[0];
  if (key === 'End') return tiles.at(-1);
  const direction = directions[key];
  if (direction === undefined) return undefined;
  const [right, down] = direction;
  const away = tiles.flatMap((tile) => {
    // Beyond the edge: how far along the arrow, and how far the two do not face each other across it.
    const along =
      right !== 0
        ? gap(from.x, from.width, tile.x, tile.width) * right
        : gap(from.y, from.height, tile.y, tile.height) * down;
    if (along <= 0) return [];
    const across =
      right !== 0
        ? Math.abs(gap(from.y, from.height, tile.y, tile.height))
        : Math.abs(gap(from.x, from.width, tile.x, tile.width));
    const middles =
      right !== 0
        ? Math.abs(tile.y + tile.height / 2 - from.y - from.height / 2)
        : Math.abs(tile.x + tile.width / 2 - from.x - from.width / 2);
    return [{ tile, distance: along + across * 4 + middles / 100 }];
  });
  return away.toSorted((a, b) => a.distance - b.distance)[0]?.tile;
}

/** How far one span lies beyond another: below zero before it, 0 where they overlap. */
function gap(from: number, length: number, other: number, otherLength: number): number {
  if (other >= from + length) return other - from - length + 0.5;
  if (other + otherLength <= from) return other + otherLength - from - 0.5;
  return 0;
}
