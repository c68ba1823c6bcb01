import { join } from 'node:path';

import { DeltashelfError } from '../../../shared/index.ts';
import { hashFile, isInside, openModel, readFailure, shownPath, type FileStatus } from '../disk/index.ts';
import type { Sidecar, StoredFile } from '../vault/index.ts';
import type { StepContext } from './context.ts';

/** A file of an original that may move. */
export interface Movable {
  readonly path: string;
  readonly status: FileStatus;
  readonly sha256: string;
}

/** What lies where a stored model's original lay. */
export interface SeenOriginal {
  readonly files: readonly Movable[];
  /** Relative paths of files and links that stay. */
  readonly stay: readonly string[];
}

/**
 * Looks at the original of a stored model without changing anything. Files are read only where their time says that
 * they may have changed since the model was stored; all are compared byte for byte once they are in quarantine.
 * @throws DeltashelfError `refused`, with what stands against moving it; `not-found`, `not-readable`
 */
export async function lookAtOriginal(
  { tools: { fs }, vault }: StepContext,
  stored: Sidecar,
  sideFiles: boolean,
): Promise<SeenOriginal> {
  const { real, isLink } = await whereItLies(fs, stored.path);
  if (isLink) throw linked(stored.path);
  if (isInside(vault.path, real)) throw insideVault(stored);
  const model = await openModel(fs, stored.path);
  await model.close();
  const wanted = new Map(
    stored.files.filter(({ weights }) => weights || sideFiles).map((file) => [file.path, file]),
  );
  const files: Movable[] = [];
  const stay = model.entries.links.map(({ path }) => path);
  for (const { path, status, throughLink } of model.files) {
    const file = model.kind === stored.kind ? wanted.get(path) : undefined;
    if (file === undefined) {
      stay.push(path);
      continue;
    }
    const place = model.kind === 'file' ? stored.path : join(stored.path, ...path.split('/'));
    if (throughLink) throw linked(place);
    if (status.names > 1) throw hardLinked(place, status.names);
    const changed = status.size !== file.size || !(await isAsStored(fs, place, status, { stored, file }));
    if (changed) throw changedSince(stored, place);
    wanted.delete(path);
    files.push({ path: place, status, sha256: file.sha256 });
  }
  const [missing] = wanted.values();
  if (files.length === 0) throw nothingThere(stored);
  if (missing !== undefined) throw changedSince(stored, join(stored.path, missing.path));
  return { files, stay: stay.sort() };
}

async function isAsStored(
  fs: StepContext['tools']['fs'],
  path: string,
  status: FileStatus,
  { stored, file }: { readonly stored: Sidecar; readonly file: StoredFile },
): Promise<boolean> {
  if (status.mtimeNs < BigInt(Date.parse(stored.createdAt)) * 1_000_000n) return true;
  return (await hashFile(fs, path, { expected: status })) === file.sha256;
}

async function whereItLies(
  fs: StepContext['tools']['fs'],
  path: string,
): Promise<{ real: string; isLink: boolean }> {
  try {
    return { isLink: (await fs.lstat(path)).kind === 'link', real: await fs.realpath(path) };
  } catch (error) {
    throw readFailure(error, path);
  }
}

function refused(sentence: string, file: string): DeltashelfError {
  return new DeltashelfError('refused', sentence, { file });
}

/** What a person is told of a file whose bytes belong to a link's target. */
export function linked(path: string): DeltashelfError {
  return refused(
    `${shownPath(path)} is a link, and its bytes belong to another place too, as in a download cache. Nothing of the ` +
      'model moves. Free it with the program that keeps it.',
    path,
  );
}

/** What a person is told of a file whose bytes have other names. */
export function hardLinked(path: string, names: number): DeltashelfError {
  return refused(
    `${shownPath(path)} is one of ${names} names of the same bytes, so moving it would free nothing. Nothing of the model ` +
      'moves. If the vault holds it as a base, it is needed there.',
    path,
  );
}

function changedSince(stored: Sidecar, path: string): DeltashelfError {
  return refused(
    `${shownPath(path)} changed since ${stored.name} was stored, or is gone. Nothing of the model moves. Compress it again ` +
      'to include the change.',
    path,
  );
}

function nothingThere(stored: Sidecar): DeltashelfError {
  return refused(
    `None of the originals of ${stored.name} is in ${shownPath(stored.path)} any more. There is nothing to move.`,
    stored.path,
  );
}

function insideVault(stored: Sidecar): DeltashelfError {
  return refused(
    `${shownPath(stored.path)} lies inside the vault. Nothing in there is moved. Reconstruct the model elsewhere first.`,
    stored.path,
  );
}
