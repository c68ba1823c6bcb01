// Noticing what changes in watched folders, and on which volume they are: online, offline or missing.
// Events and times are hints to scan, never facts; nothing polls but where a volume does not tell.
// May import: the disk and scan rooms, shared, chokidar.
export {
  createFolderWatcher,
  type ChangeListener,
  type FolderWatcher,
  type WatcherOptions,
  type WatchMode,
} from './folder-watcher.ts';
export { ignoresCase, probeVolume, type VolumeAbilities } from './probe-volume.ts';
export { reconcile } from './reconcile.ts';
export { systemTimer, type Timer } from './timer.ts';
export type { VolumeInfo, VolumeSystem } from './volume-info.ts';
export { volumeSystem } from './volume-system.ts';
export { listVolumes, locateFolder, placeOf, type FolderState, type VolumePlace } from './volumes.ts';
