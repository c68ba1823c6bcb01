// Delta files by path: making, reading and proving one, with its bases found by content.
// Everything is published whole or not at all; results are those of shared/contract.ts.
// May import: disk, the engine, shared; nothing of the library that remembers (catalogue, vault, jobs).
export { applyDeltaFile, type ApplyDeltaRequest } from './apply-delta.ts';
export { identityOf, type BaseOf } from './bases.ts';
export { createDeltaFile, type CreateDeltaRequest } from './create-delta.ts';
export { inspectDeltaFile, type InspectDeltaRequest } from './inspect-delta.ts';
export { applyWdeltaFile } from './apply-wdelta.ts';
export { exportWdeltaFile, type ExportWdeltaRequest } from './export-wdelta.ts';
export { importWdeltaFile, type ImportWdeltaRequest } from './import-wdelta.ts';
export { inspectWdeltaFile } from './inspect-wdelta.ts';
export { isWdelta } from './wdelta-bases.ts';
export { sweepDelta, type SweepRequest } from './sweep-delta.ts';
export type { Tools } from './tools.ts';
export { verifyDeltaFile, type VerifyDeltaRequest } from './verify-delta.ts';
