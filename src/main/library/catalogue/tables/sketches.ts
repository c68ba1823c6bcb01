import type { Connection, Statement } from '../connection.ts';

/** Sketches of models, as bytes that only lineage understands. Dropped when a model's weights change. */
export class Sketches {
  readonly #connection: Connection;
  readonly #get: Statement<[number, number], { bytes: Buffer }>;
  readonly #put: Statement<[number, number, Uint8Array]>;
  readonly #missing: Statement<[number], { id: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare('SELECT bytes FROM sketches WHERE model = ? AND version = ?');
    this.#put = connection.prepare(
      'INSERT OR REPLACE INTO sketches (model, version, bytes) VALUES (?, ?, ?)',
    );
    this.#missing = connection.prepare(`
      SELECT id FROM models m WHERE presence = 'whole' AND tensors > 0
        AND NOT EXISTS (SELECT 1 FROM sketches s WHERE s.model = m.id AND s.version = ?) ORDER BY id`);
  }

  /** @param version of the way sketches are taken; one of another version counts as none */
  get(model: number, version: number): Uint8Array | undefined {
    return this.#get.get(model, version)?.bytes;
  }

  put(model: number, version: number, bytes: Uint8Array): void {
    this.#connection.write(() => this.#put.run(model, version, bytes));
  }

  /** Models with tensors whose bytes were not looked at yet. */
  missing(version: number): number[] {
    return this.#missing.all(version).map(({ id }) => id);
  }
}
