import type { JobSummary } from '../../../shared/index.ts';

/** Jobs as a person looks for them. */
export interface SortedJobs {
  readonly running: readonly JobSummary[];
  /** Wait for something that a person can do, or failed and nobody tried again yet. */
  readonly needsYou: readonly JobSummary[];
  /** Paused by a person. */
  readonly paused: readonly JobSummary[];
  /** In the order in which they will run. */
  readonly waiting: readonly JobSummary[];
  /** Latest first, by day. */
  readonly ended: readonly JobSummary[];
}

/** So long a failure stands where it is seen first. */
const recentMs = 24 * 60 * 60 * 1000;

/**
 * Sorts jobs.
 * @param dismissed numbers of failed jobs that a person has seen
 */
export function sortJobs(
  jobs: readonly JobSummary[],
  dismissed: ReadonlySet<number>,
  now = new Date(),
): SortedJobs {
  const sorted = {
    running: [] as JobSummary[],
    needsYou: [] as JobSummary[],
    paused: [] as JobSummary[],
    waiting: [] as JobSummary[],
    ended: [] as JobSummary[],
  };
  /** What was tried again, or done otherwise, since. */
  const later = new Set<string>();
  for (const job of [...jobs].sort((left, right) => right.id - left.id)) {
    switch (job.state) {
      case 'running':
        sorted.running.push(job);
        break;
      case 'waiting':
        sorted.waiting.push(job);
        break;
      case 'paused':
        (job.cause === 'person' ? sorted.paused : sorted.needsYou).push(job);
        break;
      case 'failed': {
        const recent = now.getTime() - Date.parse(job.endedAt ?? job.createdAt) < recentMs;
        const open = recent && !dismissed.has(job.id) && !later.has(job.title);
        (open ? sorted.needsYou : sorted.ended).push(job);
        break;
      }
      case 'done':
      case 'cancelled':
        sorted.ended.push(job);
        break;
    }
    later.add(job.title);
  }
  sorted.waiting.reverse();
  sorted.running.reverse();
  sorted.ended.sort((left, right) => endOf(right) - endOf(left));
  return sorted;
}

function endOf({ endedAt, createdAt }: JobSummary): number {
  return Date.parse(endedAt ?? createdAt);
}
