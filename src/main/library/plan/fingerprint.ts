import type { ModelSketch, TensorSketch } from '../../lineage/index.ts';

/** A few sampled values of a model, by the names of their tensors: enough to see who is near to whom. */
export type Fingerprint = ReadonlyMap<string, Float32Array>;

/** Tensors that a fingerprint holds, the largest ones, and values of each. */
const TENSORS = 12;
const VALUES = 64;

/** The fingerprint of a model: 3 kB, so that those of thousands fit into memory. */
export function fingerprintOf({ tensors }: ModelSketch): Fingerprint {
  const largest = tensors
    .filter(({ values }) => values.length >= VALUES)
    .sort((a, b) => b.length - a.length || (a.name < b.name ? -1 : 1))
    .slice(0, TENSORS);
  return new Map(largest.map((tensor) => [keyOf(tensor), tensor.values.slice(0, VALUES)]));
}

/** Tensors compare where their samples are laid out alike. */
function keyOf({ name, shape, columns }: TensorSketch): string {
  return `${name} ${shape.join('x')} ${columns}`;
}

/** Squared distance of two models over what they have in common, relative to their size; Infinity where nothing is. */
export function distance(a: Fingerprint, b: Fingerprint): number {
  let [differences, sizes] = [0, 0];
  for (const [key, values] of a) {
    const others = b.get(key);
    if (!others) continue;
    for (let at = 0; at < VALUES; at += 1) {
      const x = values[at] ?? 0;
      const y = others[at] ?? 0;
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      differences += (x - y) ** 2;
      sizes += x * x + y * y;
    }
  }
  return sizes > 0 ? differences / sizes : Infinity;
}
