import type { ModelSummary } from '../../../shared/index.ts';
import type { LineageEdge } from '../../lineage/index.ts';
import type { CatalogueModel, ReclaimBlocker } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

const blockers: Readonly<Record<ReclaimBlocker, string>> = {
  links: 'its files are links to files elsewhere',
  'shared-blobs': 'its files are blobs that a cache shares among models',
  'hard-links': 'its files have a second name elsewhere, so nothing would be freed',
  'foreign-manager': 'another program manages its files and would miss them',
};

const mostModels = 100_000;

/** Names and parents of many models at once: both are read once. */
export class Parents {
  readonly #byChild: Map<number, LineageEdge[]>;
  readonly #names: ReadonlyMap<number, string>;

  constructor(context: LibraryContext) {
    const { models } = context.catalogue.queries.list({ limit: mostModels });
    this.#names = new Map(models.map(({ id, displayName }) => [id, displayName]));
    this.#byChild = Map.groupBy(
      context.catalogue.lineage.edges().filter(({ directed }) => directed),
      ({ child }) => child,
    );
  }

  edgesTo(child: number): readonly LineageEdge[] {
    return this.#byChild.get(child) ?? [];
  }

  of(child: number): ModelSummary['parents'] {
    return this.edgesTo(child).map(({ parent, weight, evidence, confidence }) => ({
      name: this.nameOf(parent),
      ...(weight !== undefined && { weight }),
      evidence,
      confidence,
    }));
  }

  /** Its name; where others have it too, with the part of the path that differs. */
  nameOf(id: number): string {
    return this.#names.get(id) ?? '';
  }
}

/** A model as a list shows it. */
export function summaryOf(
  context: LibraryContext,
  model: CatalogueModel,
  parents = new Parents(context),
): ModelSummary {
  const { catalogue } = context;
  const delta = catalogue.vault.deltas.ofModel(model.id);
  return {
    id: model.id,
    name: parents.nameOf(model.id),
    path: model.path,
    layout: model.layout,
    dtype: model.dtype,
    parameters: model.elements,
    bytes: model.bytes,
    storedBytes: model.storedBytes,
    state: model.state,
    lossy: model.lossy,
    family: model.family?.name ?? null,
    parents: parents.of(model.id),
    blocked: model.blocked ? blockedWords(context, model.id) : null,
    verifiedAt: delta?.verifiedAt ?? null,
  };
}

/** Why originals of a model cannot be reclaimed. */
export function blockedWords({ catalogue }: LibraryContext, id: number): string {
  const found = catalogue.models.found(id);
  return (found?.blockers ?? []).map((blocker) => blockers[blocker]).join('; ');
}

/** Names of what the delta of a model is decoded with. */
export function storageParentsOf({ catalogue }: LibraryContext, id: number): string[] {
  return catalogue.vault.deltas.ofModel(id)?.parents.map(({ name }) => name) ?? [];
}
