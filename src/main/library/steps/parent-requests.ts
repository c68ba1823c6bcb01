import { basename, resolve } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import type { BaseOf } from '../deltas/index.ts';
import { shownPath } from '../disk/index.ts';
import type { StoredParent } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import type { ParentPlace } from './steps.ts';
import { storedModel } from './stored-model.ts';
import { nestedBases } from './with-bases.ts';

/** Parents as they were asked for, found. */
export interface RequestedParents {
  readonly bases: readonly string[];
  readonly basesOf: readonly BaseOf[];
  /** As a sidecar names them, without the files, which the delta will tell. */
  readonly known: readonly Omit<StoredParent, 'files'>[];
}

/**
 * Finds the parents that a model is to be stored against.
 * @throws DeltashelfError `refused` for one that is lossy or deleted, `not-found`, `parent-missing`
 */
export async function requestedParents(
  context: StepContext,
  places: readonly ParentPlace[],
): Promise<RequestedParents> {
  const bases: string[] = [];
  const basesOf: BaseOf[] = [];
  const known: Omit<StoredParent, 'files'>[] = [];
  for (const place of places) {
    if (place.kind === 'path') {
      const path = resolve(place.path);
      refuseUnfit(context, path);
      bases.push(path);
      known.push({ name: place.name || basename(path), path, stored: null });
    } else {
      const stored = storedModel(context, place.id);
      if (stored.lossy) throw lossy(stored.name);
      const nested = await nestedBases(context, stored);
      if (nested === undefined) throw incomplete(stored.name);
      bases.push(context.vault.deltaPath(stored));
      basesOf.push(...nested);
      known.push({ name: stored.name, path: stored.path, stored: stored.id });
    }
  }
  return { bases, basesOf, known };
}

function refuseUnfit({ vault }: StepContext, path: string): void {
  for (const stored of vault.stored.values()) {
    if (stored.lossy && stored.path === path) throw lossy(stored.name);
  }
  for (const entry of vault.quarantine.values()) {
    if (entry.why === 'deleted' && resolve(entry.path) === path) throw deleted(entry.name);
  }
}

function lossy(name: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(name)} is stored as a close copy, and what is decoded with it would not come back exactly. Nothing was ` +
      'changed. Choose another parent.',
    { file: name },
  );
}

function deleted(name: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(name)} was deleted and waits in quarantine to be purged, so nothing may come to depend on it. Nothing ` +
      'was changed. Undo the deletion first, or choose another parent.',
    { file: name },
  );
}

function incomplete(name: string): DeltashelfError {
  return new DeltashelfError(
    'parent-missing',
    `${shownPath(name)} cannot be decoded now: its own base is nowhere to be found. Nothing was changed. Connect the disk ` +
      'of that base, or choose another parent.',
    { file: name },
  );
}
