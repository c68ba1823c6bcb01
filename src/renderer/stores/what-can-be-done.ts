import type { ModelSummary } from '../../shared/index.ts';

/** What a selection of models allows, with the figures that its buttons show. */
export interface Doable {
  /** Would become smaller as deltas, or nobody knows yet. */
  readonly compress: readonly ModelSummary[];
  /** Have a verified delta, and their originals are still there. */
  readonly reclaim: readonly ModelSummary[];
  readonly verify: readonly ModelSummary[];
  readonly reconstruct: readonly ModelSummary[];
  /** Of what would be compressed. */
  readonly originalBytes: number;
  readonly predictedBytes: number;
  readonly freesBytes: number;
  /** Whether every prediction is there. */
  readonly predicted: boolean;
  /** Originals that reclaim would move. */
  readonly reclaimBytes: number;
  /** Selected, but no part of any of it, and why. */
  readonly leftOut: readonly { readonly why: string; readonly models: readonly ModelSummary[] }[];
}

const hasDelta: ReadonlySet<ModelSummary['state']> = new Set(['compressed', 'quarantined', 'stored']);

/** Sorts models by what can be done with them. */
export function whatCanBeDone(models: readonly ModelSummary[], identified: boolean): Doable {
  const compress: ModelSummary[] = [];
  const reclaim: ModelSummary[] = [];
  const verify: ModelSummary[] = [];
  const reconstruct: ModelSummary[] = [];
  const left = new Map<string, ModelSummary[]>();
  for (const model of models) {
    const why = whyNotCompressed(model, identified);
    if (why === null) compress.push(model);
    else if (!hasDelta.has(model.state)) left.set(why, [...(left.get(why) ?? []), model]);
    if (model.state === 'compressed' && model.blocked === null) reclaim.push(model);
    if (hasDelta.has(model.state)) verify.push(model);
    if (model.storedBytes !== null && (model.state === 'stored' || model.state === 'quarantined')) {
      reconstruct.push(model);
    }
  }
  const sum = (list: readonly ModelSummary[], of: (model: ModelSummary) => number): number =>
    list.reduce((total, model) => total + of(model), 0);
  return {
    ...{ compress, reclaim, verify, reconstruct },
    originalBytes: sum(compress, ({ bytes }) => bytes),
    predictedBytes: sum(compress, ({ predictedBytes }) => predictedBytes ?? 0),
    freesBytes: sum(compress, ({ freesBytes }) => freesBytes),
    predicted: compress.length > 0 && compress.every(({ predictedBytes }) => predictedBytes !== null),
    reclaimBytes: sum(reclaim, ({ freesBytes }) => freesBytes),
    leftOut: [...left].map(([why, those]) => ({ why, models: those })),
  };
}

/** Why a model is not compressed; null where it can be. */
function whyNotCompressed(model: ModelSummary, identified: boolean): string | null {
  const { state, relation, predictedBytes, layout } = model;
  if (state === 'offline') return 'not connected';
  if (state === 'missing') return 'missing';
  if (state === 'damaged') return 'damaged';
  if (state !== 'original' && state !== 'changed') return 'stored already';
  if (layout === 'wdelta') return 'a delta already';
  // What it holds now is stored nowhere.
  if (state === 'changed' || predictedBytes !== null) return null;
  if (relation === 'base') return 'a base, stays whole';
  if (identified) return 'nothing to gain';
  return relation === 'alone' ? 'no base known yet' : null;
}
