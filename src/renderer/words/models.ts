import type { ModelSummary } from '../../shared/index.ts';

/** What a model was made from, in a line: "fine-tune of llama", "0.6 python + 0.4 bible". */
/** @param members of the family that it is the base of */
export function recipeWords(model: ModelSummary, members = 0): string {
  if (model.relation === 'base') return members > 1 ? `base of ${members - 1}` : 'base';
  if (model.parents.length === 0) {
    if (model.relation === 'adapter') return 'adapter';
    return model.familyId === null ? 'no base found' : 'a relative, direction not known';
  }
  const [only, ...others] = model.parents;
  if (only && others.length === 0) {
    return model.relation === 'adapter' ? `adapter for ${only.name}` : `fine-tune of ${only.name}`;
  }
  return model.parents
    .map(({ name, weight }) => (weight === undefined ? name : `${share(weight)} ${name}`))
    .join(' + ');
}

function share(weight: number): string {
  return String(Math.round(weight * 100) / 100);
}
