import type { JobSummary } from '../../../shared/index.ts';

/** What the taskbar shows of all jobs together. */
export type TaskbarProgress =
  { readonly share: number; readonly mode: 'normal' | 'paused' } | { readonly share: null };

/** The jobs that are not over yet, from what the service tells of each. */
export class ActiveJobs {
  readonly #jobs = new Map<number, JobSummary>();

  tell(job: JobSummary): void {
    if (job.state === 'running' || job.state === 'waiting' || job.state === 'paused')
      this.#jobs.set(job.id, job);
    else this.#jobs.delete(job.id);
  }

  /** What was known is of a process that is no more; the next one tells anew. */
  forget(): void {
    this.#jobs.clear();
  }

  /** Jobs that work or wait for their turn. One that is paused does not mind whether the app is there. */
  get busy(): number {
    return [...this.#jobs.values()].filter(({ state }) => state !== 'paused').length;
  }

  /** The mean of what runs; one that is paused shows only when nothing else is there. */
  get progress(): TaskbarProgress {
    const jobs = [...this.#jobs.values()];
    const running = jobs.filter(({ state }) => state === 'running');
    const shown = running.length > 0 ? running : jobs.filter(({ state }) => state === 'paused');
    if (shown.length === 0) return { share: null };
    const share = shown.reduce((sum, job) => sum + job.share, 0) / shown.length;
    return { share, mode: running.length > 0 ? 'normal' : 'paused' };
  }
}
