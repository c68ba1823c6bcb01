import { bytes, plural } from '../words/index.ts';
import type { LineageFold } from './lineage-folds.ts';
import { isSure, type LineageModel } from './lineage-graph.ts';
import { markOf, markWord, stateWords, type Mark } from './state-mark.ts';

/** What a model takes: its size, and its delta where there is or could be one. */
export interface Taken {
  readonly size: string;
  readonly delta: string | null;
  /** The delta is not there yet: its figure is a guess. */
  readonly predicted: boolean;
}

export function takenBy({ bytes: size, storedBytes, predictedBytes }: LineageModel): Taken {
  const delta = storedBytes ?? predictedBytes;
  return {
    size: bytes(size),
    delta: delta === null ? null : bytes(delta),
    predicted: storedBytes === null,
  };
}

/** What a model was made from, without what its place says: "0.6 juniper + 0.4 anima", "adapter", "base of 60". */
export function madeFrom(
  { relation, parents, id }: LineageModel,
  all: ReadonlyMap<number, LineageModel>,
): string {
  if (parents.length > 1) {
    const share = (weight: number | undefined) =>
      weight === undefined ? '' : `${Math.round(weight * 100) / 100} `;
    return parents.map(({ name, weight }) => `${share(weight)}${name}`).join(' + ');
  }
  if (relation === 'base') {
    const family = [...all.values()].filter(({ familyId }) => familyId === id);
    return `base of ${family.filter((one) => one.id !== id).length}`;
  }
  if (relation === 'alone') return 'no relatives';
  return parents.length === 0 && relation === 'fine-tune' ? 'no base found' : relation;
}

/** Why its parents are taken for its parents, and how sure that is: "measured, 96 %". */
export function evidenceWords({ parents }: LineageModel): string {
  const [first] = parents;
  if (first === undefined) return '';
  const kinds = [...new Set(parents.map(({ evidence }) => evidence))].join(', ');
  if (parents.every(({ evidence }) => evidence === 'confirmed')) return kinds;
  return `${kinds}, ${Math.floor(Math.min(...parents.map(({ confidence }) => confidence)) * 100)} %`;
}

/**
 * A model in a sentence, for those who do not see the drawing. Begins with what the drawing says, in its order: who
 * speaks to the computer says what is seen.
 */
export function modelSentence(model: LineageModel, all: ReadonlyMap<number, LineageModel>): string {
  const { size, delta, predicted } = takenBy(model);
  const [only, ...others] = model.parents;
  const from = only && others.length === 0 ? ` of ${only.name}` : '';
  const made = `${madeFrom(model, all)}${from}`;
  const state = stateWords(model).toLowerCase();
  const said = delta === null ? '' : `${predicted ? 'about ' : ''}${delta} as a delta`;
  const told = isTrouble(markOf(model))
    ? [state, said, made]
    : model.relation === 'base'
      ? [made, said, state === 'base' ? '' : state]
      : [said, state, made];
  return [model.name, size, ...told, model.parents.every(isSure) ? '' : 'not confirmed']
    .filter((part) => part !== '')
    .join(', ');
}

/** States that a drawing says in words. */
export function isTrouble(mark: Mark): boolean {
  return ['damaged', 'missing', 'offline', 'changed', 'close'].includes(mark);
}

/** What is in a stack: "18 stored, 5 original", the most frequent state first, and its mark. */
export function foldWords(
  { hidden, open }: LineageFold,
  models: ReadonlyMap<number, LineageModel>,
): { readonly title: string; readonly facts: string; readonly mark: Mark } {
  const marks = hidden.flatMap((id) => {
    const model = models.get(id);
    return model ? [markOf(model)] : [];
  });
  const counts = [...Map.groupBy(marks, (mark) => mark)].map(([mark, all]) => ({ mark, count: all.length }));
  counts.sort((a, b) => b.count - a.count);
  const [first, second, ...others] = counts.map(
    ({ mark, count }) => `${count} ${markWord(mark).toLowerCase()}`,
  );
  return {
    title: open ? 'Show fewer' : `${hidden.length} more`,
    facts: open
      ? `hides ${plural(hidden.length, 'model')}`
      : `${[first, second].filter((words) => words !== undefined).join(', ')}${others.length > 0 ? ' …' : ''}`,
    mark: counts[0]?.mark ?? 'original',
  };
}
