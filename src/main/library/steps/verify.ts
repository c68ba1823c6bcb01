import { verifyDeltaFile } from '../deltas/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { requireSameModel } from './same-model.ts';
import { storedModel } from './stored-model.ts';
import { withBases } from './with-bases.ts';

/** Decodes a published delta and compares it, then writes down when that was. */
export async function verifyStored(context: StepContext, id: string, control: JobControl): Promise<Sidecar> {
  const stored = storedModel(context, id);
  await prove(context, stored, control);
  const verified = { ...stored, verifiedAt: context.clock().toISOString() };
  await context.vault.putStored(verified);
  return verified;
}

/**
 * Decodes a delta from disk against its parents as they are now, none of the model's own files among them, and
 * compares every file with the SHA-256 that the sidecar has. Writes nothing.
 * @param file the delta; default: the published one
 * @throws DeltashelfError where anything is not as it must be
 */
export async function prove(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
  file = context.vault.deltaPath(stored),
): Promise<void> {
  await requireSameModel(context, stored, file, control);
  await withBases(context, stored, control, (bases, forward) =>
    verifyDeltaFile(context.tools, { file, ...bases }, forward),
  );
}
