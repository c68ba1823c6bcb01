import { DeltashelfError } from '../../../shared/index.ts';
import type { RandomAccess } from '../../engine/streams.ts';
import { changedWhileReading, readFailure } from './failures.ts';
import { isUnchanged, type FileHandle, type FileStatus, type FileSystem } from './file-system.ts';
import { shownPath } from './shown-path.ts';

/** Node refuses reads of 2 GiB and more in one call. */
const largestRead = 2 ** 30;

/** A regular file that is open for reading. */
export interface OpenedFile extends RandomAccess {
  /** What the disk said when it was opened. */
  readonly status: FileStatus;
  /**
   * Closes the file, then tells whether it stayed as it was while it was open.
   * @throws DeltashelfError `changed-while-reading` when its size or time of change is another.
   */
  close(): Promise<void>;
}

export interface OpenFileOptions {
  /** Whether the last part of the path may be a link. Default true. */
  readonly followLinks?: boolean;
  /** The file as it was seen before: another one, or the same one changed, is refused. */
  readonly expected?: FileStatus;
  /** Its name inside a model, for the place of an error. Default: the path. */
  readonly file?: string;
}

/**
 * Opens a regular file for random access.
 * @throws DeltashelfError `not-found`, `not-readable`, or `changed-while-reading` when it is not `expected`.
 */
export async function openFile(
  fs: FileSystem,
  path: string,
  options: OpenFileOptions = {},
): Promise<OpenedFile> {
  const { followLinks = true, expected, file = path } = options;
  let handle: FileHandle | undefined;
  try {
    // Windows has no O_NOFOLLOW: there only this look, and `expected`, keep a link out.
    if (!followLinks) requireRegular(await fs.lstat(path), path, file);
    handle = await fs.open(path, followLinks ? 'read' : 'read-no-follow');
    const status = await handle.stat();
    requireRegular(status, path, file);
    if (expected !== undefined && !isUnchanged(expected, status)) throw changedWhileReading(path, file);
    return new NodeFile(handle, status, path, file);
  } catch (error) {
    await handle?.close().catch(() => undefined);
    throw readFailure(error, path, file);
  }
}

class NodeFile implements OpenedFile {
  readonly status: FileStatus;
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #file: string;

  constructor(handle: FileHandle, status: FileStatus, path: string, file: string) {
    this.#handle = handle;
    this.status = status;
    this.size = status.size;
    this.#path = path;
    this.#file = file;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    if (offset + target.length > this.size) throw changedWhileReading(this.#path, this.#file);
    for (let filled = 0; filled < target.length;) {
      const rest = target.subarray(filled, Math.min(target.length, filled + largestRead));
      const count = await this.#readOnce(rest, offset + filled);
      if (count === 0) throw changedWhileReading(this.#path, this.#file);
      filled += count;
    }
  }

  async close(): Promise<void> {
    let after: FileStatus;
    try {
      after = await this.#handle.stat();
    } catch (error) {
      throw readFailure(error, this.#path, this.#file);
    } finally {
      // Nothing was written through this handle, so a failing close loses nothing.
      await this.#handle.close().catch(() => undefined);
    }
    if (!isUnchanged(this.status, after)) throw changedWhileReading(this.#path, this.#file);
  }

  async #readOnce(target: Uint8Array, position: number): Promise<number> {
    try {
      return await this.#handle.read(target, position);
    } catch (error) {
      throw readFailure(error, this.#path, this.#file);
    }
  }
}

function requireRegular(status: FileStatus, path: string, file: string): void {
  if (status.kind === 'file') return;
  const what = { folder: 'a folder', link: 'a link', other: 'a device, socket or pipe' }[status.kind];
  throw new DeltashelfError(
    'not-readable',
    `${shownPath(path)} is ${what} and no regular file; choose the file that holds the bytes.`,
    { file },
  );
}
