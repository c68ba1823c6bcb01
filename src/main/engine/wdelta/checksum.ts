import { createHash } from 'node:crypto';
import type { RandomAccess } from '../streams.ts';
import { hashBytes } from './layout.ts';

/** Bytes that are read at a time. */
const blockBytes = 1 << 20;

/** A stretch of the file that somebody wants to see as it comes by. */
export interface WatchedRange {
  readonly offset: number;
  readonly length: number;
  readonly push: (bytes: Uint8Array) => void;
}

/**
 * Reads a .wdelta once, from start to end, and tells whether its last 32 bytes are the SHA-256 of all before.
 * @param ranges sorted by offset, apart from each other; what they throw is theirs to keep
 */
export async function checksumHolds(
  bytes: RandomAccess,
  ranges: readonly WatchedRange[],
  control: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
): Promise<boolean> {
  const end = bytes.size - hashBytes;
  const hash = createHash('sha256');
  const block = new Uint8Array(Math.min(blockBytes, end));
  let next = 0;
  for (let at = 0; at < end; at += block.length) {
    control.signal?.throwIfAborted();
    const part = block.subarray(0, Math.min(block.length, end - at));
    await bytes.read(at, part);
    hash.update(part);
    control.onBytes?.(part.length);
    for (; next < ranges.length; next += 1) {
      const range = ranges[next];
      if (!range || range.offset >= at + part.length) break;
      const from = Math.max(range.offset, at) - at;
      const to = Math.min(range.offset + range.length, at + part.length) - at;
      if (to > from) range.push(part.subarray(from, to));
      if (range.offset + range.length > at + part.length) break;
    }
  }
  const stated = new Uint8Array(hashBytes);
  await bytes.read(end, stated);
  return hash.digest().equals(stated);
}
