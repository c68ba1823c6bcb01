// Residual <-> bytes: what is left of a tensor after its prediction, and tensors that nothing predicts.
// A codec sees elements in shared memory and gives a payload; which tensor it is, it does not know.
// May import: pool, dtypes, formats/segments for tensor shapes. Never sources, predictors or the container.
export { packAny, packBytes, unpackAny, unpackBytes, type PackedBytes } from './bytes.ts';
export {
  CHUNK_BYTES,
  chunksOf,
  gridBytes,
  gridOf,
  grids,
  matrixOf,
  usualChunk,
  type Grid,
  type Matrix,
  type Range,
} from './elements.ts';
export { decodePlanes, encodePlanes, type PlaneChunk } from './planes.ts';
export {
  decodeResidual,
  DecodingTables,
  encodeResiduals,
  ScaleSlots,
  type EncodedGroups,
  type ResidualChunk,
  type ResidualGroup,
} from './residual.ts';
export {
  readScales,
  scaleBits,
  scalesFrom,
  writeScales,
  type Energies,
  type Scales,
  type StoredScales,
} from './scales.ts';
export { SharedValues } from './shared-values.ts';
export { SlotSet } from './slots.ts';
export { decodeSparse, encodeSparse, SPARSE_SHARE, type SparseArray } from './sparse.ts';
