import {
  decisionsSchema,
  exportDecisions,
  exportSurroundings,
  importDecisions,
  importSurroundings,
  type Catalogue,
  type DecisionsDocument,
} from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** What is being written beside other work, so that whoever closes the library may wait for it. */
const writing = new WeakMap<Catalogue, Promise<void>>();

/** Puts a person's word into the vault as well: it is complete without the catalogue. */
export async function writeDecisions(context: LibraryContext): Promise<void> {
  const { catalogue, steps } = context;
  await steps.writeDecisions(exportDecisions(catalogue, await readDecisions(context)));
}

/**
 * Puts watched folders and settings into the vault, too, as soon as it has time: whoever changes them need not wait for
 * a step that is under way. What fails is made good when the library is opened again.
 */
export function mirrorDecisions(context: LibraryContext): void {
  const { catalogue, away } = context;
  if (away) return;
  const before = writing.get(catalogue) ?? Promise.resolve();
  writing.set(
    catalogue,
    before.then(() => writeDecisions(context)).catch(() => undefined),
  );
}

/** Waits until what was changed is in the vault. */
export async function decisionsMirrored(catalogue: Catalogue): Promise<void> {
  await writing.get(catalogue);
}

/** A person's word as the vault keeps it; null where there is none that can be read. */
export async function readDecisions({
  steps,
}: Pick<LibraryContext, 'steps'>): Promise<DecisionsDocument | null> {
  const parsed = decisionsSchema.safeParse(await steps.readDecisions().catch(() => undefined));
  return parsed.success ? parsed.data : null;
}

/**
 * Brings a catalogue and what its vault keeps in step: a fresh one takes over watched folders and settings, any other
 * writes down what is not written down yet.
 */
export async function agreeOnDecisions(context: LibraryContext, fresh: boolean): Promise<void> {
  if (context.away) return;
  const { catalogue } = context;
  const kept = await readDecisions(context);
  if (fresh && kept) importSurroundings(catalogue, kept);
  const { folders, settings } = exportSurroundings(catalogue);
  const same =
    JSON.stringify([kept?.folders ?? [], kept?.settings ?? {}]) === JSON.stringify([folders, settings]);
  if (!same) mirrorDecisions(context);
}

/** Takes over decisions about models that were not here when they were last looked for. */
export async function takeUpDecisions(context: LibraryContext): Promise<void> {
  const kept = await readDecisions(context);
  if (kept && kept.decisions.length > 0) importDecisions(context.catalogue, kept);
}
