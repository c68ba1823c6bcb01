import type { VolumeInfo, VolumeSystem } from './volume-info.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.match(/./gu) ?? [];

/**
 * Volumes by drive letter, their identities by serial number, which Windows gives as the device of a file. What kind
 * of volume it is, Windows tells only to native code: `fsType` stays empty, and a letter that stands for a network
 * share is not told apart.
 */
export async function volumesOnWindows(system: VolumeSystem): Promise<VolumeInfo[]> {
  const volumes = await Promise.all(
    letters.map(async (letter): Promise<VolumeInfo[]> => {
      const mountPoint = `${letter}:\\`;
      const serial = await system.device(mountPoint);
      if (serial === undefined) return [];
      return [{ id: `serial:${serial}`, label: undefined, mountPoint, fsType: '', onNetwork: false }];
    }),
  );
  return volumes.flat();
}
