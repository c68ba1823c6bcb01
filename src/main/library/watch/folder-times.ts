import { join } from 'node:path';
import type { FileSystem } from '../disk/index.ts';
import { isQuarantine, isSystemFolder, isUnvisited } from '../scan/file-names.ts';

const deepest = 64;
/** Folders that are kept track of; a larger tree is seen by the reconciling scan alone. */
const mostFolders = 200_000;
const together = 64;

/**
 * The time of change of every folder below a watched one. A folder's time changes when a name in it appears or goes,
 * so a sweep over the times finds what came and went for one `lstat` per folder, without a watch on any.
 * Writing into an existing file does not show; the reconciling scan finds that.
 */
export class FolderTimes {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #times = new Map<string, bigint>();

  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  get size(): number {
    return this.#times.size;
  }

  /** Looks at all folders for the first time. @returns whether there are more than `limit`, where it stops early */
  async fill(limit: number): Promise<boolean> {
    this.#times.clear();
    return !(await this.#enter(this.#root, 0, Math.min(limit, mostFolders)));
  }

  /** Looks at the times again. @returns folders in which names came or went, and folders that are gone */
  async sweep(): Promise<string[]> {
    const changed: string[] = [];
    const paths = [...this.#times.keys()];
    for (let first = 0; first < paths.length; first += together) {
      const part = paths.slice(first, first + together);
      const times = await Promise.all(part.map((path) => this.#timeOf(path)));
      for (const [at, path] of part.entries()) {
        if (times[at] === this.#times.get(path)) continue;
        changed.push(path);
        if (times[at] === undefined) this.#times.delete(path);
      }
    }
    for (const path of changed) {
      if (this.#times.has(path)) await this.#enter(path, 0, mostFolders);
    }
    return changed;
  }

  /** @returns false where it stopped at the limit */
  async #enter(path: string, depth: number, limit: number): Promise<boolean> {
    // What is known already has its turn in the sweep: taking over its time here would hide a change.
    if (depth > 0 && this.#times.has(path)) return true;
    const time = await this.#timeOf(path);
    if (time === undefined) return true;
    this.#times.set(path, time);
    if (this.#times.size > limit) return false;
    if (depth >= deepest) return true;
    for (const inner of await this.#foldersIn(path)) {
      if (!(await this.#enter(inner, depth + 1, limit))) return false;
    }
    return true;
  }

  async #foldersIn(path: string): Promise<string[]> {
    const names = await this.#fs.readdir(path).catch(() => []);
    const places = names
      .filter((name) => !isUnvisited(name) && !isQuarantine(name))
      .map((name) => join(path, name))
      .filter((place) => !isSystemFolder(place));
    const folders: string[] = [];
    for (let first = 0; first < places.length; first += together) {
      const part = places.slice(first, first + together);
      const times = await Promise.all(part.map((place) => this.#timeOf(place)));
      folders.push(...part.filter((_, at) => times[at] !== undefined));
    }
    return folders;
  }

  /** Undefined for what is no folder, or is gone, or cannot be looked at. */
  async #timeOf(path: string): Promise<bigint | undefined> {
    try {
      const { kind, mtimeNs } = await this.#fs.lstat(path);
      return kind === 'folder' ? mtimeNs : undefined;
    } catch {
      return undefined;
    }
  }
}
