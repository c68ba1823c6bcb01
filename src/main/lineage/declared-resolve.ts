import { ModelNames, type NamedModel } from './declared-names.ts';
import type { DeclaredFacts, DeclaredParent } from './facts.ts';

/** A declared parent, and what it is called in this library. */
export interface ResolvedParent {
  readonly declared: DeclaredParent;
  /** Ids that the name may mean: none where no model is called so, several where it does not tell them apart. */
  readonly candidates: readonly number[];
}

/** What the declared facts of a model mean in this library. */
export interface ResolvedFacts {
  /** Parents of a merge, where it wrote down its recipe, or its card lists several. */
  readonly merge: readonly ResolvedParent[];
  /** Parents of which it has one, the surest source first. */
  readonly parents: readonly ResolvedParent[];
}

/** A model with what it says of itself. */
export interface DeclaringModel extends NamedModel {
  readonly declared: DeclaredFacts;
}

/** Finds the models that declared facts name: by id of the model that declares them. Models that name none are absent. */
export function resolveDeclared(models: readonly DeclaringModel[]): Map<number, ResolvedFacts> {
  const names = new ModelNames(models);
  const resolved = new Map<number, ResolvedFacts>();
  for (const model of models) {
    const { parents, merge } = model.declared;
    if (parents.length === 0 && !merge) continue;
    const find = (declared: DeclaredParent): ResolvedParent => ({
      declared,
      candidates: names.find(declared.name, model),
    });
    const listed = parents.filter(({ source }) => source === 'README.md base_model');
    const several = merge?.parents ?? (listed.length > 1 ? listed : []);
    const single = several.length > 0 ? parents.filter((parent) => !listed.includes(parent)) : parents;
    resolved.set(model.id, { merge: several.map(find), parents: single.map(find) });
  }
  return resolved;
}
