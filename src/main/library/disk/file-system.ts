/** What kind of thing a name stands for. `other` is a device, a socket or a pipe. */
export type FileKind = 'file' | 'folder' | 'link' | 'other';

/** What a volume knows about one name. `dev` with `ino` tells a file from every other one that exists now. */
export interface FileStatus {
  readonly kind: FileKind;
  readonly size: number;
  /** Permission bits with set-id and sticky bits: at most 0o7777. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly dev: bigint;
  readonly ino: bigint;
  /** Number of names (hard links) of the same bytes. */
  readonly names: number;
}

/**
 * What a handle is opened for.
 * - `read`: an existing file, through links.
 * - `read-no-follow`: the same, refused with ELOOP where the last part of the path is a link.
 * - `create`: a new file for writing; EEXIST where anything has that name, a link included.
 * - `modify`: an existing file for writing, not through a link.
 * - `folder`: a folder, to set its mode and time and to flush it.
 *
 * Opening never waits for the other end of a pipe.
 */
export type OpenPurpose = 'read' | 'read-no-follow' | 'create' | 'modify' | 'folder';

/** An open file or folder. */
export interface FileHandle {
  stat(): Promise<FileStatus>;
  /** Reads up to `target.length` bytes at `position`; the answer is how many, 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes at most all of `bytes` at `position`; the answer is how many. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  chmod(mode: number): Promise<void>;
  /** Sets the time of change; the time of access becomes now. Exact to a microsecond. */
  utimes(mtimeNs: bigint): Promise<void>;
  /** Flushes to the medium. Does nothing where the platform cannot flush a folder. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Room on a volume. */
export interface VolumeStatus {
  /** Bytes that this person may still write. */
  readonly availableBytes: number;
}

/**
 * Every call to the file system that this room makes, under the names POSIX gives them. Passed in, so that a
 * test can fail each one. Failures carry an errno name in `code`, as those of node:fs do.
 */
export interface FileSystem {
  /** Whether `rename` puts a folder in the place of an empty one in one step. Not on Windows. */
  readonly renameReplacesEmptyFolder: boolean;
  open(path: string, purpose: OpenPurpose): Promise<FileHandle>;
  stat(path: string): Promise<FileStatus>;
  lstat(path: string): Promise<FileStatus>;
  /** Names in a folder, in no order. Bytes that are not UTF-8 come back as U+FFFD. */
  readdir(path: string): Promise<string[]>;
  /** Target of a link, with forward slashes. */
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  link(existing: string, path: string): Promise<void>;
  /**
   * Makes a new file that shares the blocks of another until one of them is written to; never a copy. EEXIST where
   * the name is taken, ENOTSUP, EXDEV or the like where the volume cannot.
   */
  clone(existing: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  mkdir(path: string, mode?: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  statfs(path: string): Promise<VolumeStatus>;
}

/** Whether two looks at the disk saw the same file. Says nothing about its bytes. */
export function isSameFile(left: FileStatus, right: FileStatus): boolean {
  return left.dev === right.dev && left.ino === right.ino;
}

/** Whether two looks at the disk saw the same file, unchanged as far as size and time tell. */
export function isUnchanged(before: FileStatus, after: FileStatus): boolean {
  return isSameFile(before, after) && before.size === after.size && before.mtimeNs === after.mtimeNs;
}
