import { availableBytes, type Catalogue, type FileSystem, type JobDisks } from '../../library/index.ts';

/** Room below which a job that met a full disk is not tried again, bytes. */
const leastRoom = 64_000_000;

/** What jobs ask about the disks they work on. */
export function jobDisks(fs: FileSystem, catalogue: Catalogue, vaultPath: string): JobDisks {
  return {
    isAway: () => Promise.resolve(catalogue.volumes.list().some(({ state }) => state === 'offline')),
    async hasRoom() {
      const places = [vaultPath, ...catalogue.folders.list().map(({ path }) => path)];
      const room = await Promise.all(places.map((place) => availableBytes(fs, place).catch(() => 0)));
      return room.every((bytes) => bytes > leastRoom);
    },
  };
}
