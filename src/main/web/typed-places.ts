import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { DeltashelfError } from '../../shared/index.ts';
import { isInside, shownPath, type FileSystem } from '../library/index.ts';

const mostSuggestions = 50;

/** A folder that a page may name paths in: as a person gave it, and where that really is. */
interface Root {
  readonly given: string;
  readonly real: string;
}

/**
 * Paths as a person types them, on the machine of the service. None leads out of the folders that the host was started
 * with, whatever links lie on the way: what counts is where a path really is.
 */
export class TypedPlaces {
  readonly #fs: FileSystem;
  readonly #roots: readonly Root[];

  private constructor(fs: FileSystem, roots: readonly Root[]) {
    this.#fs = fs;
    this.#roots = roots;
  }

  /** @throws DeltashelfError `not-found` where one of the folders is not there */
  static async within(fs: FileSystem, folders: readonly string[]): Promise<TypedPlaces> {
    const roots = await Promise.all(
      folders.map(async (folder) => {
        const given = resolve(folder);
        const real = await realFolder(fs, given);
        if (real === undefined) throw noRoot(given);
        return { given, real };
      }),
    );
    return new TypedPlaces(fs, roots);
  }

  /** Folders that a text could go on with, in order, at most 50. What lies outside is as if it were not there. */
  async complete(text: string): Promise<string[]> {
    const path = expanded(text);
    const above = this.#roots.map(({ given }) => given).filter((given) => startsAlike(given, path));
    if (!isAbsolute(path)) return above;
    // By hand: a dot that begins a name is no name of the folder itself.
    const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf(sep)) + 1;
    const folder = resolve(path.slice(0, end));
    const begun = path.slice(end);
    const real = this.#mayName(folder) ? await realFolder(this.#fs, folder) : undefined;
    if (real === undefined || !this.#holds(real)) return above;
    const names = await this.#fs.readdir(real).catch(() => []);
    const fitting = names
      .filter((name) => startsAlike(name, begun) && name.startsWith('.') === begun.startsWith('.'))
      .sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
    const found = [];
    for (const name of fitting) {
      const inner = await realFolder(this.#fs, join(real, name));
      if (inner !== undefined && this.#holds(inner)) found.push(join(folder, name));
      if (found.length === mostSuggestions) break;
    }
    return found;
  }

  /**
   * Where a path that a person typed really is.
   * @throws DeltashelfError `refused` outside the folders, `not-found`
   */
  async find(text: string): Promise<string> {
    const path = expanded(text);
    if (!isAbsolute(path)) throw noPath(text);
    // Asked first, so that nobody learns from the answer what there is elsewhere.
    if (!this.#mayName(resolve(path))) throw this.#outside(path);
    let real: string;
    try {
      real = await this.#fs.realpath(resolve(path));
    } catch (error) {
      throw notThere(path, error);
    }
    if (!this.#holds(real)) throw this.#outside(path);
    return real;
  }

  #mayName(path: string): boolean {
    return this.#roots.some(({ given, real }) => isInside(given, path) || isInside(real, path));
  }

  #holds(real: string): boolean {
    return this.#roots.some((root) => isInside(root.real, real));
  }

  #outside(path: string): DeltashelfError {
    const roots = this.#roots.map(({ given }) => shownPath(given)).join(', ');
    return new DeltashelfError(
      'refused',
      `${shownPath(path)} is not in ${roots}, and this page may use nothing else. Nothing was done. Start Deltashelf ` +
        'with --root <folder> to allow another one.',
      { file: path },
    );
  }
}

/** A tilde stands for the home folder, as in a shell. */
function expanded(text: string): string {
  return text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : text;
}

function startsAlike(text: string, start: string): boolean {
  return text.toLowerCase().startsWith(start.toLowerCase());
}

/** @returns undefined where there is no folder of that name */
async function realFolder(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    const real = await fs.realpath(path);
    return (await fs.stat(real)).kind === 'folder' ? real : undefined;
  } catch {
    return undefined;
  }
}

function noRoot(folder: string): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    `${shownPath(folder)}, which --root names, is no folder that can be read. Nothing was done; check its name.`,
    { file: folder },
  );
}

function noPath(text: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `${shownPath(text)} is no whole path. Nothing was done; begin at the top of the disk, or with ~ for the home folder.`,
  );
}

function notThere(path: string, cause: unknown): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    `${shownPath(path)} was not found. Nothing was done; check its name, or connect the disk it is on.`,
    { file: path },
    cause,
  );
}
