// All that writes to a person's disk: each step in its own file, one after the other, with the vault as its only memory.
// A step writes its intention to the journal first; what is interrupted is finished or rolled back from there.
// May import: vault, journal, quarantine, deltas, disk, shared; never the catalogue.
export { idsToCheck, type CheckSelection } from './check.ts';
export type { StepContext, StepSettings } from './context.ts';
export { openSteps, type OpenStepsOptions } from './open-steps.ts';
export type * from './steps.ts';
