import type { FoundFile } from '../../scan/found-model.ts';
import type { Connection, Statement } from '../connection.ts';

/** What tells that the bytes of a file are still those that were hashed. */
export type HashedPlace = Pick<FoundFile, 'size' | 'mtimeNs' | 'dev' | 'ino'> & {
  /** Absolute path of the bytes. */
  readonly path: string;
};

interface Row {
  size: number;
  mtime_ns: string;
  sha256: Buffer;
}

/**
 * SHA-256 of files whose bytes were read, filled in the background. A hash counts as long as size, time of change and
 * inode are the same and either the path or the volume's number is: systems give a volume another one at times.
 */
export class Hashes {
  readonly #connection: Connection;
  readonly #byPlace: Statement<[string, string, number, string], Row>;
  readonly #byPath: Statement<[string, string], Row>;
  readonly #places: Statement<[Uint8Array], { path: string }>;
  readonly #put: Statement<[string, string, string, number, string, Uint8Array]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#byPlace = connection.prepare(
      'SELECT size, mtime_ns, sha256 FROM hashes WHERE ino = ? AND dev = ? AND size = ? AND mtime_ns = ? LIMIT 1',
    );
    this.#byPath = connection.prepare('SELECT size, mtime_ns, sha256 FROM hashes WHERE path = ? AND ino = ?');
    this.#places = connection.prepare('SELECT path FROM hashes WHERE sha256 = ?');
    this.#put = connection.prepare(`
      INSERT OR REPLACE INTO hashes (path, dev, ino, size, mtime_ns, sha256) VALUES (?, ?, ?, ?, ?, ?)`);
  }

  /** SHA-256 of a file, in hex; null where its bytes were not read since it last changed. */
  get(place: HashedPlace): string | null {
    const { path, dev, ino, size, mtimeNs } = place;
    const here = this.#byPath.get(path, ino);
    if (here?.size === size && here.mtime_ns === mtimeNs) return here.sha256.toString('hex');
    // Renamed, or another name of the same bytes.
    const elsewhere = isNumbered(ino) ? this.#byPlace.get(ino, dev, size, mtimeNs) : undefined;
    return elsewhere?.sha256.toString('hex') ?? null;
  }

  /** Keeps what was read. `place` is the file as it was before and after its bytes were read. */
  put(place: HashedPlace, sha256: string): void {
    this.#connection.write(() => {
      const { dev, ino, path, size, mtimeNs } = place;
      this.#put.run(path, dev, ino, size, mtimeNs, Buffer.from(sha256, 'hex'));
    });
  }

  /** Paths of files that had these bytes when they were read. To be looked at again before they are used. */
  pathsOf(sha256: string): string[] {
    return this.#places.all(Buffer.from(sha256, 'hex')).map(({ path }) => path);
  }
}

/** Whether the file system numbers its files. Some network volumes do not: then nothing tells two files apart but paths. */
export function isNumbered(ino: string): boolean {
  return ino !== '0';
}
