import { createHash } from 'node:crypto';

import { toMetadata } from './entries.ts';
import type { FileSystem } from './file-system.ts';
import { openFile } from './open-file.ts';
import { createAtomicFile } from './publish-file.ts';

const blockBytes = 2 ** 20;

/** What copying may be told. */
export interface CopyOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Copies a regular file with its mode and time to a new name, whole or not at all.
 * @returns SHA-256 of the bytes that were read, hexadecimal
 * @throws DeltashelfError `target-exists`, and as reading and writing throw
 */
export async function copyFile(
  fs: FileSystem,
  from: string,
  to: string,
  { signal, onBytes }: CopyOptions = {},
): Promise<string> {
  const source = await openFile(fs, from, { followLinks: false });
  let closed = false;
  try {
    const target = await createAtomicFile(fs, to, toMetadata(source.status));
    try {
      const hash = createHash('sha256');
      const block = new Uint8Array(Math.min(blockBytes, source.size));
      for (let at = 0; at < source.size; at += block.length) {
        signal?.throwIfAborted();
        const bytes = block.subarray(0, Math.min(block.length, source.size - at));
        await source.read(at, bytes);
        hash.update(bytes);
        await target.write(bytes);
        onBytes?.(bytes.length);
      }
      closed = true;
      await source.close();
      await target.publish();
      return hash.digest('hex');
    } finally {
      await target.discard();
    }
  } finally {
    if (!closed) await source.close().catch(() => undefined);
  }
}
