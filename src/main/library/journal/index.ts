// What a step is about to do, written down and flushed before it is done, so that a crash can be put right from it.
// Knows lines, files and their order; what a step means is known by the step alone.
// May import: shared and the disk.
export {
  Journal,
  type FinishedEntry,
  type JournalEntry,
  type Unfinished,
  type UnfinishedEntry,
} from './journal.ts';
export { type StepKind, type Taken, type TakenStep } from './taken-step.ts';
