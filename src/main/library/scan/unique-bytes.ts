import type { FoundFile } from './found-model.ts';

/** Adds up the bytes of files so that bytes with several names (links, hard links, shared blobs) count once. */
export class UniqueBytes {
  readonly #seen = new Set<string>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns the bytes that this file added: its size, or 0 where another name of the same bytes was counted */
  add(file: Pick<FoundFile, 'dev' | 'ino' | 'size'>): number {
    const identity = `${file.dev}:${file.ino}`;
    // Some network volumes number no files: there every name counts.
    if (file.ino !== '0' && this.#seen.has(identity)) return 0;
    this.#seen.add(identity);
    this.#bytes += file.size;
    return file.size;
  }
}
