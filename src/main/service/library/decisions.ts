import { decisionsSchema, exportDecisions, type DecisionsDocument } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** Puts a person's word into the vault as well: it is complete without the catalogue. */
export async function writeDecisions({ catalogue, steps }: LibraryContext): Promise<void> {
  await steps.writeDecisions(exportDecisions(catalogue));
}

/** A person's word as the vault keeps it; null where there is none that can be read. */
export async function readDecisions({ steps }: LibraryContext): Promise<DecisionsDocument | null> {
  const parsed = decisionsSchema.safeParse(await steps.readDecisions());
  return parsed.success ? parsed.data : null;
}
