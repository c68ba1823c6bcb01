// Where originals wait between reclaim and purge: a hidden folder on their own volume, and how files get in and out.
// Moves and hashes one file at a time, by identity; which files, and when, steps decide.
// May import: shared and the disk.
export { makeEntryFolder, placeInEntry, removeEntryFolder } from './entry-folder.ts';
export {
  quarantineEntrySchema,
  usualAgeDays,
  type QuarantineEntry,
  type QuarantinedFile,
} from './manifest.ts';
export { isContained, isTemporaryNote } from './contained.ts';
export { moveAside, moveBack } from './move.ts';
export { notePath, removeNote, writeNote } from './note.ts';
export { refuseLinkedFolders } from './own-folders.ts';
export { quarantineName } from './place-name.ts';
export { chooseQuarantine, endProbe, planProbe, probeQuarantine } from './place.ts';
export { TrustedClock, type ComputerClock } from './trusted-clock.ts';
