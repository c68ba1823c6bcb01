import { constants, type BigIntStats } from 'node:fs';
import * as node from 'node:fs/promises';

import { retryWhileBusy } from './busy.ts';
import { errnoOf } from './failures.ts';
import type { FileHandle, FileKind, FileStatus, FileSystem, OpenPurpose } from './file-system.ts';

const onWindows = process.platform === 'win32';

// Windows lacks some of these flags: node then leaves them undefined, against its types.
const flag = (value: number | undefined): number => value ?? 0;
const noFollow = flag(constants.O_NOFOLLOW);
// Without it, opening a pipe that nobody writes to never returns.
const noWait = flag(constants.O_NONBLOCK) | flag(constants.O_NOCTTY);

const openFlags: Readonly<Record<OpenPurpose, number>> = {
  read: constants.O_RDONLY | noWait,
  'read-no-follow': constants.O_RDONLY | noWait | noFollow,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  modify: constants.O_WRONLY | noWait | noFollow,
  folder: constants.O_RDONLY | flag(constants.O_DIRECTORY) | noFollow,
};

/** Answers of volumes that cannot flush a folder (network shares, FUSE): their entries are as safe as they get. */
const folderSyncUnsupported = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EBADF']);

/** The file system of this computer, by node:fs. */
export const nodeFileSystem: FileSystem = {
  renameReplacesEmptyFolder: !onWindows,
  async open(path, purpose) {
    if (onWindows && purpose === 'folder') return openWindowsFolder(path);
    const opened = await node.open(path, openFlags[purpose]);
    return wrap(opened, purpose);
  },
  async stat(path) {
    return toStatus(await node.stat(path, { bigint: true }));
  },
  async lstat(path) {
    return toStatus(await node.lstat(path, { bigint: true }));
  },
  readdir: (path) => node.readdir(path),
  async readlink(path) {
    const target = await node.readlink(path);
    return onWindows ? target.replaceAll('\\', '/') : target;
  },
  realpath: (path) => node.realpath(path),
  link: (existing, path) => node.link(existing, path),
  clone: (existing, path) =>
    node.copyFile(existing, path, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL),
  unlink: (path) => whenFree(() => node.unlink(path)),
  rename: (from, to) => whenFree(() => node.rename(from, to)),
  async mkdir(path, mode) {
    await node.mkdir(path, mode);
  },
  rmdir: (path) => whenFree(() => node.rmdir(path)),
  symlink: (target, path) => node.symlink(target, path),
  chmod: (path, mode) => node.chmod(path, mode),
  async statfs(path) {
    const volume = await node.statfs(path, { bigint: true });
    return { availableBytes: Number(volume.bavail * volume.bsize) };
  },
};

function whenFree(action: () => Promise<void>): Promise<void> {
  return onWindows ? retryWhileBusy(action) : action();
}

function wrap(opened: node.FileHandle, purpose: OpenPurpose): FileHandle {
  return {
    async stat() {
      return toStatus(await opened.stat({ bigint: true }));
    },
    async read(target, position) {
      const { bytesRead } = await opened.read(target, 0, target.length, position);
      return bytesRead;
    },
    async write(bytes, position) {
      const { bytesWritten } = await opened.write(bytes, 0, bytes.length, position);
      return bytesWritten;
    },
    chmod: (mode) => opened.chmod(mode),
    utimes: (mtimeNs) => opened.utimes(Date.now() / 1000, toSeconds(mtimeNs)),
    async sync() {
      try {
        await opened.sync();
      } catch (error) {
        if (purpose !== 'folder' || !folderSyncUnsupported.has(errnoOf(error) ?? '')) throw error;
      }
    },
    close: () => opened.close(),
  };
}

/** Windows opens no folders: times go by path, there are no permission bits, and nothing can be flushed. */
async function openWindowsFolder(path: string): Promise<FileHandle> {
  const status = () => nodeFileSystem.lstat(path);
  await status();
  const notAFile = () => Promise.reject(Object.assign(new Error(`EISDIR: ${path}`), { code: 'EISDIR' }));
  return {
    stat: status,
    read: notAFile,
    write: notAFile,
    chmod: () => Promise.resolve(),
    utimes: (mtimeNs) => node.utimes(path, Date.now() / 1000, toSeconds(mtimeNs)),
    sync: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function toStatus(stats: BigIntStats): FileStatus {
  return {
    kind: toKind(stats),
    size: Number(stats.size),
    // Windows knows no right to enter a folder: without it, nobody could enter the folder elsewhere.
    mode: Number(stats.mode & 0o7777n) | (onWindows && stats.isDirectory() ? 0o111 : 0),
    mtimeNs: stats.mtimeNs,
    dev: stats.dev,
    ino: stats.ino,
    names: Number(stats.nlink),
  };
}

function toKind(stats: BigIntStats): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/** Seconds as node wants them: a double is exact to a quarter of a microsecond in this century. */
function toSeconds(mtimeNs: bigint): number {
  return Number(mtimeNs / 1_000_000_000n) + Number(mtimeNs % 1_000_000_000n) / 1e9;
}
