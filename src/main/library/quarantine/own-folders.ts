import { dirname } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { orMissing, readFailure, shownPath, type FileSystem } from '../disk/index.ts';
import type { QuarantineEntry } from './manifest.ts';

/**
 * Refuses an entry of which a folder is a link: its files would then be others, elsewhere. Folders that are missing are
 * no harm.
 * @throws DeltashelfError `refused`
 */
export async function refuseLinkedFolders(fs: FileSystem, entry: QuarantineEntry): Promise<void> {
  const folders = new Set(entry.files.map(({ to }) => dirname(to)));
  for (const folder of [dirname(entry.folder), entry.folder, ...folders]) {
    const status = await orMissing(fs.lstat(folder)).catch((error: unknown) => {
      throw readFailure(error, folder);
    });
    if (status === undefined || status.kind === 'folder') continue;
    throw new DeltashelfError(
      'refused',
      `${shownPath(folder)} in the quarantine of ${entry.name} is no folder but a link or a file, which Deltashelf did not ` +
        'make. Nothing in it is moved or deleted. Look who put it there, and put the folder back.',
      { file: folder },
    );
  }
}
