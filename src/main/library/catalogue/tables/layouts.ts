import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isDtype, type Dtype } from '../../../engine/dtypes.ts';
import type { TensorInfo } from '../../../engine/formats/index.ts';
import type { Connection, Statement } from '../connection.ts';

const keyBytes = 16;
/** A million tensors with long names: more than any file that the parsers take. */
const mostBytes = 512 * 2 ** 20;
const mostCached = 16;

/** A tensor in a packed list: name, dtype, shape, and 1 where it is big-endian. */
type Packed = [name: string, dtype: string, shape: number[], bigEndian?: 1];

/**
 * Tensor lists of files. A list is kept once, however many files have it: all fine-tunes of a base have the same one.
 */
export class Layouts {
  readonly #find: Statement<[Uint8Array], { id: number }>;
  readonly #insert: Statement<[Uint8Array, Uint8Array]>;
  readonly #read: Statement<[number], { packed: Uint8Array }>;
  readonly #prune: Statement<[]>;
  /** The last lists that were read: models of one family share them in memory, too. */
  readonly #cache = new Map<number, readonly TensorInfo[]>();

  constructor(connection: Connection) {
    this.#find = connection.prepare('SELECT id FROM layouts WHERE key = ?');
    this.#insert = connection.prepare('INSERT INTO layouts (key, packed) VALUES (?, ?)');
    this.#read = connection.prepare('SELECT packed FROM layouts WHERE id = ?');
    this.#prune = connection.prepare(
      'DELETE FROM layouts WHERE id NOT IN (SELECT layout FROM files WHERE layout IS NOT NULL)',
    );
  }

  /** Keeps a list, and answers its id and a key that equal lists have alike. */
  keep(tensors: readonly TensorInfo[]): { id: number; key: string } {
    const text = JSON.stringify(tensors.map(pack));
    const key = createHash('sha256').update(text).digest().subarray(0, keyBytes);
    const id = this.#find.get(key)?.id ?? Number(this.#insert.run(key, deflateRawSync(text)).lastInsertRowid);
    return { id, key: key.toString('hex') };
  }

  read(id: number): readonly TensorInfo[] {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const row = this.#read.get(id);
    if (row === undefined) return [];
    const text = inflateRawSync(row.packed, { maxOutputLength: mostBytes }).toString('utf8');
    const tensors = (JSON.parse(text) as Packed[]).map(unpack);
    if (this.#cache.size >= mostCached) this.#cache.clear();
    this.#cache.set(id, tensors);
    return tensors;
  }

  /** Drops lists that no file has any more. */
  prune(): void {
    this.#prune.run();
    this.#cache.clear();
  }
}

function pack({ name, dtype, shape, bigEndian }: TensorInfo): Packed {
  return bigEndian === true ? [name, dtype, [...shape], 1] : [name, dtype, [...shape]];
}

function unpack([name, dtype, shape, bigEndian]: Packed): TensorInfo {
  const known: Dtype = isDtype(dtype) ? dtype : 'OPAQUE';
  return bigEndian === 1 ? { name, dtype: known, shape, bigEndian: true } : { name, dtype: known, shape };
}
