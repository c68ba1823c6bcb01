import type { Connection, Statement } from '../connection.ts';

/** A watched folder. */
export interface CatalogueFolder {
  readonly id: number;
  /** Absolute. */
  readonly path: string;
  readonly volume: number | null;
  readonly addedAt: string;
  /** When it was last scanned from end to end; null: never. */
  readonly scannedAt: string | null;
}

interface Row {
  id: number;
  path: string;
  volume: number | null;
  added_at: string;
  scanned_at: string | null;
}

/** The watched folders. */
export class Folders {
  readonly #connection: Connection;
  readonly #now: () => Date;
  readonly #list: Statement<[], Row>;
  readonly #add: Statement<[string, number | null, string], { id: number }>;
  readonly #scanned: Statement<[string, number]>;
  readonly #setPath: Statement<[string, number]>;
  readonly #forgetModels: Statement<[number]>;
  readonly #remove: Statement<[number]>;

  constructor(connection: Connection, now: () => Date) {
    this.#connection = connection;
    this.#now = now;
    this.#list = connection.prepare('SELECT * FROM folders ORDER BY path');
    this.#add = connection.prepare(`
      INSERT INTO folders (path, volume, added_at) VALUES (?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET volume = excluded.volume RETURNING id`);
    this.#scanned = connection.prepare('UPDATE folders SET scanned_at = ? WHERE id = ?');
    this.#setPath = connection.prepare('UPDATE folders SET path = ? WHERE id = ?');
    // What the vault holds, or quarantine, is still the library's.
    this.#forgetModels = connection.prepare(`
      DELETE FROM models WHERE folder = ?
        AND id NOT IN (SELECT model FROM deltas) AND id NOT IN (SELECT model FROM quarantine)`);
    this.#remove = connection.prepare('DELETE FROM folders WHERE id = ?');
  }

  list(): CatalogueFolder[] {
    return this.#list
      .all()
      .map(({ added_at: addedAt, scanned_at: scannedAt, ...row }) => ({ ...row, addedAt, scannedAt }));
  }

  /** Adds a folder, or answers the id of the one with that path. */
  add(path: string, volume: number | null): number {
    return this.#connection.write(() => this.#add.get(path, volume, this.#now().toISOString())?.id ?? 0);
  }

  /** Notes that a folder has another path now: its volume is connected elsewhere. The next scan finds its models again. */
  moved(id: number, path: string): void {
    this.#connection.write(() => this.#setPath.run(path, id));
  }

  /** Notes that a folder was scanned from end to end. */
  scanned(id: number): void {
    this.#connection.write(() => this.#scanned.run(this.#now().toISOString(), id));
  }

  /** Forgets a folder and the models in it, but for those that are stored or in quarantine. Deletes no file. */
  remove(id: number): void {
    this.#connection.write(() => {
      this.#forgetModels.run(id);
      this.#remove.run(id);
    });
  }
}
