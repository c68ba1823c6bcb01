import { basename } from 'node:path';
import { recoverAnchor } from './anchor-bases.ts';
import type { StepContext } from './context.ts';
import { recoverProbe } from './find-place.ts';
import { recoverForget } from './forget.ts';
import { recoverMove } from './move.ts';
import { recoverPurge } from './purge.ts';
import { recoverReconstruct } from './reconstruct.ts';
import type { Recovery } from './recovery.ts';
import { recoverReplace } from './replace-delta.ts';
import type { Recovered } from './steps.ts';
import { rollBack } from './set-aside.ts';
import { recoverStore } from './store.ts';
import { recoverUndo } from './undo.ts';
import { recoverUnwrite } from './undo-reconstruct.ts';

/** By the kind that a step gave to `Journal.begin`. */
const recoveries: Readonly<Record<string, Recovery>> = {
  store: recoverStore,
  anchor: recoverAnchor,
  probe: recoverProbe,
  reclaim: rollBack,
  delete: rollBack,
  purge: recoverPurge,
  undo: recoverUndo,
  unwrite: recoverUnwrite,
  reconstruct: recoverReconstruct,
  rebase: recoverReplace,
  repair: recoverReplace,
  forget: recoverForget,
  'move-vault': recoverMove,
};

/** Puts right all that a crash or power cut interrupted, oldest first. */
export async function recover(context: StepContext): Promise<Recovered[]> {
  const { entries, unreadable } = await context.journal.unfinished();
  const recovered: Recovered[] = [];
  for (const entry of entries) {
    const recovery = recoveries[entry.kind];
    // A step of a newer version: left for that one.
    if (recovery) recovered.push(await recovery(context, entry));
  }
  for (const path of unreadable) recovered.push(setAside(path));
  return recovered;
}

function setAside(path: string): Recovered {
  const name = basename(path);
  return {
    step: 'journal',
    name,
    outcome: 'rolled-back',
    sentence: `The record of an interrupted step could not be read. It was kept as ${name}; nothing else was touched. Check the vault.`,
  };
}
