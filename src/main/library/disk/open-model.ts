import { basename, resolve } from 'node:path';

import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import type { NamedFile } from '../../engine/sources/source.ts';
import { toEntry, toMetadata, type ModelEntries } from './entries.ts';
import { readFailure } from './failures.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import { HeldFiles } from './held-files.ts';
import { modelWarnings } from './model-warnings.ts';
import { checkPath, isUsable } from './safe-path.ts';
import { shownPath } from './shown-path.ts';
import { walkModel, type WalkLimits } from './walk-model.ts';

/** A file of an open model. */
export interface ModelFile extends NamedFile {
  /** What the disk said of it when the model was opened. */
  readonly status: FileStatus;
  /** Whether its name is a link to bytes outside the model, as in a Hugging Face cache. */
  readonly throughLink: boolean;
}

/** A model on disk, open for reading. */
export interface OpenModel {
  /** The name of its folder or file. */
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Sorted by path, in the order of UTF-16 units. */
  readonly files: readonly ModelFile[];
  readonly entries: ModelEntries;
  readonly warnings: readonly Warning[];
  /**
   * Closes all files, then tells whether they stayed as they were.
   * @throws DeltashelfError `changed-while-reading`
   */
  close(): Promise<void>;
}

/**
 * Opens the file or folder at `path` as a model. Nothing but names is read; files are opened when they are used.
 * @throws DeltashelfError `not-found`, `not-readable`, or `changed-while-reading` when it changes meanwhile.
 */
export async function openModel(
  fs: FileSystem,
  path: string,
  limits?: Partial<WalkLimits>,
): Promise<OpenModel> {
  const name = basename(resolve(path));
  try {
    const status = await fs.stat(path);
    if (status.kind === 'folder') return await openFolder(fs, path, name, status, limits);
    if (status.kind === 'file') return await openSingle(fs, path, name, status);
  } catch (error) {
    throw readFailure(error, path, name);
  }
  throw new DeltashelfError(
    'not-readable',
    `${shownPath(path)} is neither a file nor a folder; choose a model's folder or file.`,
    { file: name },
  );
}

async function openFolder(
  fs: FileSystem,
  path: string,
  name: string,
  status: FileStatus,
  limits: Partial<WalkLimits> | undefined,
): Promise<OpenModel> {
  const walked = await walkModel(fs, path, limits);
  const held = new HeldFiles(fs);
  return {
    name,
    kind: 'folder',
    files: walked.files.map((seen) => ({
      path: seen.file,
      bytes: held.access(seen),
      status: seen.status,
      throughLink: seen.throughLink,
    })),
    entries: {
      root: toMetadata(status),
      files: walked.files.map((seen) => toEntry(seen.file, seen.status)),
      folders: walked.folders.map((folder) => toEntry(folder.path, folder.status)),
      links: walked.links,
    },
    warnings: walked.warnings,
    close: () => held.close(),
  };
}

async function openSingle(
  fs: FileSystem,
  path: string,
  name: string,
  status: FileStatus,
): Promise<OpenModel> {
  const problem = checkPath(name);
  if (problem !== undefined && !isUsable(problem)) {
    throw new DeltashelfError(
      'not-readable',
      `${problem.sentence}, so it could not be put back under that name; rename it, then try again.`,
      { file: name },
    );
  }
  const throughLink = (await fs.lstat(path)).kind === 'link';
  const warnings = [
    ...(problem === undefined ? [] : [modelWarnings.unportable(problem)]),
    ...(throughLink ? [modelWarnings.readThroughLink(name)] : []),
  ];
  const held = new HeldFiles(fs);
  const bytes = held.access({ path, file: name, status, throughLink });
  return {
    name,
    kind: 'file',
    files: [{ path: name, bytes, status, throughLink }],
    entries: { files: [toEntry(name, status)], folders: [], links: [] },
    warnings,
    close: () => held.close(),
  };
}
