import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import type { DeltaIndex, DeltaFileEntry, ModelSink } from '../../engine/delta/index.ts';
import {
  createAtomicFileIn,
  createAtomicFolder,
  makeFolder,
  type AtomicFile,
  type FileSystem,
  type FolderEntries,
  type FolderFile,
  type Metadata,
} from '../disk/index.ts';

/** Where a model is being written; it appears whole or not at all. */
export interface Restoration {
  readonly sink: ModelSink;
  /** Puts it in its place; returns what the disk could not keep. */
  publish(): Promise<Warning[]>;
  /** Removes what was made. Never fails; does nothing after `publish`. */
  discard(): Promise<void>;
}

const usualFileMode = 0o644;
const usualFolderMode = 0o755;

/**
 * Begins to write the model of a delta: a folder at `target`, a single file into the folder `target`.
 * @param temporary name of the folder until it is complete, where it must be known before
 */
export async function beginRestoration(
  fs: FileSystem,
  index: DeltaIndex,
  target: string,
  temporary?: string,
): Promise<Restoration> {
  const [only] = index.files;
  if (index.kind === 'folder') return restoreFolder(fs, index, target, temporary);
  if (only) return restoreFile(fs, only, target);
  throw new DeltashelfError(
    'delta-damaged',
    'The delta holds one file, but names none. Nothing was written. Use another copy of the delta.',
  );
}

async function restoreFile(fs: FileSystem, entry: DeltaFileEntry, target: string): Promise<Restoration> {
  const file = await beginFile(fs, entry, target);
  return {
    sink: { begin: () => Promise.resolve(file), end: () => Promise.resolve() },
    discard: () => file.discard(),
    publish: () => file.publish(),
  };
}

/** Begins to write a single file into the folder `target`, which is made for it where it is not there. */
export async function beginFile(
  fs: FileSystem,
  entry: Pick<DeltaFileEntry, 'path' | 'mode' | 'mtimeNs'>,
  target: string,
): Promise<AtomicFile> {
  const folder = await makeFolder(fs, target);
  let file: AtomicFile;
  try {
    file = await createAtomicFileIn(fs, target, entry.path, metadataOf(entry, usualFileMode));
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    write: (bytes) => file.write(bytes),
    async discard() {
      await file.discard();
      await folder.remove();
    },
    async publish() {
      const warnings = await file.publish();
      folder.keep();
      return warnings;
    },
  };
}

async function restoreFolder(
  fs: FileSystem,
  index: DeltaIndex,
  target: string,
  temporary: string | undefined,
): Promise<Restoration> {
  const folder = await createAtomicFolder(fs, target, entriesOf(index), temporary);
  let open: FolderFile | undefined;
  return {
    sink: {
      async begin({ path }) {
        open = await folder.createFile(path);
        return open;
      },
      async end() {
        await open?.close();
      },
    },
    publish: () => folder.publish(),
    discard: () => folder.discard(),
  };
}

function entriesOf({ files, folders, links }: DeltaIndex): FolderEntries {
  const root = folders.find(({ path }) => path === '');
  return {
    root: metadataOf(root ?? {}, usualFolderMode),
    files: files.map((file) => ({ path: file.path, ...metadataOf(file, usualFileMode) })),
    folders: folders
      .filter(({ path }) => path !== '')
      .map((folder) => ({ path: folder.path, ...metadataOf(folder, usualFolderMode) })),
    links,
  };
}

/** What the delta does not say is as for a new file. */
function metadataOf(entry: { readonly mode?: number; readonly mtimeNs?: string }, usual: number): Metadata {
  const now = `${BigInt(Date.now()) * 1_000_000n}`;
  return { mode: entry.mode ?? usual, mtimeNs: entry.mtimeNs ?? now };
}
