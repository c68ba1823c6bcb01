import type { ChangesResult } from '../../shared/index.ts';

export type ChangedTensor = ChangesResult['tensors'][number];

/** One rectangle of the heat map: a tensor, or the small ones of a layer together. */
export interface HeatCell {
  /** Names it in lists of cells. */
  readonly key: string;
  /** What it is, in words: "layer 19, down", or the tensor's name. */
  readonly title: string;
  readonly tensors: readonly ChangedTensor[];
  /** The largest of its tensors; null: not known of any. */
  readonly change: number | null;
  readonly deltaBytes: number | null;
  readonly bytes: number;
  /** Share of values that are equal to the parent's; null: not known. */
  readonly equal: number | null;
}

export interface HeatRow {
  readonly name: string;
  readonly cells: readonly (HeatCell | null)[];
}

export interface HeatGrid {
  /** Numbers of the layers; empty where no tensor has one: then the rows are just the tensors in their order. */
  readonly layers: readonly number[];
  readonly rows: readonly HeatRow[];
  /** Tensors that belong to no layer, largest first. */
  readonly loose: readonly HeatCell[];
}

/** Groups in the order in which a layer works; others stand between these and biases and norms. */
const order = ['qkv', 'q', 'k', 'v', 'o', 'out', 'gate', 'gate_up', 'up', 'fc1', 'down', 'fc2'];
const last = ['biases', 'norms', 'other'];
const rowsAtMost = 14;
const columnsWithoutLayers = 40;

/** Puts the tensors of a model into a grid of layers and groups. */
export function heatGrid(tensors: readonly ChangedTensor[]): HeatGrid {
  const layered = tensors.filter(({ layer }) => layer !== null);
  if (layered.length === 0) return { layers: [], rows: lines(tensors), loose: [] };
  const layers = [...new Set(layered.map(({ layer }) => layer ?? 0))].toSorted((a, b) => a - b);
  const groups = fewEnough(Map.groupBy(layered, rowOf));
  const rows = [...groups.keys()].toSorted(byOrder([...groups.keys()])).map((name) => {
    const byLayer = Map.groupBy(groups.get(name) ?? [], ({ layer }) => layer);
    return {
      name,
      cells: layers.map((layer) => {
        const own = byLayer.get(layer);
        return own ? cellOf(`layer ${layer}, ${name}`, own) : null;
      }),
    };
  });
  const loose = tensors
    .filter(({ layer }) => layer === null)
    .toSorted((a, b) => b.bytes - a.bytes)
    .map((tensor) => cellOf(tensor.name, [tensor]));
  return { layers, rows, loose };
}

function rowOf({ name, group }: ChangedTensor): string {
  if (name.endsWith('.bias') || group === 'bias') return 'biases';
  return /norm|^ln/u.test(group) ? 'norms' : group;
}

/** Groups with the fewest bytes go together where there are too many for a picture. */
function fewEnough(groups: Map<string, ChangedTensor[]>): Map<string, ChangedTensor[]> {
  if (groups.size <= rowsAtMost) return groups;
  const weigh = (name: string) => (groups.get(name) ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  const names = [...groups.keys()].toSorted((a, b) => weigh(b) - weigh(a));
  const kept = new Map(names.slice(0, rowsAtMost - 1).map((name) => [name, groups.get(name) ?? []]));
  return kept.set('other', [
    ...(kept.get('other') ?? []),
    ...names.slice(rowsAtMost - 1).flatMap((name) => groups.get(name) ?? []),
  ]);
}

function byOrder(names: readonly string[]): (a: string, b: string) => number {
  const place = (name: string) => {
    if (order.includes(name)) return order.indexOf(name);
    return last.includes(name) ? 2000 + last.indexOf(name) : 1000 + names.indexOf(name);
  };
  return (a, b) => place(a) - place(b);
}

function lines(tensors: readonly ChangedTensor[]): HeatRow[] {
  const rows: HeatRow[] = [];
  for (let at = 0; at < tensors.length; at += columnsWithoutLayers) {
    const own = tensors.slice(at, at + columnsWithoutLayers);
    rows.push({ name: `${at + 1}`, cells: own.map((tensor) => cellOf(tensor.name, [tensor])) });
  }
  return rows;
}

function cellOf(title: string, tensors: readonly ChangedTensor[]): HeatCell {
  const [first] = tensors;
  const known = tensors.filter(({ equal }) => equal !== null);
  const knownBytes = known.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    key: first?.name ?? title,
    title,
    tensors,
    change: largest(tensors.map(({ change }) => change)),
    deltaBytes: total(tensors.map(({ storedBytes }) => storedBytes)),
    bytes: total(tensors.map(({ bytes }) => bytes)) ?? 0,
    equal:
      knownBytes === 0
        ? (first?.equal ?? null)
        : known.reduce((sum, { equal, bytes }) => sum + (equal ?? 0) * bytes, 0) / knownBytes,
  };
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((most, value) => Math.max(most, value));
}

function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
