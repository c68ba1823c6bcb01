import type { RandomAccess } from '../../engine/streams.ts';
import { openFile, type FileSystem, type OpenedFile } from '../disk/index.ts';
import type { SeenFile } from './look.ts';

/** Bytes that one read brings in: the whole header of most files. */
const startBytes = 64 * 1024;

/** A file of which the beginning was read in one go; what lies there is served from memory. */
export interface Started extends RandomAccess {
  /** At most the first 64 KiB. */
  readonly start: Uint8Array;
}

/**
 * Opens a file that was seen, lets `use` read it, and closes it.
 * @throws DeltashelfError `not-found`, `not-readable`, or `changed-while-reading` when it is not as it was seen, or
 * did not stay so.
 */
export async function withStart<T>(
  fs: FileSystem,
  { path, status, linkedTo }: SeenFile,
  use: (file: Started) => Promise<T>,
): Promise<T> {
  const opened = await openFile(fs, path, { followLinks: linkedTo !== undefined, expected: status });
  let result: T;
  try {
    result = await use(await started(opened));
  } catch (error) {
    await opened.close().catch(() => undefined);
    throw error;
  }
  await opened.close();
  return result;
}

async function started(opened: OpenedFile): Promise<Started> {
  const start = new Uint8Array(Math.min(startBytes, opened.size));
  if (start.length > 0) await opened.read(0, start);
  return {
    size: opened.size,
    start,
    async read(offset, target) {
      if (offset + target.length <= start.length) {
        target.set(start.subarray(offset, offset + target.length));
      } else await opened.read(offset, target);
    },
  };
}

/**
 * The text of a small file, or undefined where it is longer than `limit` bytes or no UTF-8.
 * @throws as `withStart`
 */
export async function readText(fs: FileSystem, file: SeenFile, limit: number): Promise<string | undefined> {
  if (file.status.size > limit) return undefined;
  return withStart(fs, file, async (bytes) => {
    const whole = new Uint8Array(bytes.size);
    await bytes.read(0, whole);
    return decode(whole);
  });
}

/** The text of the first bytes of a file, cut behind its last whole line. */
export async function readFirstLines(fs: FileSystem, file: SeenFile): Promise<string | undefined> {
  return withStart(fs, file, async ({ size, start }) => {
    const end = start.length === size ? size : start.lastIndexOf(0x0a) + 1;
    return decode(start.subarray(0, end));
  });
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
