/** A piece of long work that is persisted: it survives the process, and a person can watch, pause and cancel it. */
export interface Job {
  readonly id: number;
  readonly kind: JobKind;
  /** Catalogue id of the model it is about; null for work on the library as a whole. */
  readonly model: number | null;
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';
  readonly phase: string | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Bytes a second over the last seconds; null while unknown. */
  readonly bytesPerSecond: number | null;
  /** Seconds left; null until it is stable. */
  readonly secondsLeft: number | null;
  readonly secondsElapsed: number;
  /** Why it failed or pauses. */
  readonly sentence: string | null;
  /** Parameters, as JSON, so that it can be run again. */
  readonly parameters: unknown;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

export type JobKind =
  | 'scan'
  | 'identify'
  | 'compress'
  | 'verify'
  | 'reclaim'
  | 'purge'
  | 'reconstruct'
  | 'rebase'
  | 'check'
  | 'repair'
  | 'delete'
  | 'move-vault';
