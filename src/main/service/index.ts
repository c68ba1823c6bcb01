// One object with all that the faces can ask for: files by path in, results of shared/contract.ts out.
// Knows the order of the steps; bytes and tensors are the engine's matter, a person's files the library's.
// May import: library, quality, lineage, engine and shared; never a face.
export type { CreateDeltaRequest } from './create-delta.ts';
export type { ApplyDeltaRequest } from './apply-delta.ts';
export type { BaseOf } from './bases.ts';
export { Deltas, type DeltasOptions } from './deltas.ts';
export { levels, type Level } from '../engine/delta/index.ts';
export type { InspectDeltaRequest } from './inspect-delta.ts';
export type { JobControl, JobPhase, JobProgress } from './job.ts';
export { loadRuntime, type Runtime } from './runtime.ts';
export type { VerifyDeltaRequest } from './verify-delta.ts';
