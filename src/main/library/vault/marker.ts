import { join } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { makeFolder, orMissing, readFailure, shownPath, syncFolder, type FileSystem } from '../disk/index.ts';
import { readJson, writeJson } from './json-file.ts';
import { vaultLayout } from './layout.ts';

const markerSchema = z.strictObject({
  format: z.literal(1),
  /** Names this vault for ever, wherever it lies. */
  id: z.uuid(),
  /** Where the vault went when it was moved. This folder is then no vault any more. */
  movedTo: z.string().max(4096).optional(),
});
export type VaultMarker = z.infer<typeof markerSchema>;

/** What a folder says of itself; undefined where it is no vault. */
export async function readMarker(fs: FileSystem, folder: string): Promise<VaultMarker | undefined> {
  const path = join(folder, vaultLayout.marker);
  try {
    if ((await orMissing(fs.lstat(path))) === undefined) return undefined;
  } catch (error) {
    throw readFailure(error, path);
  }
  return readJson(fs, path, markerSchema);
}

/** Says what a folder is. */
export async function writeMarker(fs: FileSystem, folder: string, marker: VaultMarker): Promise<void> {
  await writeJson(fs, join(folder, vaultLayout.marker), marker);
}

/**
 * Makes a vault of a folder that is empty or does not exist. The folder it lies in must exist.
 * @throws DeltashelfError `target-exists` where the folder holds something else
 */
export async function makeVault(fs: FileSystem, folder: string): Promise<VaultMarker> {
  const made = await makeFolder(fs, folder);
  try {
    const names = await fs.readdir(folder);
    if (names.some((name) => !isOurs(name))) throw foreign(folder);
    const marker: VaultMarker = { format: 1, id: crypto.randomUUID() };
    await writeMarker(fs, folder, marker);
    await syncFolder(fs, join(folder, '..'));
    made.keep();
    return marker;
  } catch (error) {
    await made.remove();
    throw readFailure(error, folder);
  }
}

/** What a vault that was being made when the process died may hold; what hides is not a person's. */
function isOurs(name: string): boolean {
  return name.startsWith('.') || name === vaultLayout.lock || name === `${vaultLayout.lock}-journal`;
}

function foreign(folder: string): DeltashelfError {
  return new DeltashelfError(
    'target-exists',
    `${shownPath(folder)} holds something and is no vault. Nothing was changed. Choose an empty folder or a new one.`,
    { file: folder },
  );
}
