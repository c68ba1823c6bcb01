import type { ModelSummary } from '../../../shared/index.ts';

/** Originals of a family that could go. */
export interface Group {
  readonly id: number;
  readonly name: string;
  readonly models: readonly ModelSummary[];
  readonly bytes: number;
}

/** A model that stays, and why. */
export interface Staying {
  readonly key: string;
  readonly name: string;
  readonly why: string;
  readonly tone: 'plain' | 'lossy';
}

/** Models whose originals a verified delta gives back, and nothing stands against moving: what a plan can be made of. */
export function reclaimable(models: readonly ModelSummary[]): readonly ModelSummary[] {
  return models.filter(({ state, blocked }) => state === 'compressed' && blocked === null);
}

/** Those in the plan: what a person chose of what may go; without a choice, all of it. */
export function planned(
  candidates: readonly ModelSummary[],
  chosen: ReadonlySet<number> | null,
): readonly ModelSummary[] {
  return chosen === null ? candidates : candidates.filter(({ id }) => chosen.has(id));
}

/** By family, the largest first; in each the largest first. */
export function groupsOf(candidates: readonly ModelSummary[]): readonly Group[] {
  const groups = Map.groupBy(candidates, ({ familyId }) => familyId ?? 0);
  return [...groups]
    .map(([id, its]) => ({
      id,
      name: its[0]?.family ?? 'No base found',
      models: [...its].sort(
        (left, right) => right.freesBytes - left.freesBytes || left.name.localeCompare(right.name),
      ),
      bytes: its.reduce((sum, { freesBytes }) => sum + freesBytes, 0),
    }))
    .sort((left, right) => right.bytes - left.bytes || left.name.localeCompare(right.name));
}

/** What a person may look for in the plan and does not find there, with the reason. */
export function stayingOf(models: readonly ModelSummary[]): readonly Staying[] {
  return models.flatMap((model): Staying[] => {
    const { path, name, state, relation, dependents, storedBytes, blocked, awayOn } = model;
    const stays = (why: string, tone: Staying['tone'] = 'plain') => [{ key: path, name, why, tone }];
    if (state === 'compressed' && blocked !== null) return stays(blocked, 'lossy');
    if (state === 'changed' && storedBytes !== null) return stays('changed since, left out', 'lossy');
    if (state === 'offline' && storedBytes !== null)
      return stays(awayOn === null ? 'not connected' : `on ${awayOn}, not connected`);
    if (relation === 'base' && state === 'original' && dependents > 0)
      return stays(`base of ${dependents}, stays`);
    return [];
  });
}
