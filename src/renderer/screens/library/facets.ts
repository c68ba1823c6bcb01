import type { ModelSummary } from '../../../shared/index.ts';
import type { Mark } from '../../charts/state-mark.ts';
import { stateFacet } from './filter.ts';

/** A value that a list can be narrowed to, with how many models have it. */
export interface FacetValue<Value extends string | number = string | number> {
  readonly value: Value;
  readonly label: string;
  readonly count: number;
}

export interface StateFacet extends FacetValue<string> {
  readonly mark: Mark;
}

const states: readonly (readonly [value: string, label: string, mark: Mark])[] = [
  ['original', 'Original', 'original'],
  ['compressed', 'Compressed', 'compressed'],
  ['quarantined', 'In quarantine', 'quarantined'],
  ['stored', 'Stored', 'stored'],
  ['close', 'Close copy', 'close'],
  ['changed', 'Changed', 'changed'],
  ['damaged', 'Damaged', 'damaged'],
  ['missing', 'Missing', 'missing'],
  ['offline', 'Offline', 'offline'],
];

type Relation = ModelSummary['relation'];

const relationOrder: readonly Relation[] = ['base', 'fine-tune', 'merge', 'adapter', 'alone'];
const relations: Readonly<Record<Relation, string>> = {
  base: 'Base',
  'fine-tune': 'Fine-tune',
  merge: 'Merge',
  adapter: 'Adapter',
  alone: 'No base found',
};

/** States that any model is in, in their own order. */
export function stateFacets(models: readonly ModelSummary[]): StateFacet[] {
  const counts = countBy(models, stateFacet);
  return states.flatMap(([value, label, mark]) => {
    const found = counts.get(value) ?? 0;
    return found > 0 ? [{ value, label, mark, count: found }] : [];
  });
}

export function relationFacets(models: readonly ModelSummary[]): FacetValue<Relation>[] {
  const counts = countBy(models, ({ relation }) => relation);
  return relationOrder.flatMap((value) => {
    const found = counts.get(value) ?? 0;
    return found > 0 ? [{ value, label: relations[value], count: found }] : [];
  });
}

export function dtypeFacets(models: readonly ModelSummary[]): FacetValue<string>[] {
  return [...countBy(models, ({ dtype }) => dtype ?? '')]
    .map(([value, found]) => ({ value, label: value === '' ? 'none' : value.toLowerCase(), count: found }))
    .sort((left, right) => right.count - left.count);
}

export function familyFacets(models: readonly ModelSummary[]): FacetValue<number>[] {
  const names = new Map(models.map((model) => [model.familyId ?? 0, model.family ?? 'No base']));
  return [...countBy(models, ({ familyId }) => familyId ?? 0)]
    .map(([value, found]) => ({ value, label: names.get(value) ?? '', count: found }))
    .sort((left, right) => Number(left.value === 0) - Number(right.value === 0) || right.count - left.count);
}

/** A set with one value more, or without it. */
export function toggled<Value>(set: ReadonlySet<Value>, value: Value): ReadonlySet<Value> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

function countBy<Key>(
  models: readonly ModelSummary[],
  keyOf: (model: ModelSummary) => Key,
): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const model of models) {
    const key = keyOf(model);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
