import { basename, dirname, join } from 'node:path';
import { isSameFile, type FileSystem } from '../disk/file-system.ts';
import { temporaryBeside, takeBack } from '../disk/temporary.ts';
import { writeFailure } from '../disk/failures.ts';

/** What a volume can do, found out by trying. */
export interface VolumeAbilities {
  /** Takes names that differ only in case for one. */
  readonly ignoresCase: boolean;
  /** Gives one file several names. */
  readonly hardLinks: boolean;
}

/**
 * Tries what the volume of a folder can do, with a small file under a temporary name that is gone afterwards. Only
 * for folders that are ours to write in (a vault, a quarantine), never for a watched one.
 * @throws DeltashelfError when not even a file can be made there
 */
export async function probeVolume(fs: FileSystem, folder: string): Promise<VolumeAbilities> {
  const path = temporaryBeside(join(folder, 'probe'));
  const second = temporaryBeside(path);
  try {
    await (await fs.open(path, 'create')).close();
    return {
      ignoresCase: (await ignoresCase(fs, path)) ?? false,
      hardLinks: await canLink(fs, path, second),
    };
  } catch (error) {
    throw writeFailure(error, folder);
  } finally {
    await takeBack(() => fs.unlink(second));
    await takeBack(() => fs.unlink(path));
  }
}

async function canLink(fs: FileSystem, path: string, second: string): Promise<boolean> {
  try {
    await fs.link(path, second);
    return isSameFile(await fs.lstat(path), await fs.lstat(second));
  } catch {
    return false;
  }
}

/**
 * Whether the volume of an existing file or folder takes names that differ only in case for one: its name in the
 * other case leads to it. Only looks.
 * @returns undefined where the name has no letters, or cannot be looked at
 */
export async function ignoresCase(fs: FileSystem, path: string): Promise<boolean | undefined> {
  const name = basename(path);
  const lower = name.toLowerCase();
  const other = name === lower ? name.toUpperCase() : lower;
  if (other === name) return undefined;
  try {
    // Both names may exist, each for a file of its own.
    if ((await fs.readdir(dirname(path))).includes(other)) return false;
    const status = await fs.lstat(path);
    const found = await fs.lstat(join(dirname(path), other)).catch(() => undefined);
    return found !== undefined && isSameFile(status, found);
  } catch {
    return undefined;
  }
}
