import type { Connection, Statement } from '../connection.ts';

/**
 * What was found out about the parents of .wdelta files, each of which names one by its hash. Dropped when the weights
 * of either change.
 */
export class WdeltaParents {
  readonly #connection: Connection;
  readonly #put: Statement<[number, number, number]>;
  readonly #parents: Statement<[number], { path: string }>;
  readonly #open: Statement<[], { id: number }>;
  readonly #untried: Statement<[number], { id: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#put = connection.prepare('INSERT OR REPLACE INTO wdelta_parents VALUES (?, ?, ?)');
    this.#parents = connection.prepare(`
      SELECT m.path FROM wdelta_parents w JOIN models m ON m.id = w.parent
      WHERE w.child = ? AND w.matches = 1 ORDER BY m.id`);
    this.#open = connection.prepare(`
      SELECT id FROM models m WHERE layout = 'wdelta' AND presence = 'whole'
        AND NOT EXISTS (SELECT 1 FROM wdelta_parents w WHERE w.child = m.id AND w.matches = 1) ORDER BY id`);
    this.#untried = connection.prepare(`
      SELECT id FROM models m WHERE tensors > 0 AND presence = 'whole' AND layout IN ('folder', 'file')
        AND NOT EXISTS (SELECT 1 FROM wdelta_parents w WHERE w.child = ? AND w.parent = m.id) ORDER BY id`);
  }

  /** Paths of the models that have the hash which a .wdelta names. */
  parentsOf(child: number): string[] {
    return this.#parents.all(child).map(({ path }) => path);
  }

  /** .wdelta files whose parent was not found yet. */
  open(): number[] {
    return this.#open.all().map(({ id }) => id);
  }

  /** Models that may be the parent of one, and were not compared with its hash yet. */
  untried(child: number): number[] {
    return this.#untried.all(child).map(({ id }) => id);
  }

  put(child: number, parent: number, matches: boolean): void {
    this.#connection.write(() => this.#put.run(child, parent, matches ? 1 : 0));
  }
}
