import type { CallResult, OverviewResult } from '../../../shared/index.ts';
import { availableBytes, isThere, type CatalogueFolder, type CatalogueVolume } from '../../library/index.ts';
import { sketchVersion } from '../../lineage/index.ts';
import type { LibraryContext } from './context.ts';
import { totalsOf } from './list.ts';
import { samplePlace } from './sample.ts';

/** The library at a glance. */
export async function overview(context: LibraryContext): Promise<CallResult<'overview'>> {
  const { catalogue, steps, fs, away } = context;
  const volumes = new Map(catalogue.volumes.list().map((volume) => [volume.id, volume]));
  const watched = catalogue.folders.list();
  const folders = await Promise.all(
    watched.map((folder) =>
      folderAtAGlance(context, folder, folder.volume === null ? undefined : volumes.get(folder.volume)),
    ),
  );
  const entries = [...steps.state.quarantine.values()];
  const ripe = await steps.ripe();
  const sum = (some: readonly { readonly bytes: number }[]): number =>
    some.reduce((all, { bytes }) => all + bytes, 0);
  const sample = samplePlace(context);
  return {
    version: context.version,
    vault: {
      path: steps.vaultPath,
      bytes: sum(catalogue.vault.deltas.list()),
      online: away === undefined,
      freeBytes: away ? null : await availableBytes(fs, steps.vaultPath).catch(() => null),
    },
    folders,
    totals: totalsOf(context),
    quarantine: {
      bytes: sum(entries),
      ripeBytes: sum(entries.filter(({ id }) => ripe.has(id))),
      models: entries.length,
    },
    reclaimable: catalogue.queries.reclaimable(),
    identified: isIdentified(context),
    sample: context.sample !== undefined && !watched.some(({ path }) => path === sample),
  };
}

function isIdentified({ catalogue, unreadable }: LibraryContext): boolean {
  const missing = catalogue.sketches.missing(sketchVersion).filter((id) => !unreadable.has(id));
  return missing.length === 0 && catalogue.planned.hasAllSketches();
}

async function folderAtAGlance(
  context: LibraryContext,
  { id, path, scannedAt }: CatalogueFolder,
  volume: CatalogueVolume | undefined,
): Promise<OverviewResult['folders'][number]> {
  const { models, bytes } = totalsOf(context, { folder: [id] });
  const away = volume?.state === 'offline';
  return {
    id,
    path,
    models,
    bytes,
    state: away ? 'offline' : (await isThere(context.fs, path).catch(() => false)) ? 'online' : 'missing',
    volume: volume === undefined || volume.label === '' ? null : volume.label,
    seenAt: volume?.seenAt ?? null,
    scannedAt,
  };
}
