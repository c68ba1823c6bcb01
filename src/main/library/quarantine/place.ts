import { basename, dirname, join } from 'node:path';

import { DeltashelfError } from '../../../shared/index.ts';
import {
  errnoOf,
  isInside,
  orMissing,
  readFailure,
  removeFile,
  shownPath,
  syncFolder,
  temporaryBeside,
  writeFailure,
  type FileSystem,
} from '../disk/index.ts';
import { quarantineName } from './place-name.ts';

/** What a volume answers where this person may not make a folder. */
const forbidden = new Set(['EACCES', 'EPERM', 'EROFS']);

/** For whom a place is looked for. */
export interface QuarantineWish {
  /** The model's folder or file. */
  readonly model: string;
  /** One of the files that would move. */
  readonly original: string;
  /** Watched folders: the place must lie outside all of them. */
  readonly watched: readonly string[];
}

/**
 * Where originals of a model could go: above all watched folders that hold it, on the same volume, nearest first.
 * Looks only. Whether a place can be made, `probeQuarantine` finds out.
 * @throws DeltashelfError `refused` where the whole volume is watched; `not-found`, `not-readable`
 */
export async function chooseQuarantine(fs: FileSystem, wish: QuarantineWish): Promise<string[]> {
  try {
    return await placesAbove(fs, wish);
  } catch (error) {
    throw readFailure(error, wish.model);
  }
}

async function placesAbove(fs: FileSystem, { model, original, watched }: QuarantineWish): Promise<string[]> {
  const own = await fs.lstat(original);
  const outer = await outermost(fs, await fs.realpath(model), watched);
  const places: string[] = [];
  for (let above = dirname(outer), below = outer; above !== below; below = above, above = dirname(above)) {
    const status = await orMissing(fs.lstat(above));
    if (status?.dev !== own.dev) break;
    places.push(join(above, quarantineName));
  }
  if (places.length === 0) throw wholeVolume(outer);
  return places;
}

/** What a probe makes for a moment, named beforehand so that nothing stays behind. */
export interface Probe {
  /** Folders to be tried, nearest first. */
  readonly places: readonly string[];
  /** A file beside the originals. */
  readonly file: string;
  /** The name it has once it was moved to a place. */
  readonly moved: string;
}

/** @param beside the folder that holds the originals */
export function planProbe(places: readonly string[], beside: string): Probe {
  return { places, file: temporaryBeside(join(beside, 'probe')), moved: basename(temporaryBeside('probe')) };
}

/**
 * Makes the first of the places that can be made, and proves it with a real file: written where the originals lie,
 * moved by the same call, removed.
 * @returns the folder
 * @throws DeltashelfError `refused`, `disk-full`, `not-writable`, `write-failed`
 */
export async function probeQuarantine(fs: FileSystem, probe: Probe): Promise<string> {
  let last: unknown;
  for (const place of probe.places) {
    try {
      await makePrivate(fs, place);
      await tryMove(fs, probe, place);
      return place;
    } catch (error) {
      last = error;
      if (errnoOf(error) === 'EXDEV') throw otherVolume(place, error);
      if (!forbidden.has(errnoOf(error) ?? '') && !(error instanceof Unsuitable))
        throw writeFailure(error, place);
    }
    // Nothing of it may stay in a place that is given up.
    await endProbe(fs, { ...probe, places: [place] });
  }
  throw noPlace(probe.places[0] ?? '', last);
}

/**
 * Removes what a probe left behind, and the places that are empty. May be repeated.
 * @throws DeltashelfError `not-writable`, `write-failed`
 */
export async function endProbe(fs: FileSystem, { places, file, moved }: Probe): Promise<void> {
  await removeFile(fs, file);
  for (const place of places) {
    const status = await orMissing(fs.lstat(place)).catch((error: unknown) => {
      throw writeFailure(error, place);
    });
    if (status?.kind !== 'folder') continue;
    await removeFile(fs, join(place, moved));
    await fs.rmdir(place).catch(() => undefined);
  }
}

/** Something that is no folder of ours has the name. */
class Unsuitable extends Error {}

async function makePrivate(fs: FileSystem, place: string): Promise<void> {
  try {
    await fs.mkdir(place, 0o700);
    await syncFolder(fs, dirname(place));
    return;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  const status = await fs.lstat(place);
  if (status.kind !== 'folder') throw new Unsuitable();
  // Fails where the folder is another person's.
  await fs.chmod(place, 0o700);
}

async function tryMove(fs: FileSystem, { file, moved }: Probe, place: string): Promise<void> {
  const handle = await fs.open(file, 'create');
  await handle.close();
  const target = join(place, moved);
  await fs.rename(file, target);
  await fs.unlink(target);
}

/** The outermost watched folder that holds the model, or the model itself; free of links. */
async function outermost(fs: FileSystem, model: string, watched: readonly string[]): Promise<string> {
  let outer = model;
  for (const folder of watched) {
    const real = await orMissing(fs.realpath(folder));
    if (real !== undefined && isInside(real, outer)) outer = real;
  }
  return outer;
}

function wholeVolume(outer: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(outer)} is watched up to the top of its disk, so there is no place on that disk outside it where ` +
      'originals could wait. Nothing was moved. Watch the folders inside it instead.',
    { file: outer },
  );
}

function otherVolume(place: string, cause: unknown): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(place)} turned out to be on another disk than the originals, and they are never copied and deleted. ` +
      'Nothing was moved. Move the models to a folder that is not itself a mounted disk.',
    { file: place },
    cause,
  );
}

function noPlace(folder: string, cause: unknown): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `No hidden folder for originals could be made in ${shownPath(dirname(folder))} or above it. Nothing was moved. ` +
      'Give yourself permission to write there, and try again.',
    { file: folder },
    cause,
  );
}
