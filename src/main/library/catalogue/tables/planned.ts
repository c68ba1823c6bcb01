import { createHash } from 'node:crypto';
import type { Connection, Statement } from '../connection.ts';

/** Remembers what the predictions of all models were planned from, so that nothing is planned twice. */
export class Planned {
  readonly #connection: Connection;
  readonly #states: Statement<[]>;
  readonly #sketched: Statement<[]>;
  readonly #get: Statement<[], { stamp: string; sketched: string }>;
  readonly #put: Statement<[string, string]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#states = connection.prepare('SELECT id, state, blocked FROM models ORDER BY id');
    this.#sketched = connection.prepare('SELECT model, version FROM sketches ORDER BY model');
    this.#get = connection.prepare('SELECT stamp, sketched FROM planned');
    this.#put = connection.prepare('INSERT OR REPLACE INTO planned VALUES (1, ?, ?)');
  }

  /**
   * Names all that a plan is made from.
   * @param lineage stamp of the lineage
   * @param limits settings of the plan
   */
  stamp(lineage: string, limits: unknown): string {
    return hashed(this.#states.iterate(), JSON.stringify([lineage, limits]));
  }

  /** Whether the predictions are from a plan that was made from what has that stamp. */
  isFresh(stamp: string): boolean {
    return this.#get.get()?.stamp === stamp;
  }

  /** Whether the bytes of all models that were looked at have been planned with. */
  hasAllSketches(): boolean {
    return this.#get.get()?.sketched === hashed(this.#sketched.iterate());
  }

  /** @param stamp taken before planning began */
  note(stamp: string): void {
    this.#connection.write(() => this.#put.run(stamp, hashed(this.#sketched.iterate())));
  }
}

function hashed(rows: Iterable<unknown>, more = ''): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(JSON.stringify(row));
  return hash.update(more).digest('hex');
}
