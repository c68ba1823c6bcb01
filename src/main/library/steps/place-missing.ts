import { dirname, join } from 'node:path';
import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import {
  joinInside,
  openModel,
  orMissing,
  placeFile,
  restoreMetadata,
  shownPath,
  writeFailure,
  type Entry,
  type FileSystem,
  type ModelEntries,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { hasBytes } from './originals.ts';

/** Folders of a decoded model, the model's own under the empty path, with modes and times. */
export async function foldersOf(fs: FileSystem, model: string): Promise<Entry[]> {
  const entries = await entriesOf(fs, model);
  return [...(entries.root ? [{ path: '', ...entries.root }] : []), ...entries.folders];
}

/**
 * Moves what is missing of a model from where it was decoded into its folder. What is there stays: where it differs,
 * it is named. May be repeated after an interruption.
 */
export async function placeMissing(
  context: StepContext,
  stored: Sidecar,
  { decoded, output }: { readonly decoded: string; readonly output: string },
  control: JobControl,
): Promise<Warning[]> {
  const { fs } = context.tools;
  const warnings: Warning[] = [];
  try {
    for (const file of stored.files) {
      const [from, to] = [join(decoded, ...file.path.split('/')), await placeIn(fs, output, file.path)];
      if ((await orMissing(fs.lstat(to))) === undefined) await placeFile(fs, from, to);
      else if (!(await hasBytes(context, to, file, control))) warnings.push(kept(file.path));
    }
    const entries = await entriesOf(fs, decoded);
    for (const { path } of entries.folders) await makeIn(fs, output, path);
    for (const { path, target } of entries.links) {
      const to = await placeIn(fs, output, path);
      if ((await orMissing(fs.lstat(to))) === undefined) await fs.symlink(target, to);
    }
    return warnings;
  } catch (error) {
    throw writeFailure(error, output);
  }
}

/** Gives folders their modes and times back, from the inside out. What is no folder any more is left. */
export async function restoreFolders(
  fs: FileSystem,
  output: string,
  folders: readonly Entry[],
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const { path, ...metadata } of folders.toReversed()) {
    const place = join(output, ...path.split('/'));
    try {
      if ((await orMissing(fs.lstat(place)))?.kind !== 'folder') continue;
      const handle = await fs.open(place, 'folder');
      try {
        warnings.push(...(await restoreMetadata(handle, metadata, 'folder', path || '.')));
        await handle.sync();
      } finally {
        await handle.close().catch(() => undefined);
      }
    } catch (error) {
      throw writeFailure(error, place);
    }
  }
  return warnings;
}

async function entriesOf(fs: FileSystem, path: string): Promise<ModelEntries> {
  const model = await openModel(fs, path);
  await model.close();
  return model.entries;
}

/** A path inside the model's folder, whose own folder is made where it is missing. */
async function placeIn(fs: FileSystem, output: string, path: string): Promise<string> {
  const folder = dirname(path);
  if (folder !== '.') await makeIn(fs, output, folder);
  const place = await joinInside(fs, output, path);
  if (place !== undefined) return place;
  throw new DeltashelfError(
    'not-writable',
    `A link on the way to ${shownPath(path)} leads out of the model, so the file is not put there. Remove the link, or ` +
      'reconstruct to another folder.',
    { file: path },
  );
}

async function makeIn(fs: FileSystem, output: string, folder: string): Promise<void> {
  const place = await placeIn(fs, output, folder);
  if ((await orMissing(fs.stat(place))) === undefined) await fs.mkdir(place);
}

function kept(path: string): Warning {
  return {
    file: path,
    sentence: `${shownPath(path)} is there and differs from what was stored; it is kept as it is.`,
  };
}
