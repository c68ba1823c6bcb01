import { basename, join, resolve } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { createDeltaFile } from '../deltas/index.ts';
import { copyFile, orMissing, readFailure, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { deltaEnding, type Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { describeStored } from './describe-stored.ts';
import { wholeOriginal, withGathered } from './exact-copy.ts';
import { describedOf, levelOf } from './kept.ts';
import { requestedParents } from './parent-requests.ts';
import { replaceDelta } from './replace-delta.ts';
import { requireSameModel } from './same-model.ts';
import type { ParentPlace } from './steps.ts';
import { storedModel } from './stored-model.ts';
import { verifyStored } from './verify.ts';
import { findOnDisk } from './parent-places.ts';

/**
 * Makes a damaged delta good again: from the copy given, or else from the original, where it lay or in quarantine,
 * or else from another copy of the vault. A delta that proves sound stays as it is.
 * @param from a copy of the vault, or a delta file
 * @throws DeltashelfError `refused` where nothing has what is needed; the damaged delta is kept
 */
export async function repair(
  context: StepContext,
  id: string,
  from: string | undefined,
  control: JobControl,
): Promise<Sidecar> {
  const stored = storedModel(context, id);
  const sound = await ifSound(context, stored, control);
  if (sound) return sound;
  const places = from === undefined ? context.settings.otherVaults : [from];
  const attempts: ((next: string) => Promise<Sidecar | undefined>)[] = [
    ...(from === undefined ? [(next: string) => encodeAgain(context, stored, next, control)] : []),
    ...places.map((place) => (next: string) => takeCopy(context, stored, place, next, control)),
  ];
  let first: DeltashelfError | undefined;
  for (const attempt of attempts) {
    try {
      const make = async (next: string): Promise<Sidecar> => {
        const made = await attempt(next);
        if (made === undefined) throw nothingToRepairFrom(stored);
        return { ...made, createdAt: stored.createdAt };
      };
      return await replaceDelta(context, 'repair', stored, make, control);
    } catch (error) {
      control.signal?.throwIfAborted();
      if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
      first ??= error;
    }
  }
  throw first ?? nothingToRepairFrom(stored);
}

/** A delta is damaged where its own bytes are; a missing parent is nothing that repair could mend. */
async function ifSound(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
): Promise<Sidecar | undefined> {
  try {
    return await verifyStored(context, stored.id, control);
  } catch (error) {
    control.signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    return undefined;
  }
}

/** From the original, against the same parents where they can be had. */
async function encodeAgain(
  context: StepContext,
  stored: Sidecar,
  next: string,
  control: JobControl,
): Promise<Sidecar | undefined> {
  const { bases, basesOf, known } = await requestedParents(context, await parentsNow(context, stored));
  const encode = async (child: string): Promise<Sidecar> => {
    const request = { child, bases, basesOf, output: next, level: levelOf(stored) };
    await createDeltaFile(context.tools, request, control);
    return describe(
      context,
      { ...stored, parents: known.map((each) => ({ ...each, files: [] })) },
      next,
      control,
    );
  };
  const original = await wholeOriginal(context, stored, control);
  return original === undefined ? withGathered(context, stored, control, encode) : encode(original);
}

async function takeCopy(
  context: StepContext,
  stored: Sidecar,
  place: string,
  next: string,
  control: JobControl,
): Promise<Sidecar | undefined> {
  const { fs } = context.tools;
  const from = await copyIn(context, stored, resolve(place));
  if (from === undefined) return undefined;
  await copyFile(fs, from, next, control);
  return describe(context, stored, next, control);
}

async function describe(
  context: StepContext,
  stored: Sidecar,
  next: string,
  control: JobControl,
): Promise<Sidecar> {
  await requireSameModel(context, stored, next, control);
  return describeStored(context, describedOf(stored), next, control);
}

/** The same model's delta in another vault: under the name that it has here. */
async function copyIn(
  { tools: { fs } }: StepContext,
  stored: Sidecar,
  place: string,
): Promise<string | undefined> {
  const from = place.endsWith(deltaEnding) ? place : join(place, basename(stored.delta.file));
  try {
    return (await orMissing(fs.lstat(from)))?.kind === 'file' ? from : undefined;
  } catch (error) {
    throw readFailure(error, from);
  }
}

/** Where the parents of a stored model can be had from now: as before, or as an anchored base. */
async function parentsNow(context: StepContext, stored: Sidecar): Promise<ParentPlace[]> {
  const { vault } = context;
  const places: ParentPlace[] = [];
  for (const parent of stored.parents) {
    const hashes = new Set(parent.files.map(({ sha256 }) => sha256));
    const anchor = [...vault.anchors.values()].find(({ files }) =>
      files.some(({ sha256 }) => hashes.has(sha256)),
    );
    const path = await findOnDisk(context, stored, parent);
    if (parent.stored !== null && vault.stored.has(parent.stored))
      places.push({ kind: 'stored', id: parent.stored });
    else if (path !== undefined) places.push({ kind: 'path', path, name: parent.name });
    else if (anchor) places.push({ kind: 'path', path: vault.anchorPath(anchor), name: parent.name });
  }
  return places;
}

function nothingToRepairFrom({ name, path, delta }: Sidecar): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(delta.file)} cannot be repaired: the original of ${shownPath(name)} is neither in ${shownPath(path)} nor in ` +
      'quarantine, and no copy of the delta was found. It is kept as it is. Name a copy of the vault, or put the original back.',
    { file: delta.file },
  );
}
