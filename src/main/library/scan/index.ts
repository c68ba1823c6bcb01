// Finding models in a person's folders: what is there, by content, from headers and small texts alone.
// Reads only; follows no link to a folder; whatever fails is a place with a sentence, never an exception.
// May import: the disk room, engine/formats, what lineage reads from texts, shared.
export type {
  FileRole,
  FoundFile,
  FoundModel,
  FoundTensor,
  ModelLayout,
  ModelOrigin,
  ReclaimBlocker,
  SkippedPlace,
  SkipReason,
} from './found-model.ts';
export type { KnownModels, ScanFinding, ScanTools } from './findings.ts';
export { knownPlaces, type KnownPlace, type Surroundings } from './known-places.ts';
export { scanFolder, type ScanControl, type ScanProgress } from './scan-folder.ts';
export { Settler, type SettleClock, type SettleTimes } from './settler.ts';
export { signModel } from './signature.ts';
export { systemClock } from './system-clock.ts';
export { UniqueBytes } from './unique-bytes.ts';
export { findVanished, type Vanished } from './vanished.ts';
