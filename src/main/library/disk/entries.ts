import type { FileStatus } from './file-system.ts';

/** What a disk keeps about a file or folder beside its bytes. */
export interface Metadata {
  /** Permission bits with set-id and sticky bits: at most 0o7777. */
  readonly mode: number;
  /** Time of change in nanoseconds since 1970, decimal: JSON has no integers of that size. */
  readonly mtimeNs: string;
}

/** A file or folder inside a model. */
export interface Entry extends Metadata {
  /** Relative path with forward slashes. */
  readonly path: string;
}

/** A link inside a model that points to something inside it. */
export interface LinkEntry {
  readonly path: string;
  /** As the link has it, with forward slashes: relative to the folder of the link. */
  readonly target: string;
}

/** All that is needed, with the bytes of its files, to put a model back as it was. */
export interface ModelEntries {
  /** The model's own folder; absent where the model is one file. */
  readonly root?: Metadata;
  readonly files: readonly Entry[];
  /** Every folder inside, empty ones included. */
  readonly folders: readonly Entry[];
  readonly links: readonly LinkEntry[];
}

const latestTimeNs = 2n ** 63n - 1n;

/** Reads a time back; undefined when the text is none that a disk can hold. */
export function parseTime(mtimeNs: string): bigint | undefined {
  if (!/^-?\d{1,19}$/u.test(mtimeNs)) return undefined;
  const time = BigInt(mtimeNs);
  return time > latestTimeNs || time < -latestTimeNs ? undefined : time;
}

/** What of a disk's answer is worth keeping. */
export function toMetadata(status: FileStatus): Metadata {
  return { mode: status.mode, mtimeNs: status.mtimeNs.toString() };
}

export function toEntry(path: string, status: FileStatus): Entry {
  return { path, ...toMetadata(status) };
}
