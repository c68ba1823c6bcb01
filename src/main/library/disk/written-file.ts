import type { Warning } from '../../../shared/index.ts';
import type { Sink } from '../../engine/streams.ts';
import type { Metadata } from './entries.ts';
import { misuse, writeFailure } from './failures.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { restoreMetadata } from './restore-metadata.ts';

/** Node refuses writes of 2 GiB and more in one call. */
const largestWrite = 2 ** 30;

/** Bytes after which a flush is begun: the medium works while more bytes are made, and has little left in the end. */
const flushedAtOnce = 64 * 2 ** 20;

/** A new file that is being written under a temporary name. */
export class WrittenFile implements Sink {
  readonly #handle: FileHandle;
  /** The name a person knows, for errors and warnings. */
  readonly #name: string;
  #position = 0;
  #unflushed = 0;
  #flushing: Promise<void> | undefined;
  #state: 'open' | 'failed' | 'closed' = 'open';

  private constructor(handle: FileHandle, name: string) {
    this.#handle = handle;
    this.#name = name;
  }

  /** @throws what the disk threw: only the caller knows what a name that exists means. */
  static async create(fs: FileSystem, path: string, name: string): Promise<WrittenFile> {
    return new WrittenFile(await fs.open(path, 'create'), name);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#requireOpen();
    try {
      for (let written = 0; written < bytes.length;) {
        const rest = bytes.subarray(written, Math.min(bytes.length, written + largestWrite));
        const count = await this.#handle.write(rest, this.#position);
        if (count === 0) throw new Error('The disk took no bytes and gave no reason.');
        written += count;
        this.#position += count;
        this.#unflushed += count;
      }
      if (this.#unflushed >= flushedAtOnce) await this.#flushAhead();
    } catch (error) {
      this.#state = 'failed';
      throw writeFailure(error, this.#name);
    }
  }

  /** Sets mode and time where given, flushes to the medium and closes. */
  async finish(metadata?: Metadata): Promise<Warning[]> {
    this.#requireOpen();
    this.#state = 'failed';
    try {
      const warnings =
        metadata === undefined ? [] : await restoreMetadata(this.#handle, metadata, 'file', this.#name);
      await this.#flushing;
      await this.#handle.sync();
      await this.#handle.close();
      this.#state = 'closed';
      return warnings;
    } catch (error) {
      throw writeFailure(error, this.#name);
    }
  }

  /** Closes without flushing, as a file that is given up; does nothing after `finish`. */
  async abandon(): Promise<void> {
    await this.#flushing?.catch(() => undefined);
    if (this.#state !== 'closed') await this.#handle.close().catch(() => undefined);
    this.#state = 'closed';
  }

  /** Begins to flush what was written so far; waits only for the flush before. */
  async #flushAhead(): Promise<void> {
    await this.#flushing;
    this.#unflushed = 0;
    this.#flushing = this.#handle.sync();
    // Who waits for it next hears of it.
    this.#flushing.catch(() => undefined);
  }

  #requireOpen(): void {
    if (this.#state !== 'open') throw misuse('Writing went on after it had failed or ended.', this.#name);
  }
}
