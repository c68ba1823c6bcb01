import type { DeltaFileEntry, DeltaRecord } from './index-types.ts';
import { isLossy } from './layout.ts';

/** Numbers of the segments of which a chunk is approximated, ascending. */
export function lossySegments(records: readonly DeltaRecord[]): number[] {
  const numbers = new Set<number>();
  for (const record of records) {
    if (record.kind === 'chunk' && isLossy(record.codec)) numbers.add(record.segment);
  }
  return [...numbers].sort((a, b) => a - b);
}

/**
 * The files that have one of the segments, in order.
 * @param numbers ascending
 */
export function lossyFiles<File extends Pick<DeltaFileEntry, 'firstSegment' | 'endSegment'>>(
  files: readonly File[],
  numbers: readonly number[],
): File[] {
  let next = 0;
  return files.filter(({ firstSegment, endSegment }) => {
    while (next < numbers.length && (numbers[next] ?? 0) < firstSegment) next += 1;
    const number = numbers[next];
    return number !== undefined && number < endSegment;
  });
}
