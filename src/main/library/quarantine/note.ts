import { basename, dirname, join } from 'node:path';

import {
  createAtomicFile,
  isThere,
  openFile,
  orMissing,
  syncFolder,
  type FileSystem,
} from '../disk/index.ts';
import type { QuarantineEntry } from './manifest.ts';

const ending = '.deltashelf.txt';
const mostTries = 100;
const largestNote = 64 * 1024;

/**
 * A free name for the note that is left where a model was: inside its folder, or beside where its file was.
 * @param model the model's folder or file
 * @throws DeltashelfError `not-readable`
 */
export async function notePath(fs: FileSystem, model: string, kind: 'file' | 'folder'): Promise<string> {
  const folder = kind === 'folder' ? model : dirname(model);
  // A name has at most 255 bytes.
  const name = cut(basename(model), 200);
  for (let count = 1; count < mostTries; count += 1) {
    const path = join(folder, `${name}${count === 1 ? '' : `.${count}`}${ending}`);
    if (!(await isThere(fs, path))) return path;
  }
  return join(folder, `${name}.${crypto.randomUUID()}${ending}`);
}

/**
 * Writes the note, never over anything.
 * @param temporary the name it has until it is complete
 */
export async function writeNote(
  fs: FileSystem,
  entry: QuarantineEntry,
  { vault, temporary }: { readonly vault: string; readonly temporary: string },
): Promise<void> {
  if (entry.note === null) return;
  const file = await createAtomicFile(fs, entry.note, undefined, temporary);
  try {
    await file.write(Buffer.from(noteText(entry, vault)));
    await file.publish();
  } finally {
    await file.discard();
  }
}

/** Removes the note if it still says what was written; one that a person changed stays. */
export async function removeNote(fs: FileSystem, entry: QuarantineEntry): Promise<void> {
  if (entry.note === null) return;
  if ((await orMissing(fs.lstat(entry.note))) === undefined) {
    await orMissing(syncFolder(fs, dirname(entry.note)));
    return;
  }
  const file = await openFile(fs, entry.note, { followLinks: false });
  let text = '';
  try {
    if (file.size <= largestNote) {
      const bytes = new Uint8Array(file.size);
      await file.read(0, bytes);
      text = Buffer.from(bytes).toString();
    }
  } finally {
    await file.close().catch(() => undefined);
  }
  if (!isUnchanged(text, entry)) return;
  await fs.unlink(entry.note);
  await syncFolder(fs, dirname(entry.note));
}

/** The vault may have moved since the note was written. */
function isUnchanged(text: string, entry: QuarantineEntry): boolean {
  const [before = '', after] = noteText(entry, '\0').split('\0');
  if (after === undefined) return text === before;
  const vault = text.slice(before.length, text.length - after.length);
  return text === `${before}${vault}${after}` && !vault.includes('\n');
}

function noteText(
  { id, why, name, folder, files, bytes, createdAt }: QuarantineEntry,
  vault: string,
): string {
  const went =
    why === 'reclaimed'
      ? `is stored in the Deltashelf vault ${vault}. Every byte of it can be had back from there: reconstruct "${name}".`
      : 'was deleted with Deltashelf. Until it is purged, that can be undone.';
  return [
    `The model "${name}" ${went}`,
    '',
    `Its originals (${files.length} ${files.length === 1 ? 'file' : 'files'}, ${bytes} bytes) were moved on ${createdAt} to`,
    folder,
    'and stay there until a purge is asked for.',
    '',
    ...files.map(({ from, sha256 }) => `${sha256}  ${basename(from)}`),
    '',
    `Quarantine entry ${id}. This note can be deleted.`,
    '',
  ].join('\n');
}

function cut(text: string, bytes: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
