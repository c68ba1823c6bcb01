import type { JobClock } from './clock.ts';
import type { JobRecord } from './job-store.ts';
import type { Job } from './job.ts';
import type { Lane } from './lane.ts';
import { Meter, type StageProgress } from './meter.ts';
import type { RunControl, StageControl } from './runner.ts';

/** Why a job is stopped before its end. */
export type StopReason = 'cancel' | 'pause' | 'sleep' | 'shutdown';

const betweenUpdatesMs = 100;
const betweenSavesMs = 2000;

/** What a run needs of the queue. */
export interface RunPlace {
  readonly clock: JobClock;
  readonly lane: Lane;
  readonly save: (record: JobRecord) => void;
  /** Called at most ten times a second for each run. */
  readonly tell: () => void;
}

/** One run of a job: its record as it changes, its meter, and what its runner is given. */
export class RunningJob {
  record: JobRecord;
  stop: StopReason | undefined;
  readonly #place: RunPlace;
  readonly #abort = new AbortController();
  readonly #meter: Meter;
  readonly #startedAt: number;
  readonly #secondsBefore: number;
  #toldAt = -Infinity;
  #savedAt: number;

  constructor(record: JobRecord, place: RunPlace) {
    this.record = record;
    this.#place = place;
    this.#startedAt = place.clock.steadyMs();
    this.#savedAt = this.#startedAt;
    this.#secondsBefore = record.secondsElapsed;
    this.#meter = new Meter(this.#startedAt, record.share);
  }

  get control(): RunControl {
    return {
      signal: this.#abort.signal,
      onProgress: this.#stage(0),
      resumeFrom: this.record.checkpoint,
      stages: (stages) => {
        this.#meter.plan(stages);
        return stages.map((_, at): StageControl => ({
          signal: this.#abort.signal,
          onProgress: this.#stage(at),
        }));
      },
      checkpoint: (done) => {
        this.record = { ...this.measured(), checkpoint: done, starts: 0 };
        this.#place.save(this.record);
        this.#abort.signal.throwIfAborted();
      },
      write: (step) => this.#place.lane.run(step, this.#abort.signal),
    };
  }

  /** Asks the runner to stop. The first reason counts, but that a cancel counts always. */
  end(reason: StopReason, error: Error): void {
    if (this.stop === undefined || reason === 'cancel') this.stop = reason;
    this.#abort.abort(error);
  }

  /** The record with what the meter says now. */
  measured(): JobRecord {
    const now = this.#place.clock.steadyMs();
    const { phase, share, doneBytes, totalBytes } = this.#meter.read(now);
    const secondsElapsed = this.#secondsBefore + (now - this.#startedAt) / 1000;
    return { ...this.record, phase, share, doneBytes, totalBytes, secondsElapsed };
  }

  /** As a person sees it. */
  job(): Job {
    const { bytesPerSecond, secondsLeft } = this.#meter.read(this.#place.clock.steadyMs());
    return { ...toJob(this.measured()), bytesPerSecond, secondsLeft };
  }

  #stage(stage: number): (progress: StageProgress) => void {
    return (progress) => {
      const now = this.#place.clock.steadyMs();
      this.#meter.tell(stage, progress, now);
      if (now - this.#toldAt < betweenUpdatesMs) return;
      this.#toldAt = now;
      if (now - this.#savedAt >= betweenSavesMs) {
        this.#savedAt = now;
        this.record = this.measured();
        this.#place.save(this.record);
      }
      this.#place.tell();
    };
  }
}

/** A job that does not run. */
export function toJob(record: JobRecord): Job {
  const job: Partial<JobRecord> & Job = { ...record, bytesPerSecond: null, secondsLeft: null };
  delete job.starts;
  delete job.checkpoint;
  return job;
}
