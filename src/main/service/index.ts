// One object with all that the faces can ask for: files by path in, results of shared/contract.ts out.
// Knows the order of the steps; bytes and tensors are the engine's matter, a person's files the library's.
// May import: library, quality, lineage, engine and shared; never a face.
export type {
  ApplyDeltaRequest,
  BaseOf,
  CreateDeltaRequest,
  ExportWdeltaRequest,
  ImportWdeltaRequest,
  InspectDeltaRequest,
  JobControl,
  JobPhase,
  JobProgress,
  VerifyDeltaRequest,
} from '../library/index.ts';
export { Deltas, type DeltasOptions } from './deltas.ts';
export { strategies, type Strategy } from '../engine/wdelta/index.ts';
export { levels, type Level } from '../engine/delta/index.ts';
export { sweepGrid } from '../engine/codecs/lossy/index.ts';
export { loadRuntime, type Runtime } from './runtime.ts';
export type { CallControl, CallProgress, LibraryClient } from './client.ts';
export { toFailure } from './host/wire.ts';
export { WindowService } from './window/index.ts';
export { openLastingLibrary } from './library/lasting-library.ts';
export { openLibrary, type OpenLibraryOptions } from './library/open-library.ts';
