import type { Connection, Statement } from '../connection.ts';

/** Something that happened. */
export interface ActivityEntry {
  readonly id: number;
  readonly at: string;
  /** `compress`, `reclaim`, `undo`, `folder-added`, `base-changed`, ... */
  readonly kind: string;
  /** Catalogue id of the model it is about; it may be forgotten since. */
  readonly model: number | null;
  /** Name of the model or folder, as it was then. */
  readonly name: string;
  readonly sentence: string;
  /** Id of the vault's journal step, by which it can be undone; null: there is nothing to undo. */
  readonly step: string | null;
  /** A later entry undid it. */
  readonly undone: boolean;
}

/** What is written down. */
export type NewActivity = Pick<ActivityEntry, 'kind' | 'name' | 'sentence'> & {
  readonly model?: number;
  readonly step?: string;
  /** Step that this undid. */
  readonly undoes?: string;
};

type Row = Omit<ActivityEntry, 'undone'> & { undone: number };

/** What happened, when. Only ever grows: the database refuses changes. */
export class Activity {
  readonly #connection: Connection;
  readonly #now: () => Date;
  readonly #insert: Statement<unknown[], { id: number }>;
  readonly #list: Statement<[number, number], Row>;

  constructor(connection: Connection, now: () => Date) {
    this.#connection = connection;
    this.#now = now;
    this.#insert = connection.prepare(`
      INSERT INTO activity (at, kind, model, name, sentence, step, undoes) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`);
    this.#list = connection.prepare(`
      SELECT id, at, kind, model, name, sentence, step,
        step IS NOT NULL AND EXISTS (SELECT 1 FROM activity u WHERE u.undoes = a.step) AS undone
      FROM activity a WHERE id < ? ORDER BY id DESC LIMIT ?`);
  }

  /** @returns its id */
  add({ kind, model, name, sentence, step, undoes }: NewActivity): number {
    const at = this.#now().toISOString();
    const values = [at, kind, model ?? null, name, sentence, step ?? null, undoes ?? null];
    return this.#connection.writeDurably(() => this.#insert.get(...values)?.id ?? 0);
  }

  /** From the newest to the oldest; `before` is the id that the last page ended with. */
  list(limit: number, before = Number.MAX_SAFE_INTEGER): ActivityEntry[] {
    return this.#list.all(before, limit).map(({ undone, ...row }) => ({ ...row, undone: undone === 1 }));
  }
}
