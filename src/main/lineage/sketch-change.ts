import { relatedTensors } from './predict-match.ts';
import { commonSample } from './sketch-common.ts';
import type { ModelSketch, TensorSketch } from './sketch.ts';

/** A parent with its share in what the child is compared with. */
export interface WeightedSketch {
  readonly sketch: ModelSketch;
  readonly weight: number;
}

/** How a tensor of a child differs from what its parents let expect, in the sampled elements. */
export interface TensorChange {
  /** Norm of the change over that of what was expected: 0 equal; null where that is zero and the tensor is not. */
  readonly norm: number | null;
  /** Share of sampled values that are as expected, 0 to 1. */
  readonly equal: number;
}

/**
 * How much each tensor of a child changed: against its parent, or against the weighted sum of several, which is what a
 * merge of them would be. Values of a merge are rounded to the child's type, so equality means little there.
 * @returns one for each tensor of the child, in order; undefined where a parent has none to compare with
 */
export function tensorChanges(
  child: ModelSketch,
  parents: readonly WeightedSketch[],
): (TensorChange | undefined)[] {
  const related = parents.map(({ sketch, weight }) => ({ weight, pairs: relatedTensors(child, sketch) }));
  return child.tensors.map((tensor, at) => {
    const terms = related.flatMap(({ weight, pairs }) => {
      const parent = pairs[at]?.parent;
      return parent ? [{ weight, parent }] : [];
    });
    return terms.length === parents.length ? changeOf(tensor, terms) : undefined;
  });
}

function changeOf(
  child: TensorSketch,
  terms: readonly { readonly weight: number; readonly parent: TensorSketch }[],
): TensorChange | undefined {
  const [only, ...others] = terms;
  if (!only) return undefined;
  if (others.length === 0 && isSame(child, only.parent)) return { norm: 0, equal: 1 };
  const expected = new Float64Array(child.values.length);
  let own: Float32Array | undefined;
  for (const { weight, parent } of terms) {
    const common = commonSample(child, parent);
    if (!common || (own && own.length !== common.a.length)) return undefined;
    own = common.a;
    for (const [index, value] of common.b.entries())
      expected[index] = (expected[index] ?? 0) + weight * value;
  }
  return own && own.length > 0 ? compared(own, expected) : undefined;
}

function isSame(a: TensorSketch, b: TensorSketch): boolean {
  return a.digest !== undefined && a.digest === b.digest && a.length === b.length;
}

function compared(own: Float32Array, expected: Float64Array): TensorChange {
  let [difference, before, equal] = [0, 0, 0];
  for (const [index, value] of own.entries()) {
    const wanted = expected[index] ?? 0;
    if (Object.is(value, Math.fround(wanted))) equal += 1;
    if (!Number.isFinite(value) || !Number.isFinite(wanted)) continue;
    difference += (value - wanted) ** 2;
    before += wanted * wanted;
  }
  const norm = before > 0 ? Math.sqrt(difference / before) : difference === 0 ? 0 : null;
  return { norm, equal: equal / own.length };
}

/** Cosine of the angle between two models in their sampled weights, -1 to 1; null where nothing compares. */
export function cosine(child: ModelSketch, parent: ModelSketch): number | null {
  let [aa, bb, ab] = [0, 0, 0];
  for (const { child: after, parent: before } of relatedTensors(child, parent)) {
    const common = before && commonSample(after, before);
    if (!common || common.a.length === 0) continue;
    const weight = after.shape.reduce((product, size) => product * size, 1) / common.a.length;
    for (const [index, x] of common.a.entries()) {
      const y = common.b[index] ?? 0;
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      aa += weight * x * x;
      bb += weight * y * y;
      ab += weight * x * y;
    }
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : null;
}
