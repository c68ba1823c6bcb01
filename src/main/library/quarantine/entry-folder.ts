import { basename, dirname, join } from 'node:path';

import {
  createAtomicFile,
  errnoOf,
  isTemporaryName,
  orMissing,
  syncFolder,
  type FileSystem,
} from '../disk/index.ts';
import type { QuarantineEntry } from './manifest.ts';

const manifestName = 'manifest.json';

/** Every folder that an entry has, each after the one it lies in. Each file has one of its own: names never meet. */
function entryFolders({ folder, files }: Pick<QuarantineEntry, 'folder' | 'files'>): string[] {
  return [folder, ...files.map(({ to }) => dirname(to))];
}

/** Where the file of that number goes. */
export function placeInEntry(folder: string, number: number, from: string): string {
  return join(folder, String(number).padStart(4, '0'), basename(from));
}

/** Makes the folder of an entry, private, with its manifest; all of it is on the medium when this returns. */
export async function makeEntryFolder(fs: FileSystem, entry: QuarantineEntry): Promise<void> {
  for (const folder of entryFolders(entry)) await fs.mkdir(folder, 0o700);
  const file = await createAtomicFile(fs, join(entry.folder, manifestName));
  try {
    await file.write(Buffer.from(`${JSON.stringify(entry, undefined, 2)}\n`));
    await file.publish();
  } finally {
    await file.discard();
  }
  await syncFolder(fs, dirname(entry.folder));
}

/**
 * Removes the folder of an entry that holds no file any more, and the quarantine itself where it was the last one.
 * What somebody else put there stays, and then so do the folders it lies in. May be repeated.
 */
export async function removeEntryFolder(fs: FileSystem, entry: QuarantineEntry): Promise<void> {
  if ((await orMissing(fs.lstat(entry.folder))) !== undefined) {
    // By what is there: files that had their names back earlier are not in the entry any more.
    const numbered = (await fs.readdir(entry.folder)).filter((name) => /^\d{4,}$/u.test(name));
    for (const name of numbered) await removeIfEmpty(fs, join(entry.folder, name));
    const names = await fs.readdir(entry.folder);
    const ours = names.filter((name) => name === manifestName || isTemporaryName(name));
    if (ours.length < names.length) {
      await syncFolder(fs, entry.folder);
      return;
    }
    for (const name of ours) await fs.unlink(join(entry.folder, name));
    await removeIfEmpty(fs, entry.folder);
  }
  // Also where it is gone already: a process that died may have removed it and not flushed that.
  await orMissing(syncFolder(fs, dirname(entry.folder)));
  // An empty hidden folder that stays is taken for the next one.
  const place = dirname(entry.folder);
  await removeIfEmpty(fs, place)
    .then(() => syncFolder(fs, dirname(place)))
    .catch(() => undefined);
}

async function removeIfEmpty(fs: FileSystem, folder: string): Promise<void> {
  try {
    await fs.rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
  }
}
