import { DeltashelfError } from '../../../shared/index.ts';
import type { CatalogueModel } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';
import { findModels } from './references.ts';

/** A model that a call is about, with the id of what is stored of it. */
export interface Selected {
  readonly model: CatalogueModel;
  /** Undefined where it is not stored. */
  readonly id: string | undefined;
}

/**
 * The models of a call: those that are named, or all that are stored and pass `fits`.
 * @throws DeltashelfError `usage` where none is named and not all are meant
 */
export function selected(
  context: LibraryContext,
  { models, all }: { readonly models: readonly string[]; readonly all: boolean },
  fits: (model: CatalogueModel) => boolean = () => true,
): Selected[] {
  if (context.away) throw context.away;
  if (!all && models.length === 0) {
    throw new DeltashelfError(
      'usage',
      'No model was named. Nothing was done. Name some models, or say --all.',
    );
  }
  const { catalogue } = context;
  const idOf = (model: CatalogueModel): Selected => ({
    model,
    id: catalogue.vault.deltas.ofModel(model.id)?.id,
  });
  if (!all) return findModels(context, models).map(idOf);
  return catalogue.models
    .ids()
    .flatMap((id) => catalogue.models.get(id) ?? [])
    .map(idOf)
    .filter(({ model, id }) => id !== undefined && fits(model));
}
