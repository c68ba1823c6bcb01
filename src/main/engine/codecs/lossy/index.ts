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
export { packSymbols, unpackSymbols, type SymbolRun } from './symbol-stream.ts';
export { dct, type DctOptions } from './dct.ts';
export { dwt, type DwtOptions } from './dwt.ts';
export { decodePatches } from './patches-payload.ts';
