import { join } from 'node:path';
import { errnoOf } from '../disk/failures.ts';
import { checkPath, isInside, isUsable } from '../disk/safe-path.ts';
import type { FileStatus, FileSystem } from '../disk/index.ts';
import { isOwnNote } from './file-names.ts';
import type { SkippedPlace } from './found-model.ts';
import { skipped, skippedBy } from './skipped.ts';

/** Calls to the disk that are under way at a time. */
const together = 64;

/** A regular file in a folder, or a link to one. */
export interface SeenFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Of the bytes, also where the name is a link. */
  readonly status: FileStatus;
  /** Real path of the bytes where the name is a link. */
  readonly linkedTo?: string;
}

/** A folder in a folder; not a link to one. */
export interface SeenFolder {
  readonly name: string;
  readonly path: string;
  readonly status: FileStatus;
}

/** What is in a folder. All lists are sorted by name. */
export interface Look {
  readonly path: string;
  readonly files: readonly SeenFile[];
  readonly folders: readonly SeenFolder[];
  readonly skipped: readonly SkippedPlace[];
}

type Seen =
  | { readonly kind: 'file'; readonly file: SeenFile }
  | { readonly kind: 'folder'; readonly folder: SeenFolder }
  | { readonly kind: 'skipped'; readonly place: SkippedPlace }
  | undefined;

/**
 * Looks at every name in a folder, and through links at files; reads nothing. A link that stays in its own folder
 * is left out: the file is seen under its own name.
 * @throws what `readdir` threw; whatever else fails is skipped with a sentence.
 */
export async function lookInto(fs: FileSystem, path: string): Promise<Look> {
  const names = [...new Set(await fs.readdir(path))].sort();
  const files: SeenFile[] = [];
  const folders: SeenFolder[] = [];
  const places: SkippedPlace[] = [];
  for (let first = 0; first < names.length; first += together) {
    const part = names.slice(first, first + together);
    for (const seen of await Promise.all(part.map((name) => lookAt(fs, path, name)))) {
      if (seen?.kind === 'file') files.push(seen.file);
      else if (seen?.kind === 'folder') folders.push(seen.folder);
      else if (seen?.kind === 'skipped') places.push(seen.place);
    }
  }
  return { path, files, folders, skipped: places };
}

async function lookAt(fs: FileSystem, folder: string, name: string): Promise<Seen> {
  const path = join(folder, name);
  if (isOwnNote(name)) return undefined;
  try {
    const status = await fs.lstat(path);
    if (status.kind === 'link') return await lookThrough(fs, folder, name);
    if (status.kind === 'folder') return { kind: 'folder', folder: { name, path, status } };
    return status.kind === 'file' ? keep({ name, path, status }) : undefined;
  } catch (error) {
    // A name whose bytes are not UTF-8 was read with U+FFFD in it, and is not found under that.
    if (errnoOf(error) === 'ENOENT' && name.includes('\ufffd')) return place(skipped.undecodable(path));
    return place(skippedBy(error, path));
  }
}

async function lookThrough(fs: FileSystem, folder: string, name: string): Promise<Seen> {
  const path = join(folder, name);
  let status: FileStatus;
  try {
    status = await fs.stat(path);
  } catch (error) {
    return place(errnoOf(error) === 'ENOENT' ? skipped.brokenLink(path) : skippedBy(error, path));
  }
  if (status.kind === 'folder') return place(skipped.folderLink(path));
  if (status.kind !== 'file') return undefined;
  const linkedTo = await fs.realpath(path);
  return isInside(folder, linkedTo) ? undefined : keep({ name, path, status, linkedTo });
}

/** Only what can be put back under its name is taken for a part of a model. */
function keep(file: SeenFile): Seen {
  const problem = checkPath(file.name);
  if (problem === undefined || isUsable(problem)) return { kind: 'file', file };
  return place(skipped.unsafeName(file.path, problem.sentence));
}

function place(skippedPlace: SkippedPlace): Seen {
  return { kind: 'skipped', place: skippedPlace };
}
