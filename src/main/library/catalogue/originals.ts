import type { Connection, Statement } from './connection.ts';
import { originalChanged, type StoredFileFacts } from './original-changed.ts';
import type { Statuses } from './statuses.ts';
import type { Hashes } from './tables/hashes.ts';
import { filePath, type ModelFiles } from './tables/model-files.ts';
import type { CatalogueModel } from './tables/model-row.ts';

interface Row {
  path: string;
  layout: CatalogueModel['layout'];
  created_at: string;
  files: string;
}

/** Compares originals with what was stored of them, from facts that were seen; reads no file. */
export class Originals {
  readonly #files: ModelFiles;
  readonly #hashes: Hashes;
  readonly #statuses: Statuses;
  readonly #delta: Statement<[number], Row>;
  readonly #setChanged: Statement<[number, number]>;

  constructor(connection: Connection, files: ModelFiles, hashes: Hashes, statuses: Statuses) {
    this.#files = files;
    this.#hashes = hashes;
    this.#statuses = statuses;
    this.#delta = connection.prepare(`
      SELECT m.path, m.layout, d.created_at, d.files FROM deltas d JOIN models m ON m.id = d.model
      WHERE d.model = ? ORDER BY d.created_at DESC LIMIT 1`);
    this.#setChanged = connection.prepare('UPDATE models SET changed = ? WHERE id = ?');
  }

  /** Brings `changed`, and all that follows from it, up to date. */
  refresh(model: number): void {
    const delta = this.#delta.get(model);
    this.#setChanged.run(delta !== undefined && this.#isChanged(model, delta) ? 1 : 0, model);
    this.#statuses.refresh(model);
  }

  #isChanged(model: number, delta: Row): boolean {
    const seen = this.#files.list(model).map((file) => {
      const path = file.linkedTo ?? filePath(delta, file);
      return { ...file, sha256: this.#hashes.get({ ...file, path }) };
    });
    return originalChanged(seen, JSON.parse(delta.files) as StoredFileFacts[], delta.created_at);
  }
}
