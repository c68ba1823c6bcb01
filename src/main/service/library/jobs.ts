import { DeltashelfError, type CallResult, type JobSummary, type ParsedArgs } from '../../../shared/index.ts';
import type { Job } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';
import type { JobParameters } from './job-calls.ts';

/** Long work: running, waiting, ended. */
export function jobs({ jobs: queue }: LibraryContext): CallResult<'jobs'> {
  return { jobs: queue.list().map(jobSummary) };
}

/** What came of a job that is done. */
export function outcome(
  { jobs: queue }: LibraryContext,
  { job: id }: ParsedArgs<'outcome'>,
): CallResult<'outcome'> {
  const { state, title, parameters, result } = queue.get(id);
  if (state !== 'done') {
    throw new DeltashelfError(
      'usage',
      `Job ${id} (${title}) is ${state}, so nothing has come of it yet. Nothing was done.`,
    );
  }
  return { call: (parameters as JobParameters).call, result };
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
  const { id, kind, title, state, phase, share, cause } = job;
  const { doneBytes, totalBytes, bytesPerSecond, secondsLeft } = job;
  const { secondsElapsed, sentence, createdAt, endedAt } = job;
  return {
    ...{ id, kind, title, state, phase, share, cause },
    ...{ doneBytes, totalBytes, bytesPerSecond, secondsLeft },
    ...{ secondsElapsed, sentence, createdAt, endedAt },
  };
}
