import type { JobSummary } from '../../../shared/index.ts';

/** Seconds from which on a person may have turned to something else. */
const long = 10;

/** What to tell somebody who looks elsewhere when a job ends; null: nothing. Who cancelled it knows. */
export function jobNote(job: JobSummary): { readonly title: string; readonly body: string } | null {
  if (job.secondsElapsed < long) return null;
  switch (job.state) {
    case 'done':
      return { title: job.title, body: job.sentence ?? `Done in ${duration(job.secondsElapsed)}.` };
    case 'failed':
      return { title: `Not done: ${job.title}`, body: job.sentence ?? 'Deltashelf shows what happened.' };
    default:
      return null;
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}
