import { orMissing, readFailure } from './failures.ts';
import type { FileSystem } from './file-system.ts';

/**
 * Whether anything has a name. Links are not followed.
 * @throws DeltashelfError `not-readable` where the disk does not say
 */
export async function isThere(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return (await orMissing(fs.lstat(path))) !== undefined;
  } catch (error) {
    throw readFailure(error, path);
  }
}
