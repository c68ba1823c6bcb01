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

/** Parents of many models at once: edges are read once. */
export class Parents {
  readonly #context: LibraryContext;
  readonly #byChild: Map<number, LineageEdge[]>;
  readonly #names = new Map<number, string>();

  constructor(context: LibraryContext) {
    this.#context = context;
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

  nameOf(id: number): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      name = this.#context.catalogue.models.get(id)?.name ?? '';
      this.#names.set(id, name);
    }
    return name;
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
    name: model.name,
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
