import { join, posix } from 'node:path';

import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import type { LinkEntry } from './entries.ts';
import { changedWhileReading, errnoOf, orMissing } from './failures.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import type { SeenFile } from './held-files.ts';
import { modelWarnings } from './model-warnings.ts';
import { checkLinkTarget, checkPath, checkPaths, isInside, isUsable } from './safe-path.ts';
import { shownPath } from './shown-path.ts';
import { isTemporaryName } from './temporary.ts';

/** What of a folder is taken for one model. */
export interface WalkLimits {
  /** Files, folders and links together, at most. */
  readonly names: number;
  /** Folders inside it, relative, that are no part of it: models of their own, for example. */
  readonly leaveOut: ReadonlySet<string>;
}

const usualLimits: WalkLimits = { names: 100_000, leaveOut: new Set() };
const setIdBits = 0o6000;

/** What a walk through a model's folder found. All lists are sorted by path. */
export interface WalkedModel {
  readonly files: readonly SeenFile[];
  readonly folders: readonly { readonly path: string; readonly status: FileStatus }[];
  readonly links: readonly LinkEntry[];
  readonly warnings: readonly Warning[];
}

/**
 * Lists the folder of a model without reading any file.
 *
 * A link that stays inside the model is kept as a link, and its target is read once, under its own name. A link
 * to a file elsewhere is read as a file. All that cannot be put back is left out, with a warning.
 * @throws DeltashelfError `not-readable` above the limits, `changed-while-reading`; or what a call to the disk threw.
 */
export async function walkModel(
  fs: FileSystem,
  root: string,
  limits: Partial<WalkLimits> = {},
): Promise<WalkedModel> {
  const walk = new ModelWalk(fs, root, { ...usualLimits, ...limits });
  await walk.visit('');
  await walk.sortOutLinks();
  return walk.result();
}

class ModelWalk {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #limits: WalkLimits;
  readonly #files: SeenFile[] = [];
  readonly #folders: { path: string; status: FileStatus }[] = [];
  readonly #unsorted: LinkEntry[] = [];
  readonly #links: LinkEntry[] = [];
  readonly #warnings: Warning[] = [];
  #names = 0;

  constructor(fs: FileSystem, root: string, limits: WalkLimits) {
    this.#fs = fs;
    this.#root = root;
    this.#limits = limits;
  }

  async visit(folder: string): Promise<void> {
    const names = await this.#fs.readdir(this.#place(folder));
    for (const name of new Set(names.sort())) {
      this.#names += 1;
      if (this.#names > this.#limits.names) throw this.#tooMany();
      await this.#look(folder === '' ? name : `${folder}/${name}`, name);
    }
  }

  /** Decides on links when all names are known, so that a link to what is kept can itself be kept. */
  async sortOutLinks(): Promise<void> {
    const kept = new Set([...this.#files, ...this.#folders, ...this.#unsorted].map(nameOf));
    const root = await this.#fs.realpath(this.#root);
    for (const link of this.#unsorted) {
      if (await this.#staysInside(link, kept, root)) this.#links.push(link);
      else await this.#takeThrough(link.path);
    }
  }

  result(): WalkedModel {
    const files = this.#files.sort((left, right) => inOrder(left.file, right.file));
    const folders = this.#folders.sort((left, right) => inOrder(left.path, right.path));
    const leaves = [...files, ...this.#links].map(nameOf);
    // Names that are unsafe were left out on the way, so what is found now is a matter of other systems.
    const unportable = checkPaths(leaves, folders.map(nameOf)).map((problem) =>
      modelWarnings.unportable(problem),
    );
    return { files, folders, links: this.#links, warnings: [...this.#warnings, ...unportable] };
  }

  async #look(path: string, name: string): Promise<void> {
    const problem = checkPath(path);
    if (isTemporaryName(name)) this.#warnings.push(modelWarnings.temporary(path));
    else if (problem !== undefined && !isUsable(problem))
      this.#warnings.push(modelWarnings.unsafeName(problem));
    else await this.#take(path, await orMissing(this.#fs.lstat(this.#place(path))));
  }

  async #take(path: string, status: FileStatus | undefined): Promise<void> {
    switch (status?.kind) {
      case 'file':
        this.#takeFile(path, status, false);
        break;
      case 'folder':
        if (this.#limits.leaveOut.has(path)) break;
        this.#folders.push({ path, status });
        await this.visit(path);
        break;
      case 'link':
        this.#unsorted.push({ path, target: await this.#fs.readlink(this.#place(path)) });
        break;
      case 'other':
        this.#warnings.push(modelWarnings.notRegular(path));
        break;
      case undefined:
        // A name whose bytes are not UTF-8 was read with U+FFFD in it, and is not found under that.
        if (!path.includes('\ufffd')) throw changedWhileReading(this.#place(path), path);
        this.#warnings.push(modelWarnings.unreadableName(path));
    }
  }

  #takeFile(path: string, status: FileStatus, throughLink: boolean): void {
    this.#files.push({ path: this.#place(path), file: path, status, throughLink });
    if ((status.mode & setIdBits) !== 0) this.#warnings.push(modelWarnings.privileged(path));
  }

  async #staysInside(link: LinkEntry, kept: ReadonlySet<string>, root: string): Promise<boolean> {
    if (checkLinkTarget(link.path, link.target) !== undefined) return false;
    if (kept.has(posix.join(posix.dirname(link.path), link.target))) return true;
    const real = await orBroken(this.#fs.realpath(this.#place(link.path)));
    return real === undefined || isInside(root, real);
  }

  async #takeThrough(path: string): Promise<void> {
    const status = await orBroken(this.#fs.stat(this.#place(path)));
    if (status?.kind === 'file') {
      this.#takeFile(path, status, true);
      this.#warnings.push(modelWarnings.readThroughLink(path));
    } else if (status?.kind === 'folder') this.#warnings.push(modelWarnings.outsideFolder(path));
    else if (status?.kind === 'other') this.#warnings.push(modelWarnings.notRegular(path));
    else this.#warnings.push(modelWarnings.brokenLink(path));
  }

  #place(path: string): string {
    return join(this.#root, ...path.split('/'));
  }

  #tooMany(): DeltashelfError {
    return new DeltashelfError(
      'not-readable',
      `${shownPath(this.#root)} holds more than ${this.#limits.names} names, too many for one model; choose a folder inside it.`,
      { file: this.#root },
    );
  }
}

function nameOf(named: SeenFile | { readonly path: string }): string {
  return 'file' in named ? named.file : named.path;
}

function inOrder(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** Answers `undefined` for a link whose target is missing, or that leads back to itself. */
async function orBroken<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await orMissing(answer);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
