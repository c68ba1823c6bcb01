import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { FolderEntries } from '../../../src/main/library/disk/publish-folder.ts';

/** Bytes of the files of a small model that has everything a folder can have. */
export const smallFiles: Readonly<Record<string, string>> = {
  'config.json': '{}',
  'model.safetensors': 'weights of the model',
  'tokenizer/vocab.txt': 'a\nb\n',
};

const day = 86_400_000_000_000n;
const time = (number: bigint): string => (1_700_000_000_123_456_789n + number * day).toString();

export const smallEntries: FolderEntries = {
  root: { mode: 0o755, mtimeNs: time(0n) },
  files: [
    { path: 'config.json', mode: 0o644, mtimeNs: time(1n) },
    { path: 'model.safetensors', mode: 0o444, mtimeNs: time(2n) },
    { path: 'tokenizer/vocab.txt', mode: 0o600, mtimeNs: time(3n) },
  ],
  folders: [
    { path: 'empty', mode: 0o700, mtimeNs: time(4n) },
    { path: 'tokenizer', mode: 0o555, mtimeNs: time(5n) },
  ],
  links: [
    { path: 'latest.safetensors', target: 'model.safetensors' },
    { path: 'tokenizer/up.json', target: '../config.json' },
  ],
};

/** Writes that model as another program would, at `folder`. */
export async function writeSmallModel(folder: string): Promise<void> {
  const folders = smallEntries.folders.map(({ path }) => path);
  for (const path of ['.', ...folders]) await mkdir(join(folder, path), { recursive: true });
  for (const [path, text] of Object.entries(smallFiles)) await writeFile(join(folder, path), text);
  for (const { path, target } of smallEntries.links) await symlink(target, join(folder, path));
  const dated = [...smallEntries.files, ...smallEntries.folders, { path: '.', ...smallEntries.root }];
  for (const { path, mode, mtimeNs } of dated) {
    await utimes(join(folder, path), 0, Number(mtimeNs) / 1e9);
    await chmod(join(folder, path), mode);
  }
}

/** Writes one file, with the folders it needs. */
export async function plant(folder: string, path: string, text = path): Promise<string> {
  const place = join(folder, path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, text);
  return place;
}
