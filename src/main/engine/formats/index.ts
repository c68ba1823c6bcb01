// File bytes <-> segments: one reader per file format, all of them strict, none of them executing anything.
// Names and numbers inside a file are data: read with limits, never trusted; what is not understood is opaque.
// May import: engine/dtypes, engine/streams, shared, zod. Never another room, a path or a file system.
export { assertCovers } from './coverage.ts';
export { parseFile } from './detect.ts';
export type { FileFormat, ParsedFile, Segment, TensorInfo } from './segments.ts';
export { missingShards, type ShardCheck } from './shards.ts';
