import type { ApplyDeltaResult } from '../../shared/index.ts';
import { visibleName } from './visible.ts';

/** How near an approximation comes, for people. Stands wherever such a delta is told of. */
export function describeLossy({
  codec,
  relativeError,
  cosine,
  slope,
  largestError,
}: NonNullable<ApplyDeltaResult['lossy']>): string {
  if (relativeError === null)
    return `approximation (${visibleName(codec)}), which does not say how near it comes`;
  const near = cosine === null ? 'nothing of the change is left' : `cosine ${cosine.toFixed(4)}`;
  return (
    `approximation (${visibleName(codec)}): error ${(relativeError * 100).toPrecision(3)} % of the squared change, ` +
    `${near}, slope ${slope.toFixed(3)}, largest error ${largestError.toPrecision(2)}`
  );
}
