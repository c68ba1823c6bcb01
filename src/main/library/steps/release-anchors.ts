import { basename } from 'node:path';
import { removeFile, removeTree } from '../disk/index.ts';
import { deltaEnding, type Anchor } from '../vault/index.ts';
import { recoverAnchor } from './anchor-bases.ts';
import type { StepContext } from './context.ts';
import { heldModels } from './held.ts';
import { journaled } from './journaled.ts';

/** Lets go of bases that the vault holds and that nothing stored needs any more; only those with one of these files. */
export async function releaseAnchors(
  context: StepContext,
  files: readonly { readonly sha256: string }[],
): Promise<void> {
  const hashes = new Set(files.map(({ sha256 }) => sha256));
  for (const anchor of [...context.vault.anchors.values()]) {
    if (anchor.files.some(({ sha256 }) => hashes.has(sha256)) && isIdle(context, anchor)) {
      await release(context, anchor);
    }
  }
}

/** Whether all that the vault can give back now, it could without that anchor. */
function isIdle({ vault }: StepContext, { id }: Anchor): boolean {
  const others = new Map([...vault.anchors].filter(([other]) => other !== id));
  const { stored, quarantine } = vault;
  return heldModels({ stored, quarantine, anchors: others }).size === heldModels(vault).size;
}

async function release(context: StepContext, anchor: Anchor): Promise<void> {
  const { vault, tools } = context;
  const place = vault.anchorPath(anchor);
  const plan = { id: anchor.id, name: basename(place, deltaEnding) };
  // As with an anchor that was not finished: where its description is gone, recovery removes the rest.
  await journaled(context, 'anchor', plan, recoverAnchor, async (entry) => {
    await vault.removeAnchor(anchor.id);
    if (anchor.how === 'stored') await removeFile(tools.fs, place);
    else await removeTree(tools.fs, place);
    await entry.end();
  });
}
