import { groupByLayout, type LaidOut, type Layout } from './infer-layout.ts';
import { agree, COMPARED, meanOf, signsOf, tellingKeys } from './infer-signs.ts';
import type { Summary } from './infer-summary.ts';

// Which models of one layout are relatives. Two models that were trained apart have uncorrelated weights, however
// alike they are built; one that came from the other, however long ago, does not. Each model is compared with one
// representative of each family that is known so far: first by signs of 512 elements, then by correlation.

/** Mean correlation of the tensors from which two models are relatives. Strangers share buffers at most. */
const RELATED = 0.5;

/** Families among models: positions in `models`, each at most once, those alone left out. */
export function* findFamilies(
  models: readonly (LaidOut & Pick<Summary, 'layoutKey' | 'signs' | 'telling'>)[],
): Generator<void, number[][]> {
  const found: number[][] = [];
  for (const group of groupByLayout(models)) {
    const first = models[group[0] ?? -1];
    if (!first || group.length < 2) continue;
    const families: { readonly signs: Uint32Array; readonly first: LaidOut; readonly members: number[] }[] =
      [];
    let keys: string[] | undefined;
    for (const index of group) {
      yield;
      const model = models[index];
      if (!model?.telling) continue;
      // Models that lack a tensor or have one more are looked at in the places of the first one.
      const alike = model.layoutKey === first.layoutKey;
      const signs = alike ? model.signs : signsOf(model.layout, (keys ??= tellingKeys(first.layout)));
      const family = families.find(
        (known) => agree(known.signs, signs) && areRelated(known.first.layout, model.layout),
      );
      if (family) family.members.push(index);
      else families.push({ signs, first: model, members: [index] });
    }
    found.push(...families.map(({ members }) => members).filter((members) => members.length > 1));
  }
  return found;
}

/** Whether most of what two models have in common is correlated. */
export function areRelated(a: Layout, b: Layout): boolean {
  return kinship(a, b) >= RELATED;
}

/** Correlation of the tensors that two models have in common, mean over elements; 0 where nothing compares. */
function kinship(a: Layout, b: Layout): number {
  let sum = 0;
  let weight = 0;
  for (const key of tellingKeys(a)) {
    const [one, other] = [a.get(key), b.get(key)];
    if (!one || !other) continue;
    const found = correlation(one.tensor.values, other.tensor.values);
    if (found === undefined) continue;
    sum += one.elements * Math.max(0, found);
    weight += one.elements;
  }
  return weight > 0 ? sum / weight : 0;
}

/** Correlation about the means; undefined where one of the two is constant. */
function correlation(a: Float32Array, b: Float32Array): number | undefined {
  const count = Math.min(a.length, b.length, COMPARED);
  const [meanA, meanB] = [meanOf(a, count), meanOf(b, count)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let index = 0; index < count; index += 1) {
    const x = (a[index] ?? 0) - meanA;
    const y = (b[index] ?? 0) - meanB;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : undefined;
}
