import { DeltashelfError } from '../../../shared/index.ts';
import {
  planWithTrials,
  type CatalogueModel,
  type PlanModel,
  type StoragePlan,
} from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { blockedWords } from './describe-model.ts';
import { refreshLineage } from './learn.ts';
import { Predictions } from './predictions.ts';

/**
 * Plans what to store against what, from what is known of all models now.
 * @param asked models that a person named: they are compressed also where nothing is freed by it, and no others are
 */
export async function makePlan(
  context: LibraryContext,
  control: CallControl,
  asked: ReadonlySet<number> = new Set(),
): Promise<StoragePlan> {
  await refreshLineage(context, control);
  const { catalogue } = context;
  const stamp = planStamp(context);
  const known = catalogue.queries
    .list({ limit: wholeLibrary })
    .models.filter(({ state }) => state !== 'missing' && state !== 'offline')
    .sort((a, b) => a.id - b.id);
  const models = known.map((model): PlanModel => {
    const { id, name, bytes } = model;
    return { id, name, bytes, role: roleOf(context, model, asked), root: model.family?.id === id };
  });
  const open = new Set(
    models.flatMap(({ id, role }) => (role.kind === 'free' || role.kind === 'asked' ? [id] : [])),
  );
  const predictions = new Predictions(context, control);
  const candidates = await predictions.choose(
    known.map(({ id, bytes, family, layout }) => ({
      ...{ id, bytes, child: open.has(id) },
      ...(family && layout !== 'adapter' && layout !== 'lora' && { family: family.id }),
    })),
    asked,
  );
  const { planDepth: depth, planSeconds: seconds } = catalogue.settings.all();
  const limits = { depth, ...(seconds !== null && { seconds }) };
  const plan = await planWithTrials(models, candidates, limits, (candidate) =>
    predictions.trial(candidate).catch((error: unknown) => {
      control.signal?.throwIfAborted();
      if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
      // What cannot be read now shows when it is compressed; until then the prediction stands.
      return { bytes: candidate.predictedBytes, confidence: 1 };
    }),
  );
  for (const { model, action, predictedBytes } of plan.models) {
    if (open.has(model) && asked.size === 0)
      catalogue.models.setPredicted(model, action === 'compress' ? predictedBytes : null);
  }
  if (asked.size === 0) catalogue.planned.note(stamp);
  return plan;
}

/** Names all that a plan would be made from now. */
export function planStamp({ catalogue }: LibraryContext): string {
  const { planDepth, planSeconds } = catalogue.settings.all();
  return catalogue.planned.stamp(catalogue.lineage.stamp(), [planDepth, planSeconds]);
}

const wholeLibrary = 100_000;

function roleOf(
  context: LibraryContext,
  model: CatalogueModel,
  asked: ReadonlySet<number>,
): PlanModel['role'] {
  const { catalogue } = context;
  const delta = catalogue.vault.deltas.ofModel(model.id);
  const current = model.state === 'compressed' || model.state === 'quarantined' || model.state === 'stored';
  if (delta && current) {
    const [parent] = delta.parents;
    return { kind: 'stored', parent: parent ? modelOfParent(context, parent) : null, bytes: delta.bytes };
  }
  if (asked.has(model.id)) return { kind: 'asked' };
  if (asked.size > 0) return { kind: 'kept', reason: 'Kept: it was not asked for.' };
  if (model.blocked) {
    return { kind: 'kept', reason: `Kept: ${blockedWords(context, model.id)}, so nothing would be freed.` };
  }
  if (model.layout === 'wdelta') return { kind: 'kept', reason: 'Kept: it is a delta already.' };
  if (model.tensors === 0) return { kind: 'kept', reason: 'Kept: no tensors were found in it.' };
  return { kind: 'free' };
}

function modelOfParent(
  { catalogue }: LibraryContext,
  { stored, path }: { readonly stored: string | null; readonly path: string | null },
): number | null {
  if (stored !== null) return catalogue.vault.deltas.get(stored)?.model ?? null;
  return path === null ? null : (catalogue.models.idAt(path) ?? null);
}
