import { basename, join } from 'node:path';
import type { Catalogue, Sidecar, StoredParent } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** Stored models that cannot be reconstructed without a model's bytes. */
export function dependentsOf(context: LibraryContext, model: number): Sidecar[] {
  const { catalogue, steps } = context;
  const own = catalogue.vault.deltas.ofModel(model)?.id;
  const { path = '' } = catalogue.models.get(model) ?? {};
  const hashes = new Set(catalogue.contents.weightHashes(model) ?? []);
  const needs = (parent: StoredParent): boolean =>
    (own !== undefined && parent.stored === own) ||
    parent.path === path ||
    parent.files.some(({ sha256 }) => hashes.has(sha256));
  return [...steps.state.stored.values()].filter(({ id, parents }) => id !== own && parents.some(needs));
}

/** Where else a parent may be found: wherever its weights were seen. */
export function hintsFor(catalogue: Catalogue, parent: StoredParent): string[] {
  const places = new Set<string>();
  // Side files are alike in all of a family; the weights say who it is.
  const [largest] = [...parent.files].sort((a, b) => b.size - a.size);
  for (const place of largest ? catalogue.hashes.pathsOf(largest.sha256) : []) {
    places.add(place);
    // The folder of a model, where the file is one of several.
    const parts = largest?.path.split('/') ?? [];
    if (basename(place) === parts.at(-1)) places.add(join(place, ...parts.map(() => '..')));
  }
  return [...places];
}

/**
 * Bases that stored models need and that are not where they were: looked for by size and place at every scan.
 * @returns a sentence for each, with the names of its children
 */
export function alarmsOf(
  context: LibraryContext,
  changed: readonly number[],
  gone: readonly number[],
): { sentence: string; models: string[] }[] {
  const tell = (verb: string) => (id: number) => {
    const { name = '' } = context.catalogue.models.get(id) ?? {};
    const models = dependentsOf(context, id).map((sidecar) => sidecar.name);
    if (models.length === 0) return [];
    if (verb === isGone && isHeld(context, id)) {
      const needing = models.length === 1 ? 'A stored model needs' : `${models.length} stored models need`;
      return [
        {
          sentence: `${name} ${verb}. ${needing} it, and the vault holds it: ${models.join(', ')} can still be reconstructed.`,
          models,
        },
      ];
    }
    return [
      {
        sentence:
          `${name} ${verb}, and ${models.length === 1 ? 'a stored model needs' : `${models.length} stored models need`} it as it was: ` +
          `${models.join(', ')}. Run: deltashelf check; say where it is now with: deltashelf locate.`,
        models,
      },
    ];
  };
  return [...changed.flatMap(tell('has changed')), ...gone.flatMap(tell(isGone))];
}

const isGone = 'is gone';

/** Whether the vault has a model that is not at its place any more: as a base that it holds, or as a delta. */
function isHeld({ catalogue, steps }: LibraryContext, model: number): boolean {
  if (catalogue.vault.deltas.ofModel(model)) return true;
  const hashes = catalogue.contents.weightHashes(model) ?? [];
  const held = new Set(
    [...steps.state.anchors.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  );
  return hashes.length > 0 && hashes.every((sha256) => held.has(sha256));
}
