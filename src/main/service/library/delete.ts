import { join } from 'node:path';
import { DeltashelfError, type CallResult, type ParsedArgs } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { CatalogueModel, FoundModel } from '../../library/index.ts';
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
  const found = catalogue.models.found(model.id);
  // Of a second name, only the steps know whether it is the vault's own.
  if (found?.blockers.some((blocker) => blocker !== 'hard-links')) {
    throw new DeltashelfError(
      'refused',
      `The files of ${model.name} belong to another program or have other names too, so they stay. Nothing was moved. Delete it with the program that manages it.`,
      { file: model.path },
    );
  }
  if (!confirmed) return planned(context, model, found?.files ?? []);
  const entry = await steps.remove(
    { name: model.name, path: model.path, files: (found?.files ?? []).map(({ path }) => path) },
    watchedFolders(context),
    jobControl(control, model.name),
  );
  catalogue.vault.quarantined(entry);
  context.emit({ event: 'changed' });
  return quarantine(context);
}

/** What would move, as an entry that is not in quarantine yet. The step itself looks at the bytes once more. */
async function planned(
  context: LibraryContext,
  { id, name, path, state }: CatalogueModel,
  found: FoundModel['files'],
): Promise<CallResult<'delete'>> {
  if (state === 'stored' || state === 'quarantined' || state === 'missing' || state === 'offline') {
    throw new DeltashelfError(
      'refused',
      `The files of ${name} are not where they were, so there is nothing to move. Nothing was done.`,
      { file: path },
    );
  }
  const needing = dependentsOf(context, id).filter(({ id: stored }) => !hasOriginal(context, stored));
  if (needing.length > 0) {
    throw new DeltashelfError(
      'refused',
      `${name} is the base of ${needing.length} stored ${needing.length === 1 ? 'model' : 'models'}: ` +
        `${needing.map((sidecar) => sidecar.name).join(', ')}. Without it they cannot be rebuilt, so it stays. ` +
        'Reconstruct or rebase them first.',
      { file: path },
    );
  }
  const isFile = (await context.fs.stat(path)).kind === 'file';
  const files = found.map((file) => ({ path: isFile ? path : join(path, file.path), bytes: file.size }));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const createdAt = context.now().toISOString();
  const entry = { id: 'planned', name, path, why: 'deleted' as const, files, bytes, createdAt, ripe: false };
  return { entries: [entry], bytes };
}

function hasOriginal({ catalogue }: LibraryContext, stored: string): boolean {
  const model = catalogue.vault.deltas.get(stored)?.model;
  const state = model === undefined ? undefined : catalogue.models.get(model)?.state;
  return state === 'compressed' || state === 'changed' || state === 'original';
}
