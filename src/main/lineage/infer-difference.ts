import type { Layout } from './infer-layout.ts';

/** How two relatives differ in what they have in common. */
export interface Difference {
  /** Root mean square of the changes as a part of that of the weights, mean over all elements of the squares. */
  readonly relative: number;
  /** Tensors that are as they were, and tensors in all. */
  readonly unchanged: number;
  readonly tensors: number;
}

/** Compares two models tensor by tensor, as far as both have them in one shape. */
export function differenceOf(child: Layout, parent: Layout): Difference {
  let [sum, elements, unchanged, tensors] = [0, 0, 0, 0];
  for (const [key, part] of child) {
    const other = parent.get(key);
    if (!other) continue;
    const { squares, norm, changed } = compare(part.tensor.values, other.tensor.values);
    const digests = part.tensor.dtype === other.tensor.dtype ? [part.tensor.digest, other.tensor.digest] : [];
    const known = digests.length === 2 && digests.every((digest) => digest !== undefined);
    if (known ? digests[0] === digests[1] : !changed) unchanged += 1;
    tensors += 1;
    if (!(norm > 0)) continue;
    sum += (part.elements * squares) / norm;
    elements += part.elements;
  }
  return { relative: elements > 0 ? Math.sqrt(sum / elements) : 0, unchanged, tensors };
}

function compare(a: Float32Array, b: Float32Array): { squares: number; norm: number; changed: boolean } {
  let [squares, norm, changed] = [0, 0, false];
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0;
    if (x !== y) changed = true;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    squares += (x - y) ** 2;
    norm += y * y;
  }
  return { squares, norm, changed };
}
