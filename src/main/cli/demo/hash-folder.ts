import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** SHA-256 of every file below a folder, by its path inside. Read anew from disk, by nothing of the engine. */
export async function hashFolder(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const hash = createHash('sha256').update(await readFile(path));
    hashes.set(path.slice(folder.length), hash.digest('hex'));
  }
  return hashes;
}

/** Whether two folders hold the same files with the same bytes. */
export function sameFiles(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return (
    left.size > 0 && left.size === right.size && [...left].every(([path, hash]) => right.get(path) === hash)
  );
}
