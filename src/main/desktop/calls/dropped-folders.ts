import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, normalize } from 'node:path';

/** The folders that a person dropped; a file stands for the folder it lies in. What is neither is left out. */
export async function droppedFolders(paths: readonly string[]): Promise<readonly string[]> {
  const folders = new Set<string>();
  for (const path of paths) {
    if (!isAbsolute(path) || path.includes('\0')) continue;
    const status = await stat(path).catch(() => null);
    if (status?.isDirectory()) folders.add(normalize(path));
    else if (status?.isFile()) folders.add(dirname(normalize(path)));
  }
  return [...folders];
}
