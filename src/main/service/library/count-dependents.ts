import type { LibraryContext } from './context.ts';

/**
 * How many stored models cannot be reconstructed without each model's bytes, for all models at once; `dependentsOf`
 * says which they are. Models that nothing depends on are absent.
 */
export function countDependents({ catalogue, steps }: LibraryContext): ReadonlyMap<number, number> {
  const byStored = new Map<string, Set<string>>();
  const byPath = new Map<string, Set<string>>();
  const byHash = new Map<string, Set<string>>();
  for (const { id, parents } of steps.state.stored.values()) {
    for (const { stored, path, files } of parents) {
      if (stored !== null) note(byStored, stored, id);
      if (path !== null) note(byPath, path, id);
      // Side files are alike in all of a family; the weights say who it is.
      const [first, ...others] = files;
      const largest = others.reduce((best, file) => (best && best.size >= file.size ? best : file), first);
      if (largest) note(byHash, largest.sha256, id);
    }
  }
  const found = new Map<number, Set<string>>();
  const take = (model: number | undefined, children: ReadonlySet<string>): void => {
    if (model === undefined) return;
    const all = found.get(model) ?? new Set();
    for (const child of children) all.add(child);
    found.set(model, all);
  };
  const { deltas } = catalogue.vault;
  for (const [stored, children] of byStored) {
    const model = deltas.get(stored)?.model;
    // An older delta of a model is not what it is reconstructed from.
    if (model !== undefined && deltas.ofModel(model)?.id === stored) take(model, children);
  }
  for (const [path, children] of byPath) take(catalogue.models.idAt(path), children);
  for (const [sha256, children] of byHash) {
    for (const model of catalogue.models.withWeights(sha256)) take(model, children);
  }
  for (const [model, children] of found) {
    const own = deltas.ofModel(model)?.id;
    if (own !== undefined) children.delete(own);
  }
  return new Map([...found].map(([model, children]) => [model, children.size]));
}

function note(map: Map<string, Set<string>>, key: string, child: string): void {
  const known = map.get(key);
  if (known) known.add(child);
  else map.set(key, new Set([child]));
}
