import type { ActivityResult, QuarantineResult } from '../../../shared/index.ts';

type Entry = QuarantineResult['entries'][number];
type Step = ActivityResult['steps'][number];

/**
 * The step that moved an entry into quarantine: taking it back puts the files where they were. Of several about models
 * of one name, the one that was taken when the entry was made.
 */
export function stepOf({ name, why, createdAt }: Entry, steps: readonly Step[]): Step | undefined {
  const kind = why === 'deleted' ? 'delete' : 'reclaim';
  const made = Date.parse(createdAt);
  const distance = ({ at }: Step): number => Math.abs(Date.parse(at) - made);
  let nearest: Step | undefined;
  for (const step of steps) {
    if (step.kind !== kind || step.name !== name || step.undo === null) continue;
    if (nearest === undefined || distance(step) < distance(nearest)) nearest = step;
  }
  return nearest;
}
