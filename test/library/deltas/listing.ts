import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** All that a folder holds, by path: hash, mode and time of files, targets of links. Equal listings, equal folders. */
export async function listing(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of ['', ...(await readdir(folder, { recursive: true })).sort()]) {
    found[path] = await describe(join(folder, path));
  }
  return found;
}

/** The same of one file or folder. */
export async function describe(path: string): Promise<string> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return `link to ${await readlink(path)}`;
  const kept = `${(status.mode & 0o777).toString(8)} ${Math.round(status.mtimeMs)}`;
  if (status.isDirectory()) return `folder ${kept}`;
  return `file ${kept} ${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')}`;
}

/** Names in a folder, hidden ones included. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
