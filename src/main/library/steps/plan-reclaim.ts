import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';
import { chooseQuarantine } from '../quarantine/index.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { childrenOf } from './held.ts';
import { lookAtOriginal, type SeenOriginal } from './look-at-original.ts';
import { findOnDisk } from './parent-places.ts';
import { isStored, rootsOf } from './roots.ts';
import type { ReclaimModel, ReclaimPlan, ReclaimRequest } from './steps.ts';

/** What would move for each model, and what stays; or what stands against it. Changes nothing. */
export async function planReclaim(context: StepContext, request: ReclaimRequest): Promise<ReclaimPlan> {
  const models: ReclaimModel[] = [];
  for (const id of new Set(request.ids)) models.push(await planModel(context, id, request));
  return { models, bytes: models.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function planModel(context: StepContext, id: string, request: ReclaimRequest): Promise<ReclaimModel> {
  const stored = context.vault.stored.get(id);
  const named = { id, name: stored?.name ?? id, path: stored?.path ?? '' };
  try {
    const { seen } = await lookAtReclaim(context, id, request);
    const files = seen.files.map(({ path, status }) => ({ path, size: status.size }));
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { ...named, files, stay: seen.stay, refused: null, bytes };
  } catch (error) {
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    return { ...named, files: [], stay: [], refused: error.message, bytes: 0 };
  }
}

/** A model that may be reclaimed, as far as looking tells. */
export interface Reclaimable {
  readonly stored: Sidecar;
  readonly seen: SeenOriginal;
  /** Where its originals could wait, nearest first. */
  readonly places: readonly string[];
}

/** @throws DeltashelfError with what stands against it */
export async function lookAtReclaim(
  context: StepContext,
  id: string,
  { sideFiles, watched, lossy = false }: Omit<ReclaimRequest, 'ids'>,
): Promise<Reclaimable> {
  const { vault, tools } = context;
  const stored = vault.stored.get(id);
  if (stored === undefined) throw notStored(id);
  if (stored.verifiedAt === null) throw notVerified(stored);
  if (stored.lossy !== undefined) refuseLossy(context, stored, lossy);
  const seen = await lookAtOriginal(context, stored, sideFiles);
  await refuseMissingBase(context, stored);
  const original = seen.files[0]?.path ?? stored.path;
  const places = await chooseQuarantine(tools.fs, { model: stored.path, original, watched });
  return { stored, seen, places };
}

/** The exact original of a lossy one goes only on the person's word, and never while a delta is decoded with it. */
function refuseLossy({ vault }: StepContext, stored: Sidecar, consent: boolean): void {
  const children = childrenOf(vault, stored.files).filter(({ id }) => id !== stored.id);
  if (children.length > 0) {
    const names = children.map(({ name }) => name).join(', ');
    throw new DeltashelfError(
      'refused',
      `${stored.name} is kept as a close copy, and ${names} can be decoded only with its exact original. Nothing of it ` +
        'moves. Rebase those models first.',
      { file: stored.path },
    );
  }
  if (consent) return;
  throw new DeltashelfError(
    'refused',
    `${stored.name} is kept as a close copy: its exact original could not be rebuilt from it. Nothing of it moves unless ` +
      'you say that the exact original may go.',
    { file: stored.path },
  );
}

/** Whether each base is held already, or lies where it can be; that it can be held, only doing it tells. */
async function refuseMissingBase(context: StepContext, stored: Sidecar): Promise<void> {
  const anchored = new Set(
    [...context.vault.anchors.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  );
  for (const { parent, file } of rootsOf(context.vault, stored).files) {
    if (anchored.has(file.sha256)) continue;
    if ((await findOnDisk(context, stored, { ...parent, files: [file] })) !== undefined) continue;
    if (isStored(context.vault, file.sha256)) continue;
    throw new DeltashelfError(
      'refused',
      `${stored.name} is decoded with its base ${shownPath(parent.name)}, which is not there to be held by the vault. ` +
        'Nothing of the model moves. Connect its disk, or say where it is now.',
      { file: stored.path },
    );
  }
}

function notStored(id: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(id)} is no stored model. Nothing moves. Compress the model first.`,
  );
}

function notVerified(stored: Sidecar): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `The delta of ${stored.name} was not verified. Nothing of the model moves. Verify it first.`,
    { file: stored.path },
  );
}
