import { relatedTensors } from './predict-match.ts';
import { commonSample } from './sketch-common.ts';
import { likeness, type Likeness } from './sketch-likeness.ts';
import type { ModelSketch, TensorSketch } from './sketch.ts';

/** One tensor of a child against that of a parent. */
export interface TensorSimilarity extends Likeness {
  readonly name: string;
  /** Elements of the whole tensor that compare. */
  readonly elements: number;
  /** Correlation of the values about their means; 0 where one of the two is constant. */
  readonly centred: number;
}

/** How a child stands to a parent, from sketches alone. */
export interface Similarity {
  /** Norm of the difference over that of the parent, over all tensors together; null where nothing compares. */
  readonly norm: number | null;
  /** Share of values that are equal, 0 to 1. */
  readonly equal: number;
  /** Share of the elements that compare which lie in tensors that are equal or correlate. */
  readonly alike: number;
  /** Share of the smaller model's numbers that have a counterpart. */
  readonly compared: number;
  readonly tensors: readonly TensorSimilarity[];
}

/** Correlation from which two matrices are no strangers: of strangers 2,048 sampled elements give 0.02. */
const RELATED = 0.25;
/** Sampled elements that tell relatives from strangers. */
const ENOUGH = 64;
/** Shares from which two models are of one family. */
const ALIKE_SHARE = 0.5;
const COMPARED_SHARE = 0.3;

/** Compares two models tensor by tensor, also those that differ in their first dimension. */
export function similarity(child: ModelSketch, parent: ModelSketch): Similarity {
  const tensors: TensorSimilarity[] = [];
  const sums = { differences: 0, before: 0, equal: 0, alike: 0, judged: 0, elements: 0 };
  for (const { child: after, parent: before } of relatedTensors(child, parent)) {
    const common = before && commonSample(after, before);
    if (!before || !common || common.a.length === 0) continue;
    const elements = Math.min(countOf(after), countOf(before));
    const alike = likeness(common);
    const centred = centredCorrelation(common.a, common.b);
    tensors.push({ name: after.name, elements, ...alike, centred });
    const weight = elements / common.a.length;
    const energy = energyOf(common.b) * weight;
    sums.before += energy;
    sums.differences += (alike.norm ?? 0) ** 2 * energy;
    sums.equal += alike.equal * elements;
    sums.elements += elements;
    if (!isMatrix(after) || common.a.length < ENOUGH) continue;
    sums.judged += elements;
    if (alike.equal === 1 || centred >= RELATED) sums.alike += elements;
  }
  const smaller = Math.min(allOf(child), allOf(parent));
  return {
    norm: sums.before > 0 ? Math.sqrt(sums.differences / sums.before) : null,
    equal: sums.elements > 0 ? sums.equal / sums.elements : 0,
    alike: sums.judged > 0 ? sums.alike / sums.judged : 0,
    compared: smaller > 0 ? sums.elements / smaller : 0,
    tensors,
  };
}

/** Whether two models come from each other or from a third. Strangers of the same shapes do not, shared buffers or not. */
export function sameFamily({ alike, compared }: Similarity): boolean {
  return compared >= COMPARED_SHARE && alike >= ALIKE_SHARE;
}

function isMatrix({ shape }: TensorSketch): boolean {
  return shape.filter((size) => size > 1).length >= 2;
}

function countOf({ shape }: TensorSketch): number {
  return shape.reduce((product, size) => product * size, 1);
}

function allOf({ tensors }: ModelSketch): number {
  return tensors.reduce((sum, tensor) => (tensor.values.length > 0 ? sum + countOf(tensor) : sum), 0);
}

function energyOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) if (Number.isFinite(value)) sum += value * value;
  return sum;
}

function centredCorrelation(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [aa, bb, ab] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const x = (a[at] ?? 0) - meanA;
    const y = (b[at] ?? 0) - meanB;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

function meanOf(values: Float32Array): number {
  const finite = values.filter((value) => Number.isFinite(value));
  return finite.length === 0 ? 0 : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
