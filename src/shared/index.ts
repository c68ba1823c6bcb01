// Words used on every side of the product: errors, units, and the shapes of results.
// Pure types and functions only: nothing here touches a disk, a thread or a window.
// May import: nothing of the project.
export { DeltashelfError, exitCodes, type ErrorCode, type ErrorPlace } from './errors.ts';
export { formatBytes, formatRatio } from './units.ts';
export type { Warning } from './warnings.ts';
export {
  benchCatalogueResultSchema,
  benchGeneratedResultSchema,
  benchLibraryResultSchema,
  benchPlanResultSchema,
  benchResultSchema,
  benchRowSchema,
  benchScanResultSchema,
  type BenchCatalogueResult,
  type BenchCompressResult,
  type BenchGeneratedResult,
  type BenchGroup,
  type BenchLibraryResult,
  type BenchPlanResult,
  type BenchResult,
  type BenchRow,
  type BenchIdleResult,
  type BenchScanResult,
} from './bench-contract.ts';
export {
  applyResultSchema,
  createResultSchema,
  demoResultSchema,
  failureSchema,
  inspectResultSchema,
  verifyResultSchema,
  type ApplyDeltaResult,
  type CreateDeltaResult,
  type DemoResult,
  type DemoRow,
  type Failure,
  type InspectDeltaResult,
  type InspectedSegment,
  type LossyFigures,
  type VerifyDeltaResult,
} from './contract.ts';
export {
  exportResultSchema,
  importResultSchema,
  inspectWdeltaResultSchema,
  type ExportWdeltaResult,
  type ImportWdeltaResult,
  type InspectWdeltaResult,
} from './wdelta-contract.ts';
export { sweepPointSchema, sweepResultSchema, type SweepPoint, type SweepResult } from './sweep-contract.ts';
export { serveResultSchema, type Serve, type ServeRequest } from './serve.ts';
export * from './library/index.ts';
export * from './window/index.ts';
