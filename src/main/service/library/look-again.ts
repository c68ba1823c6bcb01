import { dirname } from 'node:path';
import { scanFolder, Settler, systemClock, type CatalogueModel } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';

/** Of what this process wrote and flushed, nobody need wait whether it changes. */
const atOnce = { quietMs: 0, oldMs: 0 };

/** Looks at one model that was written just now, so that the catalogue knows its files; the others are left alone. */
export async function lookAgain(
  { catalogue, fs }: LibraryContext,
  { id, path, layout, folder }: CatalogueModel,
  { signal }: CallControl,
): Promise<void> {
  if (folder === null) return;
  const session = catalogue.scan(folder);
  const single = layout === 'file' || layout === 'lora' || layout === 'wdelta';
  const signatures = catalogue.models.signatures();
  const known = (place: string): string | undefined => (place === path ? undefined : signatures(place));
  const tools = { fs, settler: new Settler(systemClock, atOnce) };
  for await (const finding of scanFolder(
    tools,
    single ? dirname(path) : path,
    known,
    signal ? { signal } : {},
  )) {
    if (finding.kind !== 'model' || finding.model.path !== path) continue;
    const { name = finding.model.name } = catalogue.models.get(id) ?? {};
    session.found({ ...finding.model, name }, finding.signature);
  }
}
