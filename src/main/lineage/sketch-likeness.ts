import type { CommonSample } from './sketch-common.ts';

/** How two tensors stand to each other in what their sketches have in common. */
export interface Likeness {
  /** Norm of the difference over that of the second; null where that is zero. */
  readonly norm: number | null;
  /** Share of equal values, 0 to 1. */
  readonly equal: number;
  /** Cosine of the angle between them, not centred; 0 where one is zero. */
  readonly correlation: number;
}

/** Compares sampled elements; those that are not finite in both only count as equal or not. */
export function likeness({ a, b }: CommonSample): Likeness {
  const { equal, aa, bb, ab } = sumsOf(a, b);
  const differences = Math.max(0, aa + bb - 2 * ab);
  return {
    norm: bb > 0 ? Math.sqrt(differences / bb) : null,
    equal: a.length === 0 ? 0 : equal / a.length,
    correlation: aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0,
  };
}

function sumsOf(a: Float32Array, b: Float32Array): { equal: number; aa: number; bb: number; ab: number } {
  const sums = { equal: 0, aa: 0, bb: 0, ab: 0 };
  for (let at = 0; at < a.length; at += 1) {
    const x = a[at] ?? 0;
    const y = b[at] ?? 0;
    if (Object.is(x, y)) sums.equal += 1;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    sums.aa += x * x;
    sums.bb += y * y;
    sums.ab += x * y;
  }
  return sums;
}
