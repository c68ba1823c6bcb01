import { createHash } from 'node:crypto';

import type { FileStatus, FileSystem } from './file-system.ts';
import { openFile } from './open-file.ts';

const blockBytes = 2 ** 20;

/** What hashing may be told. */
export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Told the bytes of each block that was read. */
  readonly onBytes?: (bytes: number) => void;
  /** The file as it was seen before: another one, or the same one changed, is refused. */
  readonly expected?: FileStatus;
  /** Whether the last part of the path may be a link. Default false. */
  readonly followLinks?: boolean;
}

/**
 * SHA-256 of a regular file, hexadecimal.
 * @throws DeltashelfError `not-found`, `not-readable`, `changed-while-reading`
 */
export async function hashFile(fs: FileSystem, path: string, options: HashOptions = {}): Promise<string> {
  const { signal, onBytes, expected, followLinks = false } = options;
  const file = await openFile(fs, path, { followLinks, ...(expected && { expected }) });
  let whole = false;
  try {
    const hash = createHash('sha256');
    const block = new Uint8Array(Math.min(blockBytes, file.size));
    for (let at = 0; at < file.size; at += block.length) {
      signal?.throwIfAborted();
      const bytes = block.subarray(0, Math.min(block.length, file.size - at));
      await file.read(at, bytes);
      hash.update(bytes);
      onBytes?.(bytes.length);
    }
    whole = true;
    await file.close();
    return hash.digest('hex');
  } finally {
    if (!whole) await file.close().catch(() => undefined);
  }
}
