import type { FileSystem } from '../disk/index.ts';
import { isInside } from '../disk/safe-path.ts';
import { decideFolder, isFormFolder, type FolderKind } from './decide-folder.ts';
import {
  isCheckpointFolder,
  isPartialName,
  isQuarantine,
  isTrainerState,
  isUnvisited,
  isVault,
  isWeightName,
} from './file-names.ts';
import type { SkippedPlace } from './found-model.ts';
import { lookInto, type Look, type SeenFile, type SeenFolder } from './look.ts';
import { skippedBy } from './skipped.ts';

/** As many names as a model may have to be opened as one. */
export const mostNamesOfModel = 100_000;
const deepest = 30;

/** A file of a model's folder. */
export interface CollectedFile extends SeenFile {
  /** Relative to the model, with forward slashes. */
  readonly relative: string;
}

/** What belongs to a model's folder, and what lies in it and does not. */
export interface Collected {
  /** Sorted by relative path. */
  readonly files: readonly CollectedFile[];
  /** Downloads and copies in it that are not finished. */
  readonly partial: readonly SeenFile[];
  /** Folders inside that are places of their own, to be walked on. */
  readonly own: readonly { readonly folder: SeenFolder; readonly look: Look }[];
  /** Folders inside that are no part of it, relative. Sorted. */
  readonly leftOut: readonly string[];
  /** In the folders inside; what `look` skipped is not repeated. */
  readonly skipped: readonly SkippedPlace[];
  readonly tooMany: boolean;
}

/**
 * Gathers the files of a folder that is one model, from all folders inside it that are no models themselves.
 * @returns what was found; folders that cannot be read are skipped with a sentence.
 */
export async function collectFiles(fs: FileSystem, look: Look, kind: FolderKind): Promise<Collected> {
  const ownsAll = kind === 'pipeline' || look.files.some(({ name }) => name === 'modules.json');
  const collector = new Collector(fs, look.path, ownsAll);
  await collector.take(look, '');
  return collector.result();
}

class Collector {
  readonly #fs: FileSystem;
  readonly #root: string;
  /** Whether every folder inside is part of the model, weights or not. */
  readonly #ownsAll: boolean;
  readonly #files: CollectedFile[] = [];
  readonly #partial: SeenFile[] = [];
  readonly #own: { folder: SeenFolder; look: Look }[] = [];
  readonly #leftOut: string[] = [];
  readonly #skipped: SkippedPlace[] = [];
  #names = 0;

  constructor(fs: FileSystem, root: string, ownsAll: boolean) {
    this.#fs = fs;
    this.#root = root;
    this.#ownsAll = ownsAll;
  }

  async take(look: Look, prefix: string): Promise<void> {
    this.#names += look.files.length + look.folders.length;
    if (prefix !== '') this.#skipped.push(...look.skipped);
    for (const file of look.files) {
      if (this.#isInnerLink(file)) continue;
      if (isPartialName(file.name)) this.#partial.push(file);
      else this.#files.push({ ...file, relative: `${prefix}${file.name}` });
    }
    for (const folder of look.folders) {
      if (this.#names > mostNamesOfModel) return;
      await this.#enter(folder, prefix);
    }
  }

  result(): Collected {
    return {
      files: this.#files.sort((left, right) => (left.relative < right.relative ? -1 : 1)),
      partial: this.#partial,
      own: this.#own,
      leftOut: this.#leftOut.sort(),
      skipped: this.#skipped,
      tooMany: this.#names > mostNamesOfModel,
    };
  }

  async #enter(folder: SeenFolder, prefix: string): Promise<void> {
    const relative = `${prefix}${folder.name}`;
    if (isUnvisited(folder.name) || isQuarantine(folder.name) || relative.split('/').length > deepest) {
      this.#leftOut.push(relative);
      return;
    }
    try {
      const look = await lookInto(this.#fs, folder.path);
      if (this.#isPart(folder.name, look)) await this.take(look, `${relative}/`);
      else {
        this.#own.push({ folder, look });
        this.#leftOut.push(relative);
      }
    } catch (error) {
      this.#skipped.push(skippedBy(error, folder.path));
    }
  }

  /** A link that stays inside the model is no file: its target is seen under its own name. */
  #isInnerLink({ linkedTo }: SeenFile): boolean {
    return linkedTo !== undefined && isInside(this.#root, linkedTo);
  }

  #isPart(name: string, look: Look): boolean {
    const names = look.files.filter((file) => !this.#isInnerLink(file)).map(({ name }) => name);
    if (isVault(names)) return false;
    if (this.#ownsAll || isFormFolder(name)) return true;
    if (isCheckpointFolder(name)) return false;
    return (
      !names.some((file) => isWeightName(file) && !isTrainerState(file)) && decideFolder(names) === 'many'
    );
  }
}
