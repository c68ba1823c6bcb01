// Which models to store against which, for fewest bytes within bounds; the plan says, it does nothing.
// Numbers and sketches go in, a plan with reasons comes out: no file, no database, the same answer each time.
// May import: lineage, engine and shared; of the library only how paths are shown.
export { chooseCandidates, type ChooseRequest, type ChoosingModel } from './choose-candidates.ts';
export { makePlan } from './make-plan.ts';
export type {
  PlanLimits,
  PlanModel,
  PlannedModel,
  PlanRole,
  StorageCandidate,
  StoragePlan,
} from './storage-plan.ts';
export { planWithTrials, sureConfidence, type Trial } from './plan-with-trials.ts';
