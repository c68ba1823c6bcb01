import { DeltashelfError, type CallResult, type ParsedArgs } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
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
  const found = catalogue.models.found(model.id);
  // Of a second name, only the steps know whether it is the vault's own.
  if (found?.blockers.some((blocker) => blocker !== 'hard-links')) {
    throw new DeltashelfError(
      'refused',
      `The files of ${model.name} belong to another program or have other names too, so they stay. Nothing was moved. Delete it with the program that manages it.`,
      { file: model.path },
    );
  }
  if (!confirmed) return quarantine(context);
  const entry = await steps.remove(
    { name: model.name, path: model.path, files: (found?.files ?? []).map(({ path }) => path) },
    watchedFolders(context),
    jobControl(control, model.name),
  );
  catalogue.vault.quarantined(entry);
  context.emit({ event: 'changed' });
  return quarantine(context);
}
