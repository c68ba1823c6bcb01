import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';

/** @throws DeltashelfError `not-found` */
export function storedModel({ vault }: StepContext, id: string): Sidecar {
  const stored = vault.stored.get(id);
  if (stored) return stored;
  throw new DeltashelfError(
    'not-found',
    `The vault ${shownPath(vault.path)} has no stored model ${id}. Nothing was changed. Compress the model first.`,
  );
}
