import { isAbsolute } from 'node:path';
import type { FileSystem } from '../disk/index.ts';
import { listBackups } from './backup.ts';
import type { Catalogue } from './catalogue.ts';
import { Connection } from './connection.ts';
import { setIfSound } from './decisions-document.ts';

interface CarriedOver {
  readonly folders: readonly { path: string }[];
  readonly settings: readonly { key: string; value: string }[];
}

/**
 * Takes watched folders and settings, which nothing else knows, from a catalogue that was set aside, else from the
 * newest backup that can be read. Best effort: what cannot be read is left.
 */
export async function carryOver(
  fs: FileSystem,
  home: string,
  aside: string,
  catalogue: Catalogue,
): Promise<void> {
  for (const path of [aside, ...(await listBackups(fs, home))]) {
    const carried = readOld(path);
    if (carried === undefined) continue;
    catalogue.write(() => {
      for (const folder of carried.folders)
        if (isAbsolute(folder.path)) catalogue.folders.add(folder.path, null);
      for (const { key, value } of carried.settings) setIfSound(catalogue, key, parsed(value));
    });
    return;
  }
}

function readOld(path: string): CarriedOver | undefined {
  let connection: Connection | undefined;
  try {
    connection = new Connection(path, { readonly: true });
    return {
      folders: connection.prepare<[], { path: string }>('SELECT path FROM folders').all(),
      settings: connection
        .prepare<[], { key: string; value: string }>('SELECT key, value FROM settings')
        .all(),
    };
  } catch {
    return undefined;
  } finally {
    connection?.close();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
