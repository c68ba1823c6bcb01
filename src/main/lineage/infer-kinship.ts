import { groupByLayout, type Layout, type Part } from './infer-layout.ts';

// Which models of one layout are relatives. Two models that were trained apart have uncorrelated weights, however
// alike they are built; one that came from the other, however long ago, does not. Each model is compared with one
// representative of each family that is known so far: first by signs of 512 elements, then by correlation.

/** Words of 32 signs. */
const WORDS = 16;
/** Signs that agree from which two models are looked at closely: chance is 256, with a deviation of 11. */
const AGREEING = 290;
/** Mean correlation of the tensors from which two models are relatives. Strangers share buffers at most. */
const RELATED = 0.5;
/** Elements of a tensor that are compared. */
const COMPARED = 1024;
/** Elements below which a tensor tells nothing. */
const FEW = 32;

/** Families among the models that have a layout: positions in `layouts`, each at most once, those alone left out. */
export function findFamilies(layouts: readonly Layout[]): number[][] {
  return groupByLayout(layouts).flatMap((group) => {
    if (group.length < 2) return [];
    const families: { readonly signs: Uint32Array; readonly layout: Layout; readonly members: number[] }[] =
      [];
    const keys = tellingKeys(layouts[group[0] ?? -1] ?? new Map<string, Part>());
    for (const index of group) {
      const layout = layouts[index];
      if (!layout) continue;
      const signs = signsOf(layout, keys);
      const family = families.find(
        (known) => agreement(known.signs, signs) >= AGREEING && areRelated(known.layout, layout),
      );
      if (family) family.members.push(index);
      else families.push({ signs, layout, members: [index] });
    }
    return families.map(({ members }) => members).filter((members) => members.length > 1);
  });
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

/** Matrices, where there are any; else all that has enough elements. */
function tellingKeys(layout: Layout): string[] {
  const large = [...layout].filter(([, part]) => part.tensor.values.length >= FEW);
  const matrices = large.filter(([, part]) => part.matrix);
  return (matrices.length > 0 ? matrices : large.length > 0 ? large : [...layout]).map(([key]) => key);
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

function meanOf(values: Float32Array, count: number): number {
  let sum = 0;
  let finite = 0;
  for (let index = 0; index < count; index += 1) {
    const value = values[index] ?? 0;
    if (!Number.isFinite(value)) continue;
    sum += value;
    finite += 1;
  }
  return finite > 0 ? sum / finite : 0;
}

/** Signs about the mean of elements spread over the tensors, the same places in every model of a layout. */
function signsOf(layout: Layout, keys: readonly string[]): Uint32Array {
  const signs = new Uint32Array(WORDS);
  const bits = WORDS * 32;
  for (const [position, key] of keys.entries()) {
    const values = layout.get(key)?.tensor.values;
    if (!values) continue;
    const count = Math.min(values.length, COMPARED);
    const mean = meanOf(values, count);
    const end = Math.ceil(((position + 1) * bits) / keys.length);
    for (let bit = Math.ceil((position * bits) / keys.length); bit < end; bit += 1) {
      if ((values[(bit * 37) % count] ?? 0) > mean)
        signs[bit >> 5] = (signs[bit >> 5] ?? 0) | (1 << (bit & 31));
    }
  }
  return signs;
}

function agreement(a: Uint32Array, b: Uint32Array): number {
  let differing = 0;
  for (let index = 0; index < WORDS; index += 1) {
    let bits = (a[index] ?? 0) ^ (b[index] ?? 0);
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    differing += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return WORDS * 32 - differing;
}
