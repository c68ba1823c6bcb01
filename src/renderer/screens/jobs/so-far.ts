import type { JobSummary, ModelSummary } from '../../../shared/index.ts';

/** A model of which a running job has made and verified the delta. */
export interface DoneModel {
  readonly id: number;
  readonly name: string;
  readonly stored: number;
  /** Bytes that were predicted before it was made; null where nobody had. */
  readonly predicted: number | null;
}

/** What a running compression has done already, the latest first: deltas that were verified since it began. */
export function doneSoFar(
  job: JobSummary,
  models: readonly ModelSummary[],
  predicted: ReadonlyMap<string, number>,
): readonly DoneModel[] {
  if (job.kind !== 'compress') return [];
  const since = Date.parse(job.createdAt);
  return models
    .flatMap((model) => {
      const { id, name, path, storedBytes, verifiedAt } = model;
      if (storedBytes === null || verifiedAt === null || Date.parse(verifiedAt) < since) return [];
      return [
        { id, name, stored: storedBytes, predicted: predicted.get(path) ?? null, at: Date.parse(verifiedAt) },
      ];
    })
    .sort((left, right) => right.at - left.at);
}

/** Predicted and measured bytes of those that were predicted. */
export function againstPlan(done: readonly DoneModel[]): { predicted: number; measured: number } {
  let predicted = 0;
  let measured = 0;
  for (const model of done) {
    if (model.predicted === null) continue;
    predicted += model.predicted;
    measured += model.stored;
  }
  return { predicted, measured };
}
