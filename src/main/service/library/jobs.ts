import type { CallResult, JobSummary, ParsedArgs } from '../../../shared/index.ts';
import type { Job } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** Long work: running, waiting, ended. */
export function jobs({ jobs: queue }: LibraryContext): CallResult<'jobs'> {
  return { jobs: queue.list().map(jobSummary) };
}

/** Cancels, pauses, resumes or retries a job. */
export async function controlJob(
  { jobs: queue }: LibraryContext,
  { id, action }: ParsedArgs<'controlJob'>,
): Promise<CallResult<'controlJob'>> {
  await queue[action](id);
  return { jobs: queue.list().map(jobSummary) };
}

/** A job as faces see it. */
export function jobSummary(job: Job): JobSummary {
  const { id, kind, title, state, phase, doneBytes, totalBytes, bytesPerSecond, secondsLeft } = job;
  const { secondsElapsed, sentence, createdAt, endedAt } = job;
  return {
    ...{ id, kind, title, state, phase, doneBytes, totalBytes, bytesPerSecond, secondsLeft },
    ...{ secondsElapsed, sentence, createdAt, endedAt },
  };
}
