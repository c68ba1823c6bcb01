import type { Job } from './job.ts';
import type { JobStage, StageProgress } from './meter.ts';

/** What a stage of a job hands to the library. */
export interface StageControl {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StageProgress) => void;
}

/** What the runner of a job is given. */
export interface RunControl extends StageControl {
  /** What `checkpoint` kept when the job ran before; null where it begins anew. */
  readonly resumeFrom: unknown;
  /**
   * Says what the job consists of, before the first stage begins; the answer has a control for each. A job of one
   * stage can do without, and use `onProgress` itself.
   */
  stages(stages: readonly JobStage[]): readonly StageControl[];
  /**
   * Keeps what is done, on the medium: after a pause or a crash the job goes on from here.
   * @throws the signal's reason where the job is to stop
   */
  checkpoint(done: unknown): void;
  /**
   * Runs a step that writes to the vault: one at a time among all jobs.
   * @throws the signal's reason where the job is to stop before its turn
   */
  write<T>(step: () => Promise<T>): Promise<T>;
}

/**
 * Does a kind of job. Throws the signal's reason soon after it is aborted, with nothing half-done left behind. What it
 * gives back is kept as JSON.
 */
export type JobRunner = (job: Job, control: RunControl) => Promise<unknown>;
