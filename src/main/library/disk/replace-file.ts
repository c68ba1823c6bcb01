import { dirname } from 'node:path';

import { writeFailure } from './failures.ts';
import type { FileSystem } from './file-system.ts';
import { syncFolder } from './place-file.ts';
import { takeBack, temporaryBeside } from './temporary.ts';
import { WrittenFile } from './written-file.ts';

/**
 * Writes a small file of the program's own, in place of the one that has the name, if any. A crash leaves the old
 * one or the new one, whole. Never for a person's files.
 * @throws DeltashelfError `disk-full`, `not-writable`, `write-failed`; then the old one is there, or both are whole
 * and it is the disk that refused to say which one stays.
 */
export async function replaceFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryBeside(path);
  let written: WrittenFile | undefined;
  try {
    written = await WrittenFile.create(fs, temporary, path);
    await written.write(bytes);
    await written.finish();
    await fs.rename(temporary, path);
    await syncFolder(fs, dirname(path));
  } catch (error) {
    await written?.abandon();
    if (written) await takeBack(() => fs.unlink(temporary));
    throw writeFailure(error, path);
  }
}
