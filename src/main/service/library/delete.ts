import { join } from 'node:path';
import { DeltashelfError, type CallResult, type ParsedArgs } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { dependentsOf } from './guard.ts';
import { jobControl } from './progress.ts';
import { quarantine, watchedFolders } from './reclaim.ts';
import { findModel } from './references.ts';

/** Moves a model into quarantine although no delta brings it back. */
export async function deleteModel(
  context: LibraryContext,
  { model: reference, confirmed }: ParsedArgs<'delete'>,
  control: CallControl,
): Promise<CallResult<'delete'>> {
  const { catalogue, steps } = context;
  const model = findModel(context, reference);
  const children = dependentsOf(context, model.id).map(({ name }) => name);
  if (children.length > 0) throw needed(model.name, children);
  if (model.blocked) {
    throw new DeltashelfError(
      'refused',
      `The files of ${model.name} belong to another program or have other names too, so they stay. Nothing was moved. Delete it with the program that manages it.`,
      { file: model.path },
    );
  }
  if (!confirmed) return quarantine(context);
  const found = catalogue.models.found(model.id);
  const single = model.layout === 'file' || model.layout === 'lora' || model.layout === 'wdelta';
  const files = (found?.files ?? []).map(({ path }) => (single ? model.path : join(model.path, path)));
  const entry = await steps.remove(
    { name: model.name, path: model.path, files },
    watchedFolders(context),
    jobControl(control, model.name),
  );
  catalogue.vault.quarantined(entry);
  context.emit({ event: 'changed' });
  return quarantine(context);
}

function needed(name: string, children: readonly string[]): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${name} is the base of ${children.length === 1 ? 'a stored model' : `${children.length} stored models`} (${children.join(', ')}). ` +
      'Without it they cannot be rebuilt, so it stays. Reconstruct or rebase them first.',
    { file: name },
  );
}
