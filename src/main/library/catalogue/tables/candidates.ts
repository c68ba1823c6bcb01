import type { Connection, Statement } from '../connection.ts';

/** What a delta of one content against another would take. */
export interface PredictedPair {
  /** Names the content of the child, whatever its path: `Contents.keyOf`. */
  readonly child: string;
  /** Of the parent; empty: stored alone. */
  readonly parent: string;
  readonly bytes: number;
  /** A sample of chunks was encoded, not only sketches compared. */
  readonly tried: boolean;
}

interface Row {
  predicted_bytes: number;
  tried: number;
}

/** Remembers predictions, so that a plan over a grown library predicts only what is new. */
export class Candidates {
  readonly #connection: Connection;
  readonly #get: Statement<[string, string], Row>;
  readonly #put: Statement<[string, string, number, number]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare(
      'SELECT predicted_bytes, tried FROM candidates WHERE child = ? AND parent = ?',
    );
    this.#put = connection.prepare('INSERT OR REPLACE INTO candidates VALUES (?, ?, ?, ?)');
  }

  get(child: string, parent: string): PredictedPair | undefined {
    const row = this.#get.get(child, parent);
    return row && { child, parent, bytes: row.predicted_bytes, tried: row.tried === 1 };
  }

  put(pairs: readonly PredictedPair[]): void {
    this.#connection.write(() => {
      for (const { child, parent, bytes, tried } of pairs) this.#put.run(child, parent, bytes, tried ? 1 : 0);
    });
  }
}
