import { z } from 'zod';
import { jsonOf, listOf, nameSchema, numberSchema, yamlOf } from './declared-texts.ts';
import type { DeclaredFacts, DeclaredParent } from './facts.ts';

// Recipes of merges: mergekit's configuration, and what the checkpoint merger of A1111's web UI leaves in the
// metadata of the file. Only shares that are one number for the whole model are kept.

type Merge = NonNullable<DeclaredFacts['merge']>;

/** mergekit: a name with revision and adapter (`org/name@rev+adapter`), or the same as a map. */
const referenceSchema = z.union([
  z.string(),
  z.object({ model: z.union([z.string(), z.object({ path: z.string() })]) }),
]);
const parametersSchema = z
  .object({ weight: numberSchema, t: numberSchema, normalize: z.boolean().optional().catch(undefined) })
  .optional()
  .catch(undefined);
const entrySchema = z.object({ model: referenceSchema, parameters: parametersSchema });
const recipeSchema = z.object({
  merge_method: nameSchema,
  base_model: referenceSchema.optional().catch(undefined),
  models: z.unknown().optional(),
  slices: z.unknown().optional(),
  parameters: parametersSchema,
});
const sliceSchema = z.object({ sources: z.unknown().optional() });

function referenceName(reference: z.infer<typeof referenceSchema>): string | undefined {
  if (typeof reference === 'string') return nameSchema.parse(reference.split('+')[0]);
  return nameSchema.parse(typeof reference.model === 'string' ? reference.model : reference.model.path);
}

/** A merge from mergekit's configuration; undefined where the text is none. `path` names it in the facts. */
export function readMergekit(path: string, text: string): Merge | undefined {
  const recipe = recipeSchema.safeParse(yamlOf(text));
  if (!recipe.success || recipe.data.merge_method === undefined) return undefined;
  const { merge_method: method, base_model: base, models, slices, parameters } = recipe.data;
  const sources = listOf(slices).flatMap((slice) => listOf(sliceSchema.safeParse(slice).data?.sources));
  const whole = listOf(models);
  const entries = [...whole, ...sources].flatMap((entry): DeclaredParent[] => {
    const { data } = entrySchema.safeParse(entry);
    const name = data && referenceName(data.model);
    if (name === undefined) return [];
    const weight = whole.includes(entry) ? (data?.parameters?.weight ?? parameters?.weight) : undefined;
    return [{ name, ...(weight !== undefined && { weight }), source: `${path} models` }];
  });
  const baseName = base === undefined ? undefined : referenceName(base);
  const parents = [
    ...new Map(entries.toReversed().map((parent) => [parent.name, parent])).values(),
  ].toReversed();
  if (baseName !== undefined && !parents.some(({ name }) => name === baseName)) {
    parents.push({ name: baseName, source: `${path} base_model` });
  }
  if (method === 'linear') return { method, parents: shares(parents, parameters?.normalize ?? true) };
  if (method === 'slerp') return { method, parents: between(parents, baseName, parameters?.t) };
  return { method, parents };
}

/** mergekit divides by the sum of the weights unless it is told not to. */
function shares(parents: readonly DeclaredParent[], normalize: boolean): DeclaredParent[] {
  const sum = parents.reduce((total, { weight }) => total + (weight ?? Number.NaN), 0);
  if (!normalize || !(sum > 0)) return [...parents];
  return parents.map((parent) => ({ ...parent, weight: (parent.weight ?? 0) / sum }));
}

/** The share of the base of two models is 1 - t. */
function between(
  parents: readonly DeclaredParent[],
  base: string | undefined,
  t: number | undefined,
): DeclaredParent[] {
  if (t === undefined || base === undefined || parents.length !== 2) return [...parents];
  return parents.map((parent) => ({ ...parent, weight: parent.name === base ? 1 - t : t }));
}

const webRecipeSchema = z.object({
  primary_model_hash: nameSchema,
  secondary_model_hash: nameSchema,
  tertiary_model_hash: nameSchema,
  interp_method: nameSchema,
  multiplier: numberSchema,
});
const webModelsSchema = z.record(z.string(), z.object({ name: nameSchema }).catch({ name: undefined }));

/** A merge from the metadata of a checkpoint; undefined where it tells of none. */
export function readWebMerge(metadata: ReadonlyMap<string, string>): Merge | undefined {
  const recipe = webRecipeSchema.safeParse(jsonOf(metadata.get('sd_merge_recipe') ?? '')).data;
  const models = webModelsSchema.safeParse(jsonOf(metadata.get('sd_merge_models') ?? '')).data;
  if (!recipe || !models) return undefined;
  const { primary_model_hash: first, secondary_model_hash: second, multiplier } = recipe;
  const weighted = recipe.interp_method?.toLowerCase() === 'weighted sum' && second !== undefined;
  const parents = [first, second, recipe.tertiary_model_hash].flatMap((hash): DeclaredParent[] => {
    const name = hash === undefined || !Object.hasOwn(models, hash) ? undefined : models[hash]?.name;
    if (name === undefined) return [];
    const weight = hash === first ? 1 - (multiplier ?? Number.NaN) : (multiplier ?? Number.NaN);
    return [{ name, ...(weighted && Number.isFinite(weight) && { weight }), source: 'sd_merge_models' }];
  });
  return parents.length < 2 ? undefined : { method: recipe.interp_method ?? 'unknown', parents };
}
