import type { Fit } from './codec-options.ts';

/** Cosine from which on a change is scaled up to slope 1; below it the noise would weigh more than what is gained. */
const LEAST_COSINE = 0.5;

/** Sums over a tensor: of the squares of its change, of what is decoded, and of their products. */
export interface FitSums {
  readonly exact: number;
  readonly decoded: number;
  readonly product: number;
}

/**
 * The factor by which what is decoded is multiplied: to slope 1 (<d', d> = <d, d>) where the cosine allows it, else to
 * the least squared error. 1 where nothing is decoded.
 */
export function fitFactor(fit: Fit, { exact, decoded, product }: FitSums): number {
  if (!(product > 0) || !(decoded > 0)) return 1;
  const cosine = product / Math.sqrt(exact * decoded);
  return fit === 'unbiased' && cosine >= LEAST_COSINE ? exact / product : product / decoded;
}
