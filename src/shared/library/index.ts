// The library's side of the contract: calls with what they take and give, events, and the shapes in them.
// Every face speaks these and nothing else; the service parses what comes in before it does anything.
// May import: zod.
export { libraryCalls, type CallArgs, type CallResult, type LibraryCall, type ParsedArgs } from './calls.ts';
export { libraryEventSchema, type LibraryEvent } from './events.ts';
export type {
  ActivityResult,
  CandidatesResult,
  ChangesResult,
  CheckResult,
  CompressResult,
  JobsResult,
  JobSummary,
  ListResult,
  OutcomeResult,
  OverviewResult,
  PlacesResult,
  PlanResult,
  PurgeResult,
  QuarantineResult,
  ReclaimResult,
  ReconstructResult,
  ScanResult,
  SettingsResult,
  ShowResult,
  TreeResult,
  VerifyAllResult,
} from './results.ts';
export { modelStates, type ModelState, type ModelSummary } from './values.ts';
