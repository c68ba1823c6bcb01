import type { TreeResult } from '../../shared/index.ts';
import { orderChildren } from './lineage-order.ts';

export type LineageModel = TreeResult['models'][number];
export type LineageParent = LineageModel['parents'][number];

/** From whom to whom a line goes. */
export interface LineageLink {
  readonly parent: number;
  readonly child: number;
  /** A merge: one of several parents. */
  readonly merge: boolean;
  readonly sure: boolean;
  readonly weight: number | null;
}

/** The lineage of some models, made ready for drawing: what is said in circles is no descent and became a tie. */
export interface LineageGraph {
  readonly models: ReadonlyMap<number, LineageModel>;
  /** The one parent below which a model stands: the heaviest; null: none. */
  readonly homes: ReadonlyMap<number, number | null>;
  /** Models that stand below each, in reading order; below null: those without a parent here. */
  readonly children: ReadonlyMap<number | null, readonly number[]>;
  /** Steps of the longest way from a model without parents. */
  readonly layers: ReadonlyMap<number, number>;
  readonly links: readonly LineageLink[];
  /** Relatives of which nothing tells who came from whom: as few pairs as hold them together. */
  readonly ties: readonly (readonly [number, number])[];
}

/** Below this confidence a parent is not taken for granted: it is drawn dashed and waits for a person. */
const sureFrom = 0.7;

/** Whether a parent needs no confirmation. */
export function isSure({ confidence, evidence }: Pick<LineageParent, 'confidence' | 'evidence'>): boolean {
  return evidence === 'confirmed' || confidence >= sureFrom;
}

/** Makes the graph. Parents that are not among the models are left out; the order of the models is kept. */
export function graphLineage(list: readonly LineageModel[]): LineageGraph {
  const models = new Map(list.map((model) => [model.id, model]));
  const known = linksOf(models);
  const { layers, turned } = layer(models, known);
  const links = known.filter((link) => !turned.has(link));
  const homes = homesOf(models, links);
  const ties = tiesOf(models, links, turned);
  return { models, homes, children: orderChildren(homes, links, ties), layers, links, ties };
}

function linksOf(models: ReadonlyMap<number, LineageModel>): LineageLink[] {
  return [...models.values()].flatMap((model) => {
    const parents = new Map(model.parents.map((parent) => [parent.id, parent]));
    const known = [...parents.values()].filter(({ id }) => id !== model.id && models.has(id));
    return known.map((parent) => ({
      parent: parent.id,
      child: model.id,
      merge: known.length > 1,
      sure: isSure(parent),
      weight: parent.weight ?? null,
    }));
  });
}

/** Kahn's order, with the longest way to each. Where only circles are left, one link of one of them is turned. */
function layer(models: ReadonlyMap<number, LineageModel>, links: readonly LineageLink[]) {
  const above = Map.groupBy(links, ({ child }) => child);
  const below = Map.groupBy(links, ({ parent }) => parent);
  const waits = new Map([...models.keys()].map((id) => [id, above.get(id)?.length ?? 0]));
  const ready = [...models.keys()].filter((id) => waits.get(id) === 0);
  const left = new Set(models.keys());
  const layers = new Map<number, number>();
  const turned = new Set<LineageLink>();
  const settle = (child: number) => {
    const waiting = (waits.get(child) ?? 1) - 1;
    waits.set(child, waiting);
    if (waiting === 0) ready.push(child);
  };
  for (let at = 0; left.size > 0;) {
    const id = ready[at];
    if (id === undefined) {
      const link = linkOfCircle(left, above, turned);
      turned.add(link);
      settle(link.child);
      continue;
    }
    at += 1;
    left.delete(id);
    const own = layers.get(id) ?? 0;
    layers.set(id, own);
    for (const link of below.get(id) ?? []) {
      if (turned.has(link)) continue;
      layers.set(link.child, Math.max(layers.get(link.child) ?? 0, own + 1));
      settle(link.child);
    }
  }
  return { layers, turned };
}

/** Up from parent to parent, until one comes again: every model that is left has a parent that is left. */
function linkOfCircle(
  left: ReadonlySet<number>,
  above: ReadonlyMap<number, readonly LineageLink[]>,
  turned: ReadonlySet<LineageLink>,
): LineageLink {
  const passed = new Set<number>();
  let [id] = left;
  for (;;) {
    const link = above.get(id ?? 0)?.find((one) => left.has(one.parent) && !turned.has(one));
    if (link === undefined) throw new Error('A lineage without a circle was searched for one.');
    if (passed.has(link.child)) return link;
    passed.add(link.child);
    id = link.parent;
  }
}

function homesOf(models: ReadonlyMap<number, LineageModel>, links: readonly LineageLink[]) {
  const homes = new Map<number, number | null>([...models.keys()].map((id) => [id, null]));
  const heaviest = new Map<number, number>();
  for (const { parent, child, weight } of links) {
    if ((weight ?? 1) <= (heaviest.get(child) ?? -Infinity)) continue;
    heaviest.set(child, weight ?? 1);
    homes.set(child, parent);
  }
  return homes;
}

/** Relatives, and whom a circle tells of; a spanning forest, so that a hundred alike are not five thousand lines. */
function tiesOf(
  models: ReadonlyMap<number, LineageModel>,
  links: readonly LineageLink[],
  turned: ReadonlySet<LineageLink>,
) {
  const descents = new Set(
    links.flatMap(({ parent, child }) => [`${parent} ${child}`, `${child} ${parent}`]),
  );
  const heads = new Map<number, number>();
  const headOf = (id: number): number => {
    let head = id;
    for (let next = heads.get(head); next !== undefined; next = heads.get(head)) head = next;
    return head;
  };
  const pairs = [
    ...[...models.values()].flatMap(({ id, relatives }) => relatives.map((other) => [id, other] as const)),
    ...[...turned].map(({ parent, child }) => [child, parent] as const),
  ];
  return pairs.filter(([one, other]) => {
    if (!models.has(other) || descents.has(`${one} ${other}`)) return false;
    const [from, to] = [headOf(one), headOf(other)];
    if (from === to) return false;
    heads.set(to, from);
    return true;
  });
}
