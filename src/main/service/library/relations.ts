import type { ModelSummary } from '../../../shared/index.ts';
import type { CatalogueModel } from '../../library/index.ts';
import type { LineageEdge } from '../../lineage/index.ts';
import type { LibraryContext } from './context.ts';

/** Names of all models and how they stand to each other, read once for many of them. */
export class Relations {
  readonly #names: ReadonlyMap<number, string>;
  readonly #toParents: ReadonlyMap<number, readonly LineageEdge[]>;
  readonly #withChildren: ReadonlySet<number>;
  readonly #relatives = new Map<number, number[]>();

  constructor({ catalogue }: LibraryContext) {
    this.#names = catalogue.queries.names();
    const [directed, others] = parted(catalogue.lineage.edges());
    this.#toParents = Map.groupBy(directed, ({ child }) => child);
    this.#withChildren = new Set(directed.map(({ parent }) => parent));
    for (const { child, parent } of others) {
      this.#addRelative(child, parent);
      this.#addRelative(parent, child);
    }
  }

  /** Its name; where others have it too, with the part of the path that differs. */
  nameOf(id: number): string {
    return this.#names.get(id) ?? '';
  }

  edgesTo(child: number): readonly LineageEdge[] {
    return this.#toParents.get(child) ?? [];
  }

  parentsOf(child: number): ModelSummary['parents'] {
    return this.edgesTo(child).map(({ parent, weight, evidence, confidence }) => ({
      id: parent,
      name: this.nameOf(parent),
      ...(weight !== undefined && { weight }),
      evidence,
      confidence,
    }));
  }

  /** Relatives of which nothing tells who came from whom. */
  relativesOf(id: number): readonly number[] {
    return this.#relatives.get(id) ?? [];
  }

  /** How it stands to its family. Of relatives of which nothing tells who came first, the family's root is the base. */
  relationOf({ id, family, layout }: CatalogueModel): ModelSummary['relation'] {
    if (family === null) return 'alone';
    const parents = this.edgesTo(id).length;
    if (parents > 1) return 'merge';
    if (layout === 'adapter' || layout === 'lora') return 'adapter';
    if (parents === 1) return 'fine-tune';
    return family.id === id || this.#withChildren.has(id) ? 'base' : 'fine-tune';
  }

  #addRelative(of: number, relative: number): void {
    const known = this.#relatives.get(of);
    if (known) known.push(relative);
    else this.#relatives.set(of, [relative]);
  }
}

function parted(edges: readonly LineageEdge[]): [directed: LineageEdge[], others: LineageEdge[]] {
  return [edges.filter(({ directed }) => directed), edges.filter(({ directed }) => !directed)];
}
