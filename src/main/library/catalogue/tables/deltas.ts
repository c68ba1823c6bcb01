import type { Sidecar } from '../../vault/sidecar.ts';
import type { Connection, Statement } from '../connection.ts';

/** What the catalogue remembers of a sidecar. */
export interface CatalogueDelta {
  /** Of the sidecar. */
  readonly id: string;
  /** Catalogue id. */
  readonly model: number;
  readonly name: string;
  /** File in the vault. */
  readonly file: string;
  readonly bytes: number;
  readonly level: string;
  readonly lossy: Sidecar['lossy'] | null;
  readonly originalBytes: number;
  readonly createdAt: string;
  readonly verifiedAt: string | null;
  /** What a check found wrong; null: nothing. */
  readonly damage: string | null;
  /** What it is decoded with. */
  readonly parents: readonly {
    readonly name: string;
    readonly path: string | null;
    readonly stored: string | null;
  }[];
}

interface Row {
  id: string;
  model: number;
  name: string;
  file: string;
  bytes: number;
  level: string;
  lossy: string | null;
  original_bytes: number;
  created_at: string;
  verified_at: string | null;
  damage: string | null;
  parents: string;
}

const columns =
  'id, model, name, file, bytes, level, lossy, original_bytes, created_at, verified_at, damage, parents';

/** A mirror of the vault's sidecars, for lists and trees; written by `VaultMirror`. */
export class Deltas {
  readonly #list: Statement<[], Row>;
  readonly #get: Statement<[string], Row>;
  readonly #ofModel: Statement<[number], Row>;
  readonly #verified: Statement<[], { model: number; verified_at: string | null }>;
  readonly #put: Statement<unknown[]>;
  readonly #setDamage: Statement<[string | null, string]>;
  readonly #drop: Statement<[string]>;

  constructor(connection: Connection) {
    this.#list = connection.prepare(`SELECT ${columns} FROM deltas ORDER BY created_at, id`);
    this.#get = connection.prepare(`SELECT ${columns} FROM deltas WHERE id = ?`);
    this.#ofModel = connection.prepare(
      `SELECT ${columns} FROM deltas WHERE model = ? ORDER BY created_at DESC LIMIT 1`,
    );
    this.#verified = connection.prepare(
      'SELECT model, verified_at, max(created_at) FROM deltas GROUP BY model',
    );
    // A delta that was made again is sound again.
    this.#put = connection.prepare(`
      INSERT INTO deltas (id, model, name, file, bytes, level, lossy, original_bytes, created_at, verified_at, files, parents)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET model = excluded.model, name = excluded.name, file = excluded.file,
        bytes = excluded.bytes, level = excluded.level, lossy = excluded.lossy, original_bytes = excluded.original_bytes,
        damage = iif(excluded.verified_at IS verified_at AND excluded.created_at IS created_at, damage, NULL),
        created_at = excluded.created_at, verified_at = excluded.verified_at,
        files = excluded.files, parents = excluded.parents`);
    this.#setDamage = connection.prepare('UPDATE deltas SET damage = ? WHERE id = ?');
    this.#drop = connection.prepare('DELETE FROM deltas WHERE id = ?');
  }

  list(): CatalogueDelta[] {
    return this.#list.all().map(toDelta);
  }

  get(id: string): CatalogueDelta | undefined {
    const row = this.#get.get(id);
    return row && toDelta(row);
  }

  /** The newest delta of a model. */
  ofModel(model: number): CatalogueDelta | undefined {
    const row = this.#ofModel.get(model);
    return row && toDelta(row);
  }

  /** When the newest delta of each model was last proven; null: never. */
  verifiedTimes(): Map<number, string | null> {
    return new Map(this.#verified.all().map((row) => [row.model, row.verified_at]));
  }

  put(sidecar: Sidecar, model: number): void {
    const { id, name, delta, lossy, originalBytes, createdAt, verifiedAt, files, parents } = sidecar;
    this.#put.run(
      ...[id, model, name, delta.file, delta.bytes, delta.level],
      ...[lossy === undefined ? null : JSON.stringify(lossy), originalBytes, createdAt, verifiedAt],
      JSON.stringify(files.map(({ path, size, sha256, weights }) => ({ path, size, sha256, weights }))),
      JSON.stringify(
        parents.map((parent) => ({ name: parent.name, path: parent.path, stored: parent.stored })),
      ),
    );
  }

  setDamage(id: string, sentence: string | null): void {
    this.#setDamage.run(sentence, id);
  }

  drop(id: string): void {
    this.#drop.run(id);
  }
}

function toDelta(row: Row): CatalogueDelta {
  const {
    original_bytes: originalBytes,
    created_at: createdAt,
    verified_at: verifiedAt,
    lossy,
    parents,
    ...rest
  } = row;
  return {
    ...rest,
    originalBytes,
    createdAt,
    verifiedAt,
    lossy: lossy === null ? null : (JSON.parse(lossy) as NonNullable<Sidecar['lossy']>),
    parents: JSON.parse(parents) as CatalogueDelta['parents'],
  };
}
