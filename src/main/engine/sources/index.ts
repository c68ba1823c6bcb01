// Random access to the bytes of models: files here, deltas laid over other sources in delta/.
// Knows segments and digests; opens nothing itself, whoever calls hands in bytes.
// May import: formats, streams.
export { digestOf, type Identity } from './hashing.ts';
export { ModelSource } from './model-source.ts';
export type { Digest, NamedFile, Source, SourceFile, SourceSegment } from './source.ts';
