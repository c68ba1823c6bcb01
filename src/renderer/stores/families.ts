import type { ModelSummary } from '../../shared/index.ts';

/** Models that came from one base, as a list shows them. */
export interface Family {
  /** Number of the base; 0 for models without relatives. */
  readonly id: number;
  readonly name: string;
  readonly models: readonly ModelSummary[];
  /** Sizes of all models. */
  readonly bytes: number;
  /** Of these, what is on disk: originals, and deltas. */
  readonly originalBytes: number;
  readonly storedBytes: number;
  readonly freesBytes: number;
  /** Whether a part of `freesBytes` is predicted. */
  readonly predicted: boolean;
}

export const noFamily = 0;

/** Families, largest first; models without relatives stand last. */
export function familiesOf(models: readonly ModelSummary[]): Family[] {
  const groups = Map.groupBy(models, ({ familyId }) => familyId ?? noFamily);
  return [...groups]
    .map(([id, members]) => familyOf(id, members))
    .sort(
      (left, right) =>
        Number(left.id === noFamily) - Number(right.id === noFamily) ||
        right.bytes - left.bytes ||
        left.name.localeCompare(right.name),
    );
}

function familyOf(id: number, models: readonly ModelSummary[]): Family {
  const sums = { bytes: 0, originalBytes: 0, storedBytes: 0, freesBytes: 0 };
  let predicted = false;
  for (const model of models) {
    sums.bytes += model.bytes;
    sums.originalBytes += originalBytesOf(model);
    sums.storedBytes += model.storedBytes ?? 0;
    sums.freesBytes += model.freesBytes;
    predicted ||= model.predictedBytes !== null;
  }
  const base = models.find((model) => model.id === id);
  const name = id === noFamily ? 'No base found' : (base?.name ?? models[0]?.family ?? '');
  return { id, name, models, ...sums, predicted };
}

/** What of a model's own files is on the disk. */
export function originalBytesOf({ state, bytes }: ModelSummary): number {
  return state === 'stored' || state === 'missing' ? 0 : bytes;
}
