import type { RandomAccess } from '../../engine/streams.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import { openFile, type OpenedFile } from './open-file.ts';

/** Enough for all workers at once; few enough for several models within the 256 files of a macOS process. */
const mostOpen = 32;

/** A file of a model as the walk saw it. */
export interface SeenFile {
  readonly path: string;
  /** Name inside the model, for the place of an error. */
  readonly file: string;
  readonly status: FileStatus;
  readonly throughLink: boolean;
}

interface Held {
  readonly opened: Promise<OpenedFile>;
  users: number;
}

/**
 * Files that are opened when they are first read, of which only so many stay open. One that is opened again
 * must still be the one that the walk saw, so a reader sees one state of it or a failure.
 */
export class HeldFiles {
  readonly #fs: FileSystem;
  readonly #mostOpen: number;
  /** Least recently used first. */
  readonly #held = new Map<SeenFile, Held>();

  constructor(fs: FileSystem, limit = mostOpen) {
    this.#fs = fs;
    this.#mostOpen = limit;
  }

  access(seen: SeenFile): RandomAccess {
    return {
      size: seen.status.size,
      read: async (offset, target) => {
        const held = this.#hold(seen);
        try {
          const opened = await held.opened;
          await opened.read(offset, target);
        } finally {
          held.users -= 1;
        }
        await this.#closeUnused();
      },
    };
  }

  /**
   * Closes all files, then throws what the first of them that changed has to say.
   * @throws DeltashelfError `changed-while-reading`
   */
  async close(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    const closings = await Promise.allSettled(all.map(async ({ opened }) => (await opened).close()));
    for (const closing of closings) if (closing.status === 'rejected') throw closing.reason;
  }

  #hold(seen: SeenFile): Held {
    const held = this.#held.get(seen) ?? { opened: this.#open(seen), users: 0 };
    held.users += 1;
    this.#held.delete(seen);
    this.#held.set(seen, held);
    return held;
  }

  async #open(seen: SeenFile): Promise<OpenedFile> {
    const { path, file, status, throughLink } = seen;
    try {
      return await openFile(this.#fs, path, { followLinks: throughLink, expected: status, file });
    } catch (error) {
      this.#held.delete(seen);
      throw error;
    }
  }

  async #closeUnused(): Promise<void> {
    // Looked up anew after each close: meanwhile another reader may have come to hold the next one.
    for (let oldest = this.#oldestUnused(); oldest !== undefined; oldest = this.#oldestUnused()) {
      const [seen, held] = oldest;
      this.#held.delete(seen);
      await (await held.opened).close();
    }
  }

  #oldestUnused(): [SeenFile, Held] | undefined {
    if (this.#held.size <= this.#mostOpen) return undefined;
    return [...this.#held].find(([, held]) => held.users === 0);
  }
}
