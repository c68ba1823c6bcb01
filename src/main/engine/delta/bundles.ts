import { gridOf } from '../codecs/index.ts';
import type { ChunkRecord, DeltaSegment } from './index-types.ts';
import { bundleCodecs } from './layout.ts';

// Small segments share records: a header, a stream and a checksum of their own would cost more than they hold.
// Which segments those are follows from the order: a record holds its first segment and the next bundled ones of the
// same family, as many as it counts.

/** Which bundles a bundled segment belongs in. */
export function bundleCodecOf(segment: Pick<DeltaSegment, 'tensor'>): 'bundle' | 'pack' {
  return segment.tensor && gridOf(segment.tensor) ? 'bundle' : 'pack';
}

/** Numbers of the segments that a record holds, in order. Fewer than it counts where there are no more. */
export function segmentsOf(
  record: Pick<ChunkRecord, 'codec' | 'segment' | 'count'>,
  segments: readonly DeltaSegment[],
): number[] {
  if (!bundleCodecs.has(record.codec)) return [record.segment];
  const members: number[] = [];
  for (let number = record.segment; number < segments.length && members.length < record.count; number += 1) {
    const segment = segments[number];
    if (segment?.recipe.bundled && bundleCodecOf(segment) === record.codec) members.push(number);
  }
  return members;
}
