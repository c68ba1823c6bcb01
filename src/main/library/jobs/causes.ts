import { DeltashelfError } from '../../../shared/index.ts';
import type { Job, PauseCause } from './job.ts';

/** Causes that go away without anybody doing something about the job. */
export type PassingCause = Exclude<PauseCause, 'person'>;

/** What jobs ask about the disks they work on. */
export interface JobDisks {
  /** Whether a volume that the job needs is not connected: then a failure is put down to that. */
  isAway(job: Job): Promise<boolean>;
  /** Whether there is room again for the job. */
  hasRoom(job: Job): Promise<boolean>;
}

/** Failures that a volume which was pulled out shows itself by. */
const ofUnplugged: ReadonlySet<string> = new Set([
  'not-found',
  'not-readable',
  'not-writable',
  'write-failed',
  'changed-while-reading',
  'parent-missing',
]);

/** What a failure waits for: it is a pause then, not an end. Null where nothing passes by itself. */
export async function causeOf(error: unknown, job: Job, disks: JobDisks): Promise<PassingCause | null> {
  if (!(error instanceof DeltashelfError)) return null;
  if (error.code === 'disk-full') return 'disk-full';
  return ofUnplugged.has(error.code) && (await disks.isAway(job)) ? 'offline' : null;
}

/** Whether what a job waits for is gone. */
export async function isGone(cause: PauseCause, job: Job, disks: JobDisks): Promise<boolean> {
  switch (cause) {
    case 'disk-full':
      return disks.hasRoom(job);
    case 'offline':
      return !(await disks.isAway(job));
    case 'person':
    case 'sleep':
      return false;
  }
}
