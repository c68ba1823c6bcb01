import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder for one test, under its real path. Removed with everything in it at the end of the block. */
export async function scratchFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'deltashelf-test-')));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await unlockFolders(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** A restored folder may have a mode that does not let its entries go. */
async function unlockFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await unlockFolders(join(folder, entry.name));
  }
}
