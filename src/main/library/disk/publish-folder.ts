import { join, posix, resolve } from 'node:path';

import type { Warning } from '../../../shared/index.ts';
import type { Sink } from '../../engine/streams.ts';
import { checkEntries } from './check-entries.ts';
import type { Entry, Metadata, ModelEntries } from './entries.ts';
import { errnoOf, misuse, sameNameHere, writeFailure } from './failures.ts';
import type { FileSystem } from './file-system.ts';
import { lookAtTarget, placeFolder } from './place-folder.ts';
import { restoreMetadata } from './restore-metadata.ts';
import { joinInside } from './safe-path.ts';
import { takeBack, temporaryBeside } from './temporary.ts';
import { WrittenFile } from './written-file.ts';

/** A model's folder with everything in it. */
export type FolderEntries = Required<ModelEntries>;

/** A file inside a folder that is being made. */
export interface FolderFile extends Sink {
  /** Sets mode and time, flushes and closes. Must be called before the folder is published. */
  close(): Promise<void>;
}

/** A folder that gets its final name when it is complete, or leaves nothing behind. */
export interface AtomicFolder {
  /** Begins the file of that entry. Several may be open at once. */
  createFile(path: string): Promise<FolderFile>;
  /**
   * Adds links, sets modes and times, flushes all and puts the folder in its place; returns what the volume
   * could not keep.
   * @throws DeltashelfError `target-exists`, `disk-full`, `not-writable`, `write-failed`; it is then discarded.
   */
  publish(): Promise<Warning[]>;
  /** Removes everything that was made, and nothing else. Never fails; does nothing after `publish`. */
  discard(): Promise<void>;
}

/**
 * Begins a folder that is to be named `target`, under a temporary name beside it. `target` must not exist, or be
 * an empty folder, which is then replaced. All entries are checked before anything is made.
 * @param temporary that name, where it must be known before: one of `temporaryBeside`
 * @throws DeltashelfError `delta-damaged` when an entry could lead out of the folder; `target-exists`,
 * `disk-full`, `not-writable`, `write-failed`
 */
export async function createAtomicFolder(
  fs: FileSystem,
  target: string,
  entries: FolderEntries,
  temporary = temporaryBeside(resolve(target)),
): Promise<AtomicFolder> {
  const problem = checkEntries(entries);
  if (problem !== undefined) throw problem;
  const final = resolve(target);
  const folder = new TemporaryFolder(fs, final, temporary, entries);
  try {
    await lookAtTarget(fs, final);
    await folder.makeFolders();
    return folder;
  } catch (error) {
    await folder.discard();
    throw writeFailure(error, final);
  }
}

class TemporaryFolder implements AtomicFolder {
  readonly #fs: FileSystem;
  readonly #final: string;
  readonly #temporary: string;
  readonly #entries: FolderEntries;
  readonly #missing: Map<string, Entry>;
  readonly #open = new Set<WrittenFile>();
  /** Steps that remove what was made, in the order of making. */
  readonly #undo: (() => Promise<void>)[] = [];
  readonly #warnings: Warning[] = [];
  #ended = false;

  constructor(fs: FileSystem, final: string, temporary: string, entries: FolderEntries) {
    this.#fs = fs;
    this.#final = final;
    this.#temporary = temporary;
    this.#entries = entries;
    this.#missing = new Map(entries.files.map((entry) => [entry.path, entry]));
  }

  async makeFolders(): Promise<void> {
    // Private until it is complete: the modes inside may be wider than those of the finished folder.
    await this.#fs.mkdir(this.#temporary, 0o700);
    this.#undo.push(() => this.#fs.rmdir(this.#temporary));
    for (const path of allFolders(this.#entries)) {
      const place = this.#place(path);
      await this.#make(path, () => this.#fs.mkdir(place));
      this.#undo.push(() => this.#fs.rmdir(place));
    }
  }

  async createFile(path: string): Promise<FolderFile> {
    const entry = this.#ended ? undefined : this.#missing.get(path);
    if (entry === undefined)
      throw misuse('The file has no entry, was begun before, or its folder has ended.', path);
    this.#missing.delete(path);
    const written = await this.#make(path, async () => {
      const place = await this.#safePlace(path);
      this.#undo.push(() => this.#fs.unlink(place));
      return WrittenFile.create(this.#fs, place, join(this.#final, path));
    });
    this.#open.add(written);
    return {
      write: (bytes) => written.write(bytes),
      close: () => this.#closeFile(written, entry),
    };
  }

  async publish(): Promise<Warning[]> {
    if (this.#ended || this.#missing.size > 0 || this.#open.size > 0) {
      await this.discard();
      throw misuse(
        'A folder was to be published twice, or before all of its files were complete.',
        this.#final,
      );
    }
    try {
      for (const link of this.#entries.links) await this.#makeLink(link.path, link.target);
      await this.#finishFolders();
      await placeFolder(this.#fs, this.#temporary, this.#final);
      this.#ended = true;
      return this.#warnings;
    } catch (error) {
      await this.discard();
      throw writeFailure(error, this.#final);
    }
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const written of this.#open) await written.abandon();
    // A folder that got its final mode may no longer let its entries go.
    const folders = this.#undo.length > 0 ? ['', ...allFolders(this.#entries)] : [];
    for (const path of folders) await takeBack(() => this.#fs.chmod(this.#place(path), 0o700));
    for (const step of this.#undo.reverse()) await takeBack(step);
  }

  async #closeFile(written: WrittenFile, entry: Entry): Promise<void> {
    this.#warnings.push(...(await written.finish(entry)));
    this.#open.delete(written);
  }

  async #makeLink(path: string, target: string): Promise<void> {
    await this.#make(path, async () => {
      const place = await this.#safePlace(path);
      this.#undo.push(() => this.#fs.unlink(place));
      await this.#fs.symlink(target, place);
    });
  }

  /** In a folder of our own, a name can only be taken by another name of the same model. */
  async #make<T>(path: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') throw sameNameHere(path);
      throw writeFailure(error, join(this.#final, path), path);
    }
  }

  async #safePlace(path: string): Promise<string> {
    const place = await joinInside(this.#fs, this.#temporary, path);
    if (place === undefined) throw misuse('A checked name left its folder.', path);
    return place;
  }

  /** After all is made, as making changes times; from the inside out, as a folder's mode may close it. */
  async #finishFolders(): Promise<void> {
    const metadata = new Map<string, Metadata>(this.#entries.folders.map((entry) => [entry.path, entry]));
    for (const path of allFolders(this.#entries).reverse()) {
      await this.#finishFolder(path, metadata.get(path));
    }
    await this.#finishFolder('', this.#entries.root);
  }

  async #finishFolder(path: string, metadata: Metadata | undefined): Promise<void> {
    const handle = await this.#fs.open(this.#place(path), 'folder');
    try {
      if (metadata !== undefined) {
        this.#warnings.push(...(await restoreMetadata(handle, metadata, 'folder', path || '.')));
      }
      await handle.sync();
    } finally {
      await handle.close().catch(() => undefined);
    }
  }

  #place(path: string): string {
    return join(this.#temporary, ...path.split('/'));
  }
}

/** Every folder that the entries name or need, each after the one it lies in. */
function allFolders(entries: FolderEntries): string[] {
  const folders = new Set(entries.folders.map(({ path }) => path));
  for (const { path } of [...entries.files, ...entries.links, ...entries.folders]) {
    for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent))
      folders.add(parent);
  }
  return [...folders].sort();
}
