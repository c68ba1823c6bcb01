import { basename } from 'node:path';
import { z } from 'zod';

import { DeltashelfError } from '../../../shared/index.ts';
import { writeFailure } from '../disk/index.ts';
import { recoverAnchor } from './anchor-bases.ts';
import type { StepContext } from './context.ts';
import { recoverProbe } from './find-place.ts';
import { recoverForget } from './forget.ts';
import { recoverMove, VaultMoved } from './move.ts';
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

/**
 * Puts right all that a crash or power cut interrupted, oldest first. One that cannot be put right now (its disk is away
 * or read-only) stays as it is and keeps none of the others.
 * @param before `open`: what could not be put right is told, so that the library can be looked at; `write`: it is thrown,
 * so that nothing is written on top of it
 * @throws DeltashelfError of the first that could not be put right; VaultMoved
 */
export async function recover(context: StepContext, before: 'open' | 'write'): Promise<Recovered[]> {
  const { entries, unreadable } = await context.journal.unfinished();
  const recovered: Recovered[] = [];
  for (const entry of entries) {
    const recovery = recoveries[entry.kind];
    // A step of a newer version: left for that one.
    if (!recovery) continue;
    try {
      recovered.push(await recovery(context, entry));
    } catch (error) {
      if (error instanceof VaultMoved) throw error;
      entry.leave();
      const failure =
        error instanceof z.ZodError
          ? unknownPlan(entry.kind, error)
          : writeFailure(error, context.vault.path);
      // What no step wrote is no reason to stop: nothing of it is ever done.
      if (before === 'write' && !(error instanceof z.ZodError)) throw failure;
      recovered.push({ step: entry.kind, name: entry.kind, outcome: 'left', sentence: failure.message });
    }
  }
  for (const path of unreadable) recovered.push(setAside(path));
  return recovered;
}

function unknownPlan(kind: string, cause: unknown): DeltashelfError {
  return new DeltashelfError(
    'vault-damaged',
    `The record of an interrupted step (${kind}) in the journal of the vault names what no such step does, so nothing of it ` +
      'was done. Check where the vault comes from.',
    {},
    cause,
  );
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
