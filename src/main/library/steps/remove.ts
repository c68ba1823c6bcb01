import { dirname, isAbsolute, join, resolve } from 'node:path';

import { DeltashelfError, formatBytes } from '../../../shared/index.ts';
import { checkPath, hashFile, isUsable, orMissing, readFailure, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { chooseQuarantine, type QuarantineEntry } from '../quarantine/index.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { findPlace } from './find-place.ts';
import { childrenOf, heldHashes } from './held.ts';
import { hardLinked, linked, type Movable } from './look-at-original.ts';
import { newEntry } from './new-entry.ts';
import { originalPath } from './originals.ts';
import { releaseAnchors } from './release-anchors.ts';
import { setAside } from './set-aside.ts';

/** A model that is to be deleted. */
export interface RemovableModel {
  readonly name: string;
  readonly path: string;
  /** Relative to the model; its own name where the model is one file. */
  readonly files: readonly string[];
}

/**
 * Moves the files of a model into quarantine, from where `undo` brings them back until they are purged.
 * @throws DeltashelfError `refused` while stored models are decoded with it and have no original of their own
 */
export async function remove(
  context: StepContext,
  model: RemovableModel,
  watched: readonly string[],
  control: JobControl,
): Promise<QuarantineEntry> {
  const { fs } = context.tools;
  const path = resolve(model.path);
  const kind = (await lookAt(context, path)).kind === 'folder' ? 'folder' : 'file';
  const read: Movable[] = [];
  for (const name of model.files) {
    read.push(await movable(context, kind === 'file' ? path : placeOf(path, name), control));
  }
  const [first] = read;
  if (first === undefined) throw nothingThere(model);
  await refuseWhileNeeded(context, model.name, read);
  await releaseAnchors(context, read);
  const files: Movable[] = [];
  for (const file of read) files.push(await seenAgain(context, file));
  const shared = files.find(({ status }) => status.names > 1);
  if (shared) throw hardLinked(shared.path, shared.status.names);
  const places = await chooseQuarantine(fs, { model: path, original: first.path, watched });
  const place = await findPlace(context, places, dirname(first.path));
  const entry = await newEntry(context, {
    why: 'deleted',
    stored: null,
    name: model.name,
    path,
    kind,
    files,
    place,
  });
  const taken = {
    kind: 'delete' as const,
    name: model.name,
    undo: `Moves the files of ${model.name} back to where they were.`,
    sentence: `${entry.files.length} files of ${model.name} (${formatBytes(entry.bytes)}) are in quarantine. Nothing brings them back after the purge.`,
    subject: entry.id,
    closes: [],
  };
  await setAside(context, 'delete', { entry, taken }, control);
  return entry;
}

function placeOf(path: string, name: string): string {
  const problem = checkPath(name);
  if (isAbsolute(name) || (problem !== undefined && !isUsable(problem)))
    throw new DeltashelfError('usage', `${shownPath(name)} is no file of a model. Nothing was moved.`, {
      file: name,
    });
  return join(path, ...name.split('/'));
}

async function movable(context: StepContext, path: string, { signal }: JobControl): Promise<Movable> {
  const status = await lookAt(context, path);
  if (status.kind === 'link') throw linked(path);
  const sha256 = await hashFile(context.tools.fs, path, { expected: status, ...(signal && { signal }) });
  return { path, status, sha256 };
}

/** The vault's link to it may have been a second name when it was read. */
async function seenAgain(context: StepContext, file: Movable): Promise<Movable> {
  const { size, mtimeNs, ino } = file.status;
  const status = await lookAt(context, file.path);
  if (status.size === size && status.mtimeNs === mtimeNs && status.ino === ino) return { ...file, status };
  throw new DeltashelfError(
    'changed-while-reading',
    `${shownPath(file.path)} changed while it was looked at. Nothing of the model was moved. Try again.`,
    { file: file.path },
  );
}

async function lookAt({ tools: { fs } }: StepContext, path: string) {
  try {
    return await fs.lstat(path);
  } catch (error) {
    throw readFailure(error, path);
  }
}

/**
 * Refuses to let files go that stored models without an original are decoded with. One that has its original needs no
 * base for as long as that stays.
 * @param name of the model whose files they are
 * @throws DeltashelfError `refused`, naming the stored models
 */
export async function refuseWhileNeeded(
  context: StepContext,
  name: string,
  files: readonly { readonly path: string; readonly sha256: string }[],
): Promise<void> {
  const gone = new Set(files.map(({ path }) => path));
  const hashes = new Set(files.map(({ sha256 }) => sha256));
  const held = heldHashes(context.vault);
  // A file that other models have too, as a tokenizer, makes nobody a base: it must be this one, or the last.
  const needs = ({ parents }: Sidecar): boolean =>
    parents.some(({ path, files: needed }) =>
      needed.some(
        (file) =>
          hashes.has(file.sha256) &&
          (!held.has(file.sha256) ||
            (path !== null && (gone.has(path) || gone.has(join(path, ...file.path.split('/')))))),
      ),
    );
  const needing: string[] = [];
  for (const child of childrenOf(context.vault, files).filter(needs)) {
    if (!(await hasOriginal(context, child, gone))) needing.push(child.name);
  }
  if (needing.length === 0) return;
  throw new DeltashelfError(
    'refused',
    `${name} is the base of ${needing.length} stored ${needing.length === 1 ? 'model' : 'models'}: ${needing.join(', ')}. ` +
      'Without it they cannot be rebuilt, so it stays. Reconstruct or rebase them first.',
  );
}

/** Whether the original is where it lay, as far as sizes tell, and stays there. */
async function hasOriginal(
  { tools: { fs } }: StepContext,
  stored: Sidecar,
  gone: ReadonlySet<string>,
): Promise<boolean> {
  for (const file of stored.files) {
    const path = originalPath(stored, file);
    const status = await orMissing(fs.stat(path));
    if (status?.kind !== 'file' || status.size !== file.size || gone.has(path)) return false;
  }
  return true;
}

function nothingThere({ name, path }: RemovableModel): DeltashelfError {
  return new DeltashelfError('refused', `${name} in ${shownPath(path)} names no files. Nothing was moved.`, {
    file: path,
  });
}
