import type { Job } from './job.ts';

/** A job as it is kept. Speed and time left live only while it runs. */
export type JobRecord = Omit<Job, 'bytesPerSecond' | 'secondsLeft'> & {
  /** Times it was started without having come to a checkpoint since. */
  starts: number;
  /** What it said at its last checkpoint; null: nothing. */
  checkpoint: unknown;
};

/** What is known of a job before it is kept. */
export type NewJob = Pick<Job, 'kind' | 'model' | 'title' | 'parameters' | 'createdAt'>;

/** Where jobs are kept: the catalogue. What is written is on the medium when a call returns. */
export interface JobStore {
  get(id: number): JobRecord | undefined;
  /** Jobs that have not ended, in the order they came. */
  open(): JobRecord[];
  /** From the newest to the oldest. */
  list(limit: number, before?: number): JobRecord[];
  add(job: NewJob): number;
  save(job: JobRecord): void;
}
