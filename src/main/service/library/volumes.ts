import { relative, sep } from 'node:path';
import {
  locateFolder,
  placeOf,
  shownPath,
  volumeSystem,
  type CatalogueFolder,
  type VolumePlace,
} from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** Where a watched folder is now. */
export interface LocatedFolder {
  readonly folder: CatalogueFolder;
  /** `away`: its disk is not connected, so nothing is known of its models. `gone`: the disk is there without it. */
  readonly state: 'here' | 'away' | 'gone';
  /** For a person, where it is not here. */
  readonly sentence: string;
}

/** Catalogue id of the volume that a folder lies on, which is noted as connected; null where the system tells of none. */
export async function volumeIdOf({ catalogue }: LibraryContext, path: string): Promise<number | null> {
  const place = await placeOf(volumeSystem, path).catch(() => undefined);
  return place === undefined ? null : noteVolume(catalogue, place);
}

function noteVolume(catalogue: LibraryContext['catalogue'], { volume, inside }: VolumePlace): number {
  const { id: identity, label = '', mountPoint: mountPath } = volume;
  return catalogue.volumes.seen({
    identity,
    label: label === '' ? (inside.split('/')[0] ?? '') : label,
    mountPath,
  });
}

/**
 * Finds a watched folder by its volume, wherever that is connected now. One whose volume is away keeps its rows: nothing
 * is known of its models, least of all that they are gone.
 */
export async function locateWatched(
  context: LibraryContext,
  folder: CatalogueFolder,
): Promise<LocatedFolder> {
  const { catalogue } = context;
  const volume = catalogue.volumes.list().find(({ id }) => id === folder.volume);
  if (volume === undefined) return { folder, state: 'here', sentence: '' };
  const inside = relative(volume.mountPath, folder.path).split(sep).join('/');
  const found = await locateFolder(volumeSystem, volume.identity, inside);
  if (found.state === 'offline') {
    catalogue.volumes.setState(volume.id, 'offline');
    const sentence = `${shownPath(folder.path)} was not looked at: the disk it is on is not connected. What is known of its models is kept.`;
    return { folder, state: 'away', sentence };
  }
  if (volume.state !== 'online') catalogue.volumes.seen(volume);
  if (found.state === 'missing') {
    const sentence = `${shownPath(folder.path)} is not there any more, although its disk is connected. Its models are listed as missing.`;
    return { folder, state: 'gone', sentence };
  }
  if (found.path === folder.path) return { folder, state: 'here', sentence: '' };
  await volumeIdOf(context, found.path);
  catalogue.folders.moved(folder.id, found.path);
  return { folder: { ...folder, path: found.path }, state: 'here', sentence: '' };
}
