import { posix } from 'node:path';
import { isNetworkType } from './mount-info.ts';
import type { VolumeInfo, VolumeSystem } from './volume-info.ts';

/** Volumes by `mount`, their identities by `diskutil info`: macOS has no file that tells them. */
export async function volumesOnMac(system: VolumeSystem): Promise<VolumeInfo[]> {
  const lines = ((await system.run('/sbin/mount', [])) ?? '').split('\n');
  const mounts = lines.flatMap((line) => {
    const { source, mountPoint, fsType } =
      /^(?<source>.+?) on (?<mountPoint>\/.*) \((?<fsType>\w+)/u.exec(line)?.groups ?? {};
    if (source === undefined || mountPoint === undefined || fsType === undefined) return [];
    const isHidden = ['devfs', 'autofs'].includes(fsType) || mountPoint.startsWith('/System/Volumes/');
    return isHidden ? [] : [{ source, mountPoint, fsType }];
  });
  const known = mounts.length > 0 ? mounts : await byName(system);
  return Promise.all(
    known.map(async ({ source, mountPoint, fsType }) => {
      const onNetwork = isNetworkType(fsType);
      const info = onNetwork ? undefined : await system.run('/usr/sbin/diskutil', ['info', mountPoint]);
      const field = (name: string): string | undefined =>
        new RegExp(`^\\s*${name}:\\s*(\\S.*?)\\s*$`, 'mu').exec(info ?? '')?.[1];
      const uuid = field('Volume UUID') ?? field('Disk / Partition UUID');
      const name = onNetwork ? `network:${fsType}:${source}` : `mount:${fsType}:${mountPoint}`;
      const label = field('Volume Name') ?? (mountPoint === '/' ? undefined : posix.basename(mountPoint));
      return { id: uuid === undefined ? name : `uuid:${uuid}`, label, mountPoint, fsType, onNetwork };
    }),
  );
}

/** Where `mount` cannot be run: what has a name in `/Volumes`, and the disk of the system. */
async function byName(
  system: VolumeSystem,
): Promise<{ source: string; mountPoint: string; fsType: string }[]> {
  const names = await system.names('/Volumes');
  const places = ['/', ...names.map((name) => posix.join('/Volumes', name))];
  return places.map((mountPoint) => ({ source: mountPoint, mountPoint, fsType: '' }));
}
