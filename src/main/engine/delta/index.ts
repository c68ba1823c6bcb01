// The .dshelf container: writes a model as records against its parents, and reads any of them alone, every byte checked.
// Names, numbers and lengths inside a delta file are data: bounded and cross-checked before anything rests on them.
// May import: every other room of the engine, shared, zod. Never a path or a file system.
export type {
  ChunkRecord,
  DeltaContents,
  DeltaFileEntry,
  DeltaFolder,
  DeltaIndex,
  DeltaLink,
  DeltaParent,
  DeltaRecord,
  DeltaSegment,
  ParentFile,
  ParentSegment,
  Recipe,
  SegmentChange,
  SideRecord,
} from './index-types.ts';
export { packIndex } from './index-pack.ts';
export {
  chunkCodecs,
  noTables,
  startsLikeDelta,
  unitCount,
  type ChunkCodec,
  type RecordHeader,
  type SideKind,
} from './layout.ts';
export { openDelta, type DeltaFile, type OpenOptions, type ReadRecord } from './reader.ts';
export { DeltaWriter, type NewChunk, type WrittenDelta } from './writer.ts';
export { applyDelta, type ApplyRequest, type ModelSink } from './apply.ts';
export { createDelta } from './create.ts';
export {
  levels,
  type CreateRequest,
  type CreateResult,
  type Level,
  type LossyResult,
  type ModelMetadata,
} from './create-request.ts';
export { bareName, kindOf, Matcher } from './match.ts';
export { findParents, type FoundParents } from './parents.ts';
export { DeltaSource } from './source.ts';
