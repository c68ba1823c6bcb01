import { dirname, resolve } from 'node:path';

import { orMissing, readFailure } from './failures.ts';
import type { FileSystem, VolumeStatus } from './file-system.ts';

/**
 * Bytes that may still be written on the volume of `path`, which need not exist yet. A figure for a check
 * beforehand, no promise: other programs write too.
 * @throws DeltashelfError `not-found` when not even the root of the path exists, `not-readable`.
 */
export async function availableBytes(fs: FileSystem, path: string): Promise<number> {
  try {
    let volume: VolumeStatus | undefined;
    let place = resolve(path);
    while ((volume = await orMissing(fs.statfs(place))) === undefined) {
      const parent = dirname(place);
      if (parent === place) return (await fs.statfs(place)).availableBytes;
      place = parent;
    }
    return volume.availableBytes;
  } catch (error) {
    throw readFailure(error, path);
  }
}
