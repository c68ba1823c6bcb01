import type { FileHandle, FileSystem } from '../../src/main/library/disk/file-system.ts';

/** Another file system that reads and writes at most `most` bytes in one call, as every system is free to do. */
export function shortFileSystem(inner: FileSystem, most: number): FileSystem {
  return changeHandles(inner, (handle) => ({
    ...handle,
    read: (target, position) => handle.read(target.subarray(0, most), position),
    write: (bytes, position) => handle.write(bytes.subarray(0, most), position),
  }));
}

/** Another file system whose handles are replaced by what `change` makes of them. */
export function changeHandles(inner: FileSystem, change: (handle: FileHandle) => FileHandle): FileSystem {
  return { ...inner, open: async (path, purpose) => change(await inner.open(path, purpose)) };
}
