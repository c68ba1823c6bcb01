// The .wdelta files of deltatensors: reads them over their parents bit for bit as that program does, and writes them.
// Names, numbers and lengths in such a file are data: bounded and cross-checked before anything rests on them.
// May import: formats, sources, streams, shared, zod. Never a path or a file system.
export {
  hashBytes,
  headBytes,
  magic,
  startsLikeWdelta,
  strategies,
  version,
  type Strategy,
} from './layout.ts';
export {
  openWdelta,
  readOutline,
  type OpenWdeltaOptions,
  type WdeltaFile,
  type WdeltaOutline,
  type WdeltaTensor,
} from './reader.ts';
export { decodeDelta, type ElementRange } from './decode.ts';
export { isParentOf, type HashRule } from './parent-hash.ts';
export { reconstruct, type Reconstruction } from './reconstruction.ts';
export { writeWdelta, type WdeltaForm, type WriteWdeltaRequest, type WrittenWdelta } from './writer.ts';
