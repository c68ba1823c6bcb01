import type { ModelSummary } from '../../../shared/index.ts';
import type { CatalogueModel, ReclaimBlocker } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';
import { countDependents } from './count-dependents.ts';
import { Relations } from './relations.ts';

const blockers: Readonly<Record<ReclaimBlocker, string>> = {
  links: 'its files are links to files elsewhere',
  'shared-blobs': 'its files are blobs that a cache shares among models',
  'hard-links': 'its files have a second name elsewhere, so nothing would be freed',
  'foreign-manager': 'another program manages its files and would miss them',
};

/** Describes many models: what is known of all is read once, not again for each. */
export class Summaries {
  readonly relations: Relations;
  readonly #dependents: ReadonlyMap<number, number>;
  readonly #verifiedAt: ReadonlyMap<number, string | null>;
  readonly #blocked: ReadonlyMap<number, readonly ReclaimBlocker[]>;
  readonly #away: ReadonlyMap<number, string>;

  constructor(context: LibraryContext) {
    const { catalogue } = context;
    this.relations = new Relations(context);
    this.#dependents = countDependents(context);
    this.#verifiedAt = catalogue.vault.deltas.verifiedTimes();
    this.#blocked = catalogue.models.blocked();
    this.#away = new Map(
      catalogue.volumes
        .list()
        .filter(({ state }) => state === 'offline')
        .map(({ id, label, mountPath }) => [id, label === '' ? mountPath : label]),
    );
  }

  /** A model as a list shows it. */
  of(model: CatalogueModel): ModelSummary {
    const { id, path, layout, dtype, elements, bytes, storedBytes, state, lossy, family, folder } = model;
    return {
      id,
      name: this.relations.nameOf(id),
      path,
      layout,
      dtype,
      parameters: elements,
      bytes,
      storedBytes,
      state,
      lossy,
      predictedBytes: predictedOf(model),
      freesBytes: model.freesBytes ?? 0,
      family: family?.name ?? null,
      familyId: family?.id ?? null,
      relation: this.relations.relationOf(model),
      parents: this.relations.parentsOf(id),
      dependents: this.#dependents.get(id) ?? 0,
      folder,
      awayOn: (model.volume === null ? undefined : this.#away.get(model.volume)) ?? null,
      blocked: model.blocked ? wordsFor(this.#blocked.get(id) ?? []) : null,
      verifiedAt: this.#verifiedAt.get(id) ?? null,
    };
  }
}

/** What its delta is predicted to take; of no interest once its delta is there. */
export function predictedOf({ state, predictedBytes }: CatalogueModel): number | null {
  return state === 'original' || state === 'changed' ? predictedBytes : null;
}

/** Why originals of a model cannot be reclaimed. */
export function blockedWords({ catalogue }: LibraryContext, id: number): string {
  return wordsFor(catalogue.models.found(id)?.blockers ?? []);
}

function wordsFor(found: readonly ReclaimBlocker[]): string {
  return found.map((blocker) => blockers[blocker]).join('; ');
}

/** Names of what the delta of a model is decoded with. */
export function storageParentsOf({ catalogue }: LibraryContext, id: number): string[] {
  return catalogue.vault.deltas.ofModel(id)?.parents.map(({ name }) => name) ?? [];
}
