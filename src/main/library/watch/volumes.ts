import { posix, win32 } from 'node:path';
import { volumesOnLinux } from './volumes-linux.ts';
import { volumesOnMac } from './volumes-mac.ts';
import { volumesOnWindows } from './volumes-windows.ts';
import type { VolumeInfo, VolumeSystem } from './volume-info.ts';

/** Lists the volumes that are connected now. Whatever the system does not tell is left out, never guessed. */
export async function listVolumes(system: VolumeSystem): Promise<VolumeInfo[]> {
  if (system.platform === 'win32') return volumesOnWindows(system);
  return system.platform === 'darwin' ? volumesOnMac(system) : volumesOnLinux(system);
}

/** Where a folder is, in words that survive another mount point or drive letter. */
export interface VolumePlace {
  readonly volume: VolumeInfo;
  /** Way from the mount point, with forward slashes; empty for the volume's own root. */
  readonly inside: string;
}

/**
 * The volume that a path lies on, and the way to it from there.
 * @returns undefined when no listed volume holds it
 * @throws what `realpath` threw
 */
export async function placeOf(system: VolumeSystem, path: string): Promise<VolumePlace | undefined> {
  const real = await system.realpath(path);
  const paths = system.platform === 'win32' ? win32 : posix;
  const above = (await listVolumes(system)).flatMap((volume) => {
    const inside = paths.relative(volume.mountPoint, real);
    const leaves = inside === '..' || inside.startsWith(`..${paths.sep}`) || paths.isAbsolute(inside);
    return leaves ? [] : [{ volume, inside: inside.split(paths.sep).join('/') }];
  });
  // The nearest mount point above; of several at one place the last one covers the others.
  return above.reduce<VolumePlace | undefined>(
    (best, place) => (best === undefined || place.inside.length <= best.inside.length ? place : best),
    undefined,
  );
}

/**
 * State of a folder that is known by volume and way: `online` where it is there, `offline` where its volume is not
 * connected (nothing is known of its models, their rows stay), `missing` where the volume is there without it.
 */
export type FolderState =
  | { readonly state: 'online'; readonly path: string }
  | { readonly state: 'offline' }
  | { readonly state: 'missing'; readonly path: string };

/** Finds a folder again, also where its volume has another mount point or drive letter now. */
export async function locateFolder(
  system: VolumeSystem,
  volumeId: string,
  inside: string,
): Promise<FolderState> {
  const volumes = (await listVolumes(system)).filter(({ id }) => id === volumeId);
  const kindOfPaths = system.platform === 'win32' ? win32 : posix;
  const paths = volumes.map(({ mountPoint }) => kindOfPaths.join(mountPoint, ...inside.split('/')));
  for (const path of paths) if (await system.isFolder(path)) return { state: 'online', path };
  const [path] = paths;
  return path === undefined ? { state: 'offline' } : { state: 'missing', path };
}
