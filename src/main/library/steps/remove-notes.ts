import { basename, dirname, join } from 'node:path';
import { openFile, removeFile, type FileSystem } from '../disk/index.ts';
import type { Sidecar } from '../vault/index.ts';

const ending = '.deltashelf.txt';
const largestNote = 64 * 1024;
const lastLine = /\nQuarantine entry [0-9a-f-]{36}\. This note can be deleted\.\n$/u;

/** Removes notes that said where a model went, now that it is back. One that a person wrote or changed stays. */
export async function removeNotes(fs: FileSystem, { kind, path, name }: Sidecar): Promise<void> {
  const folder = kind === 'folder' ? path : dirname(path);
  const names = await fs.readdir(folder).catch((): string[] => []);
  for (const each of names.filter((file) => file.endsWith(ending) && isAbout(file, basename(path)))) {
    const text = await textOf(fs, join(folder, each));
    if (text.startsWith(`The model "${name}" is stored in the Deltashelf vault `) && lastLine.test(text)) {
      await removeFile(fs, join(folder, each));
    }
  }
}

/** Long names are cut in notes. */
function isAbout(file: string, model: string): boolean {
  const named = file.slice(0, -ending.length).replace(/\.\d+$/u, '');
  return named !== '' && (model.startsWith(named) || file.startsWith(`${model}.`));
}

async function textOf(fs: FileSystem, path: string): Promise<string> {
  try {
    const file = await openFile(fs, path, { followLinks: false });
    try {
      if (file.size > largestNote) return '';
      const bytes = new Uint8Array(file.size);
      await file.read(0, bytes);
      return Buffer.from(bytes).toString();
    } finally {
      await file.close().catch(() => undefined);
    }
  } catch {
    return '';
  }
}
