import { resolve } from 'node:path';
import { DeltashelfError, type CallResult, type ParsedArgs } from '../../../shared/index.ts';
import type { Sidecar } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import { placeOf } from './compress.ts';
import type { LibraryContext } from './context.ts';
import { Summaries } from './describe-model.ts';
import { jobControl } from './progress.ts';
import { findModel, findModels } from './references.ts';
import { selected } from './selection.ts';

/** Decodes and compares what is stored. */
export async function check(
  context: LibraryContext,
  args: ParsedArgs<'check'>,
  control: CallControl,
): Promise<CallResult<'check'>> {
  const start = performance.now();
  const { catalogue, steps, now } = context;
  const latest =
    args.olderThanDays === undefined ? Infinity : now().getTime() - args.olderThanDays * 86_400_000;
  const ids = selected(context, args).flatMap(({ id }) => (id === undefined ? [] : [id]));
  const due = ids.filter((id) => {
    const { verifiedAt } = steps.state.stored.get(id) ?? { verifiedAt: null };
    return verifiedAt === null || Date.parse(verifiedAt) <= latest;
  });
  const findings = await steps.check([...due, ...basesOf(context, due)], jobControl(control, ''));
  const nameOf = (id: string): string => steps.state.stored.get(id)?.name ?? id;
  for (const { id, name, ok, sentence, affected } of findings) {
    const sidecar = steps.state.stored.get(id);
    if (!sidecar) {
      if (!ok) context.emit({ event: 'alarm', ...alarmOf(name, sentence ?? '', affected.map(nameOf)) });
      continue;
    }
    if (ok) catalogue.vault.stored(sidecar);
    catalogue.vault.damaged(id, ok ? null : sentence);
  }
  return {
    ok: findings.every(({ ok }) => ok),
    findings: findings.map(({ name, ok, sentence, affected, repairableFrom }) => ({
      name,
      ok,
      sentence,
      affected: affected.map(nameOf),
      repairableFrom: [...repairableFrom],
    })),
    seconds: (performance.now() - start) / 1000,
  };
}

/** Bases that the vault holds for these models: a base that is held by a link may be written to under its other name. */
function basesOf({ steps: { state } }: LibraryContext, ids: readonly string[]): string[] {
  const needed = new Set(
    ids.flatMap((id) =>
      (state.stored.get(id)?.parents ?? []).flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
    ),
  );
  return [...state.anchors.values()]
    .filter(({ files }) => files.some(({ sha256 }) => needed.has(sha256)))
    .map(({ id }) => id);
}

function alarmOf(base: string, sentence: string, models: string[]): { sentence: string; models: string[] } {
  const needed = models.length === 0 ? '' : ` Stored models that need it as it was: ${models.join(', ')}.`;
  return {
    sentence: `The base ${base} that the vault holds is not what it was. ${sentence}${needed}`,
    models,
  };
}

/** Makes a damaged delta whole again. */
export async function repair(
  context: LibraryContext,
  args: ParsedArgs<'repair'>,
  control: CallControl,
): Promise<CallResult<'repair'>> {
  const model = findModel(context, args.model);
  const { id } = storedOf(context, model.id, model.name);
  const copy = args.from ?? context.catalogue.settings.get('vaultCopyPath') ?? undefined;
  const from = copy === undefined ? undefined : resolve(copy);
  const repaired = await context.steps.repair(id, from, jobControl(control, model.name));
  return noted(context, repaired, model.id);
}

/** Stores a model against other parents. */
export async function rebase(
  context: LibraryContext,
  args: ParsedArgs<'rebase'>,
  control: CallControl,
): Promise<CallResult<'rebase'>> {
  const model = findModel(context, args.model);
  const { id } = storedOf(context, model.id, model.name);
  const parents = findModels(context, args.parents).map((parent) => placeOf(context, parent));
  const rebased = await context.steps.rebase(id, parents, jobControl(control, model.name));
  return noted(context, rebased, model.id);
}

function storedOf({ catalogue, steps }: LibraryContext, model: number, name: string): Sidecar {
  const delta = catalogue.vault.deltas.ofModel(model);
  const sidecar = delta && steps.state.stored.get(delta.id);
  if (sidecar) return sidecar;
  throw new DeltashelfError('usage', `${name} is not stored. Nothing was done; compress it first.`, {
    file: name,
  });
}

function noted(context: LibraryContext, sidecar: Sidecar, model: number): CallResult<'repair'> {
  const { catalogue } = context;
  catalogue.vault.stored(sidecar, model);
  catalogue.vault.damaged(sidecar.id, null);
  context.emit({ event: 'changed' });
  const now = catalogue.models.get(model);
  if (!now) throw new Error('a model that was stored has a row');
  return new Summaries(context).of(now);
}
