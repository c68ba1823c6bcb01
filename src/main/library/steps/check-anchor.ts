import { basename, join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { verifyDeltaFile } from '../deltas/index.ts';
import { hashFile, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Anchor } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { requireSameModel } from './same-model.ts';

/**
 * Reads an anchored base whole and compares it; where all is well, writes down when that was.
 * @returns what is wrong; null where nothing is
 */
export async function checkAnchor(
  context: StepContext,
  anchor: Anchor,
  control: JobControl,
): Promise<string | null> {
  const { tools, vault, clock } = context;
  try {
    if (anchor.how === 'stored') {
      const file = vault.anchorPath(anchor);
      await requireSameModel(context, { ...anchor, delta: { file: basename(file) } }, file, control);
      await verifyDeltaFile(tools, { file, bases: [] }, control);
    } else {
      const other = await firstOther(context, anchor, control);
      if (other !== undefined) {
        return `${shownPath(other)} of the base ${shownPath(anchor.name)} that the vault holds has changed.`;
      }
    }
  } catch (error) {
    control.signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    return error.message;
  }
  await vault.putAnchor({ ...anchor, checkedAt: clock().toISOString() });
  return null;
}

async function firstOther(
  { tools: { fs }, vault }: StepContext,
  anchor: Anchor,
  { signal }: JobControl,
): Promise<string | undefined> {
  for (const { path, sha256 } of anchor.files) {
    const place = join(vault.anchorPath(anchor), ...path.split('/'));
    if ((await hashFile(fs, place, signal ? { signal } : {})) !== sha256) return path;
  }
  return undefined;
}
