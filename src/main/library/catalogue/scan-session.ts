import { sep } from 'node:path';
import type { FoundModel } from '../scan/found-model.ts';
import type { Connection, Statement } from './connection.ts';
import type { CatalogueFolder, Folders } from './tables/folders.ts';
import type { Models } from './tables/models.ts';

/** What a scan of a folder changed. Catalogue ids. */
export interface ScanReport {
  readonly added: readonly number[];
  /** Their weights are not those that were there. */
  readonly changed: readonly number[];
  /** Found again under another path. */
  readonly moved: readonly number[];
  /** Their files are not there any more; their rows stay. */
  readonly gone: readonly number[];
  /** Share of the folder's models that went, 0 to 1: above 0.2 a person should be asked what happened. */
  readonly goneShare: number;
  /** The folder had never been scanned before: what is in it did not land just now. */
  readonly firstScan: boolean;
}

interface ModelHere {
  id: number;
  path: string;
  signature: string;
  presence: 'whole' | 'gone';
}

/**
 * Takes what one scan of one folder finds, model by model, and at its end finds out which of the others were moved
 * and which are gone. Every call is a write of its own: a scan that is broken off leaves a sound catalogue.
 */
export class ScanSession {
  readonly #connection: Connection;
  readonly #models: Models;
  readonly #folders: Folders;
  readonly #folder: CatalogueFolder;
  readonly #here: Statement<[number], ModelHere>;
  readonly #strays: Statement<[string, number], ModelHere>;
  readonly #seen = new Set<number>();
  readonly #added = new Set<number>();
  readonly #changed = new Set<number>();

  constructor(connection: Connection, models: Models, folders: Folders, folder: CatalogueFolder) {
    this.#connection = connection;
    this.#models = models;
    this.#folders = folders;
    this.#folder = folder;
    this.#here = connection.prepare(
      'SELECT id, path, weights_signature AS signature, presence FROM models WHERE folder = ?',
    );
    this.#strays = connection.prepare(`
      SELECT id, path, weights_signature AS signature, presence FROM models
      WHERE presence = 'gone' AND weights_signature = ? AND weight_bytes > 0 AND id <> ? ORDER BY id LIMIT 1`);
  }

  /**
   * Writes a model that was found.
   * @param scanSignature what the scan gave with it
   * @returns its id; that of a moved model is known only after `finish`
   */
  found(model: FoundModel, scanSignature: string): number {
    const { id: folder, volume } = this.#folder;
    const { id, news } = this.#models.put(model, { folder, volume, scanSignature });
    this.#seen.add(id);
    if (news === 'new') this.#added.add(id);
    if (news === 'changed') this.#changed.add(id);
    return id;
  }

  /**
   * Notes a model of which names, sizes, times and inodes are as they were, so that nothing was read again.
   * @returns whether the catalogue knows one at that path
   */
  unchanged(path: string): boolean {
    const id = this.#models.idAt(path);
    if (id === undefined) return false;
    this.#models.setPresence(id, 'whole');
    this.#models.setWhere(id, this.#folder.id, this.#folder.volume);
    this.#seen.add(id);
    return true;
  }

  /**
   * Ends the scan.
   * @param unreadable paths that could not be looked into: what is known there stays as it is
   */
  finish(unreadable: readonly string[] = []): ScanReport {
    return this.#connection.write(() => {
      const here = this.#here.all(this.#folder.id).filter(({ presence }) => presence === 'whole');
      const before = here.length - this.#added.size;
      const gone = here.filter(({ id, path }) => !this.#seen.has(id) && !isBelow(path, unreadable));
      for (const { id } of gone) this.#models.setPresence(id, 'gone');
      const moved = this.#findMoved();
      this.#folders.scanned(this.#folder.id);
      const left = gone.map(({ id }) => id).filter((id) => !moved.includes(id));
      return {
        added: [...this.#added],
        changed: [...this.#changed],
        moved,
        gone: left,
        firstScan: this.#folder.scannedAt === null,
        goneShare: before === 0 ? 0 : left.length / before,
      };
    });
  }

  /** New rows whose weights are, by size, time and inode, those of a model that is gone take its id. */
  #findMoved(): number[] {
    const moved: number[] = [];
    const signatures = new Map(this.#here.all(this.#folder.id).map(({ id, signature }) => [id, signature]));
    for (const id of this.#added) {
      const stray = this.#strays.get(signatures.get(id) ?? '', id);
      if (stray === undefined) continue;
      this.#models.adopt(id, stray.id);
      this.#added.delete(id);
      moved.push(stray.id);
    }
    return moved;
  }
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some(
    (folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
  );
}
