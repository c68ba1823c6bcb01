// Approximations of the change of a tensor: real numbers in, a payload out, and the numbers that it decodes to.
// A codec plans over all tensors of a model, then codes them chunk by chunk; which file they lie in, it does not know.
// May import: the rest of codecs, pool, zod for its options. Never sources, predictors or the container.
export {
  lossyMethods,
  type CodedRows,
  type LossyCodec,
  type LossyJob,
  type LossyMethod,
  type LossyPlan,
  type LossyTensor,
  type ReadRows,
  type TensorCoder,
} from './lossy-codec.ts';
export { LevelTables } from './level-tables.ts';
export { decodeLevels, type LevelRows } from './levels.ts';
export { rd } from './rd.ts';
export { sweepGrid } from './sweep-grid.ts';
export { parseLossy, type LossyChoice } from './registry.ts';
export { packSymbols, unpackSymbols, type SymbolRun } from './symbol-stream.ts';
export { decodeScalars } from './scalars-decode.ts';
export { sign } from './sign.ts';
export { dare } from './dare.ts';
export { int4 } from './int4.ts';
export { sparse } from './sparse.ts';
export { ternary } from './ternary.ts';
export { encodeScalars } from './scalars-encode.ts';
export type { FreeValues, ScalarsChunk } from './scalars-form.ts';
export { decodeFactors } from './factors-decode.ts';
export { lowrank } from './lowrank.ts';
export { ultra } from './ultra.ts';
export { dct } from './dct.ts';
export { dwt } from './dwt.ts';
export { decodePatches } from './patches-payload.ts';
