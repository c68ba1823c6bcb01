import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { isInside, isTemporaryName } from '../disk/index.ts';
import type { QuarantineEntry } from './manifest.ts';
import { quarantineName } from './place-name.ts';

const noteEnding = '.deltashelf.txt';
const number = /^\d{4,}$/u;

/**
 * Whether all paths of an entry are where an entry has them: files in numbered folders of its own folder in a
 * quarantine, their former places in the model, the note with it. Manifests and journals lie on disks that anybody may
 * have written to, and what they name is moved and deleted.
 */
export function isContained({
  id,
  path,
  folder,
  files,
  note,
}: Pick<QuarantineEntry, 'id' | 'path' | 'folder' | 'files' | 'note'>): boolean {
  if (!isPlain(path) || !isPlain(folder)) return false;
  if (basename(folder) !== id || basename(dirname(folder)) !== quarantineName) return false;
  if (note !== null && !(isPlain(note) && note.endsWith(noteEnding) && isBeside(path, note))) return false;
  return files.every(({ from, to }) => {
    const own = dirname(to);
    return (
      isPlain(from) &&
      isPlain(to) &&
      isInside(path, from) &&
      dirname(own) === folder &&
      number.test(basename(own)) &&
      basename(to) === basename(from)
    );
  });
}

/** Whether a path is the temporary name of the note of an entry. */
export function isTemporaryNote(path: string, note: string | null): boolean {
  return note !== null && dirname(path) === dirname(note) && isTemporaryName(basename(path));
}

/** In the model's folder, or beside the model's file. */
function isBeside(path: string, note: string): boolean {
  return dirname(note) === path || dirname(note) === dirname(path);
}

function isPlain(path: string): boolean {
  return isAbsolute(path) && resolve(path) === path;
}
