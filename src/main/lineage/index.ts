// Who came from whom, and why we think so: declared facts, sketches of tensors, edges with evidence.
// Pure: texts, sketches and sources go in, edges and predictions come out; nothing here knows a path's disk or a database.
// May import: engine, shared, yaml, zod.
export { declaringTexts, readDeclared } from './declared.ts';
export { inferenceSteps, inferLineage, type Lineage } from './infer.ts';
export type { Contradiction, Decision, Evidence, EvidenceKind, LineageEdge } from './edges.ts';
export type { DeclaredFacts, DeclaredParent } from './facts.ts';
export { explainRecipe, type NamedShare } from './merge-words.ts';
export { resolveDeclared, type ResolvedFacts, type ResolvedParent } from './declared-resolve.ts';
export type { ModelProfile } from './profile.ts';
export { predictStored, type Prediction } from './predict.ts';
export { trialStored, type TrialRequest } from './predict-trial.ts';
export { decodeSketch, encodeSketch, sketchVersion } from './sketch-coding.ts';
export { cosine, tensorChanges, type TensorChange, type WeightedSketch } from './sketch-change.ts';
export { commonSample, type CommonSample } from './sketch-common.ts';
export { sketchModel } from './sketch-model.ts';
export { sameFamily, similarity, type Similarity, type TensorSimilarity } from './sketch-similarity.ts';
export type { ModelSketch, OtherSketch, TensorSketch } from './sketch.ts';
