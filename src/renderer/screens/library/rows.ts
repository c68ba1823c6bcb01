import type { ModelSummary } from '../../../shared/index.ts';
import { noFamily, type Family } from '../../stores/index.ts';

/** A line of the list of families. */
export type Row = FamilyRow | ModelRow;

export interface FamilyRow {
  readonly kind: 'family';
  readonly key: string;
  readonly family: Family;
  readonly open: boolean;
}

export interface ModelRow {
  readonly kind: 'model';
  readonly key: string;
  readonly model: ModelSummary;
  /** 0: the base. */
  readonly depth: number;
  /** For each level above: whether its line goes on below this row. */
  readonly guides: readonly boolean[];
  readonly last: boolean;
  readonly children: number;
  /** Of its family, itself included. */
  readonly members: number;
  readonly open: boolean;
}

/** So many models are shown opened; in a larger library families are closed until a person opens them. */
const openUpTo = 400;

/**
 * The lines of the list: families, and in each the models below their parents, as they come. A merge stands below the parent with
 * the largest share.
 * @param toggled families (`f1`) and models (`m1`) that a person opened or closed, against what they are by default
 */
export function rowsOf(families: readonly Family[], toggled: ReadonlySet<string>): Row[] {
  const total = families.reduce((sum, { models }) => sum + models.length, 0);
  const rows: Row[] = [];
  families.forEach((family, index) => {
    const byDefault = total <= openUpTo || (index === 0 && family.models.length <= openUpTo);
    const key = `f${family.id}`;
    const open = byDefault !== toggled.has(key);
    rows.push({ kind: 'family', key, family, open });
    if (open) rows.push(...modelRows(family, toggled));
  });
  return rows;
}

function modelRows(family: Family, toggled: ReadonlySet<string>): ModelRow[] {
  const here = new Set(family.models.map(({ id }) => id));
  const members = family.models.length;
  const children = Map.groupBy(family.models, (model) =>
    family.id === noFamily ? 0 : (mainParent(model, here) ?? 0),
  );
  const rows: ModelRow[] = [];
  const seen = new Set<number>();
  const visit = (model: ModelSummary, depth: number, guides: readonly boolean[], last: boolean): void => {
    if (seen.has(model.id)) return;
    seen.add(model.id);
    const below = inOrder(children.get(model.id) ?? [], family.id);
    const key = `m${model.id}`;
    const open = below.length > 0 && !toggled.has(key);
    rows.push({ kind: 'model', key, model, depth, guides, last, children: below.length, members, open });
    if (!open) {
      markBelow(below, children, seen);
      return;
    }
    // The line of the base's own level is not drawn: it has no parent.
    const next = depth === 0 ? [] : [...guides, !last];
    below.forEach((child, index) => visit(child, depth + 1, next, index === below.length - 1));
  };
  const roots = inOrder(children.get(0) ?? [], family.id);
  roots.forEach((root, index) => visit(root, 0, [], index === roots.length - 1));
  // Circles cannot be; were there one, no model may be left out of a list.
  for (const model of family.models) if (!seen.has(model.id)) visit(model, 0, [], true);
  return rows;
}

/** What lies below a closed row is not shown, and not left over either. */
function markBelow(
  models: readonly ModelSummary[],
  children: ReadonlyMap<number, readonly ModelSummary[]>,
  seen: Set<number>,
): void {
  for (const { id } of models) {
    if (seen.has(id)) continue;
    seen.add(id);
    markBelow(children.get(id) ?? [], children, seen);
  }
}

function mainParent(model: ModelSummary, here: ReadonlySet<number>): number | undefined {
  let best: number | undefined;
  let largest = -Infinity;
  for (const { id, weight = 1 } of model.parents) {
    if (here.has(id) && weight > largest) {
      best = id;
      largest = weight;
    }
  }
  return best;
}

/** The base first, the others as they come: a list is by name. */
function inOrder(models: readonly ModelSummary[], base: number): readonly ModelSummary[] {
  const at = models.findIndex(({ id }) => id === base);
  const first = models[at];
  return first === undefined || at === 0 ? models : [first, ...models.toSpliced(at, 1)];
}
