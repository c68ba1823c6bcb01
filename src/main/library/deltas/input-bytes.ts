import type { DeltaIndex } from '../../engine/delta/index.ts';

/** Bytes of the parents that a delta needs, which are read once to see whether they are the right ones. */
export function inputBytes({ parents }: DeltaIndex): number {
  return parents.flatMap(({ segments }) => segments).reduce((sum, { length }) => sum + length, 0);
}
