import { gridOf } from '../codecs/index.ts';
import type { ChunkRecord, DeltaSegment } from './index-types.ts';
import { bundleCodecs, unitCount } from './layout.ts';

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

/** Elements of a bundle, and bytes of a pack, from which writers begin the next. */
export const USUAL_SIZE = { bundle: 65_536, pack: 1 << 20 } as const;

/** Finds the segments that records hold, for many records: in time that grows with what is found. */
export class Bundles {
  readonly #members: Readonly<Record<'bundle' | 'pack', readonly number[]>>;
  readonly #segments: readonly DeltaSegment[];

  constructor(segments: readonly DeltaSegment[]) {
    this.#segments = segments;
    const members = { bundle: [] as number[], pack: [] as number[] };
    for (const segment of segments) {
      if (segment.recipe.bundled) members[bundleCodecOf(segment)].push(segment.number);
    }
    this.#members = members;
  }

  /** As the function `segmentsOf`. */
  segmentsOf({ codec, segment, count }: Pick<ChunkRecord, 'codec' | 'segment' | 'count'>): readonly number[] {
    if (codec !== 'bundle' && codec !== 'pack') return [segment];
    const members = this.#members[codec];
    const low = this.#placeOf(codec, segment);
    return members.slice(low, low + count);
  }

  /**
   * How many segments a record from `segment` on usually holds: as many as it takes to have 65,536 elements, of a pack
   * 1 MiB, or all that are left.
   */
  usualCount(codec: 'bundle' | 'pack', segment: number): number {
    const members = this.#members[codec];
    const first = this.#placeOf(codec, segment);
    let size = 0;
    let at = first;
    for (; at < members.length && size < USUAL_SIZE[codec]; at += 1) {
      const member = this.#segments[members[at] ?? -1];
      if (member) size += codec === 'bundle' ? unitCount(member) : member.length;
    }
    return at - first;
  }

  #placeOf(codec: 'bundle' | 'pack', segment: number): number {
    const members = this.#members[codec];
    let low = 0;
    let high = members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((members[middle] ?? Infinity) < segment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
