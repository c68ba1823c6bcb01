import { basename } from 'node:path';
import type { UnfinishedEntry } from '../journal/index.ts';
import type { StepContext } from './context.ts';
import type { Recovered } from './steps.ts';

/**
 * Finishes one interrupted step or rolls it back, then ends its entry. May be interrupted as well: it is called
 * again then. Where it throws, nothing can be opened until a person has done what the sentence says.
 */
export type Recovery = (context: StepContext, entry: UnfinishedEntry) => Promise<Recovered>;

/** By the kind that a step gave to `Journal.begin`. */
const recoveries: Readonly<Record<string, Recovery>> = {};

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
