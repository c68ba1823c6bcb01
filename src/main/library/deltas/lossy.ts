import type { LossyFigures } from '../../../shared/index.ts';
import type { DeltaIndex } from '../../engine/delta/index.ts';

/** What a delta file says of its own error; nothing where it gives every byte back. */
export function lossyOf({ lossy }: DeltaIndex): { lossy?: LossyFigures } {
  if (!lossy) return {};
  const { codec, cosine, slope, largest } = lossy;
  return {
    lossy: { codec, cosine, slope, relativeError: relativeError(cosine, slope), largestError: largest },
  };
}

/**
 * Squared error relative to the squared change, from cosine c and slope b: the approximation has b / c of the change's
 * norm, so that it is (b / c)^2 - 2 b + 1.
 */
export function relativeError(cosine: number | null, slope: number): number {
  return cosine === null || cosine === 0 ? 1 : Math.max(0, (slope / cosine) ** 2 - 2 * slope + 1);
}
