// A person's files: opening models to read, and putting finished work in its place, whole or not at all.
// Every call to the file system goes through one interface that is passed in; no other room writes to disk.
// May import: shared, the engine's interfaces of bytes, and Node's path and fs modules.
export type { Entry, LinkEntry, Metadata, ModelEntries } from './entries.ts';
export type {
  FileHandle,
  FileKind,
  FileStatus,
  FileSystem,
  OpenPurpose,
  VolumeStatus,
} from './file-system.ts';
export { isSameFile, isUnchanged } from './file-system.ts';
export { copyFile } from './copy-file.ts';
export { errnoOf, orMissing, readFailure, targetExists, writeFailure } from './failures.ts';
export { availableBytes } from './free-space.ts';
export { hashFile } from './hash-file.ts';
export { isThere } from './is-there.ts';
export { makeFolder, type MadeFolder } from './made-folder.ts';
export { nodeFileSystem } from './node-file-system.ts';
export { openFile, type OpenedFile, type OpenFileOptions } from './open-file.ts';
export { openModel, type ModelFile, type OpenModel } from './open-model.ts';
export { createAtomicFile, createAtomicFileIn, type AtomicFile } from './publish-file.ts';
export { placeFile, syncFolder } from './place-file.ts';
export { restoreMetadata } from './restore-metadata.ts';
export {
  createAtomicFolder,
  type AtomicFolder,
  type FolderEntries,
  type FolderFile,
} from './publish-folder.ts';
export { removeFile, removeTree } from './remove-tree.ts';
export { replaceFile } from './replace-file.ts';
export { checkPath, checkPaths, foldName, isInside, isUsable, joinInside } from './safe-path.ts';
export { shownPath } from './shown-path.ts';
export { isTemporaryName, takeBack, temporaryBeside } from './temporary.ts';
