import { dirname } from 'node:path';
import { errnoOf, syncFolder, writeFailure, type FileSystem } from '../disk/index.ts';

/** Failures that say something of the disk as a whole, not of clones or links. */
const serious: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ENOENT']);

/**
 * Gives the bytes of a file a name that no other program knows: as a clone, else, where that will do, as a hard link.
 * A link holds the bytes when the other name goes, and not when a program writes into them.
 * @returns how; undefined where the volume can do neither
 * @throws DeltashelfError where the disk fails
 */
export async function holdFile(
  fs: FileSystem,
  from: string,
  to: string,
  linkWillDo: boolean,
): Promise<'clone' | 'link' | undefined> {
  try {
    // A link to a link would hold nothing.
    const real = await fs.realpath(from);
    for (const way of linkWillDo ? (['clone', 'link'] as const) : (['clone'] as const)) {
      if (!(await isDone(() => fs[way](real, to)))) continue;
      if (way === 'clone') await flush(fs, to);
      await syncFolder(fs, dirname(to));
      return way;
    }
    return undefined;
  } catch (error) {
    throw writeFailure(error, to);
  }
}

async function isDone(step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined || serious.has(code)) throw error;
    return false;
  }
}

async function flush(fs: FileSystem, path: string): Promise<void> {
  const handle = await fs.open(path, 'read-no-follow');
  try {
    await handle.sync();
  } finally {
    await handle.close().catch(() => undefined);
  }
}
