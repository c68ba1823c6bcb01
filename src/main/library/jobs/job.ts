/** A piece of long work that is persisted: it survives the process, and a person can watch, pause and cancel it. */
export interface Job {
  readonly id: number;
  readonly kind: JobKind;
  /** Catalogue id of the model it is about; null for work on the library as a whole. */
  readonly model: number | null;
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';
  /** What a person asked of a running job that has not come to its end yet. */
  readonly request: 'pause' | 'cancel' | null;
  /** Why it is paused: a person's wish, or something that must go away first. */
  readonly cause: PauseCause | null;
  readonly phase: string | null;
  /** How far the bar is, 0 to 1, weighted by the time that phases take. Never goes back; 1 only when done. */
  readonly share: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Bytes a second over the last seconds; null while unknown. */
  readonly bytesPerSecond: number | null;
  /** Seconds left; null until it is stable. */
  readonly secondsLeft: number | null;
  readonly secondsElapsed: number;
  /** Why it failed or pauses. */
  readonly sentence: string | null;
  /** Machine-readable name of the failure; null where there was none. */
  readonly code: string | null;
  /** Parameters, as JSON, so that it can be run again. */
  readonly parameters: unknown;
  /** What its runner gave back; null before it is done. */
  readonly result: unknown;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** What a paused job waits for. All but `person` go away by themselves, and the job goes on. */
export type PauseCause = 'person' | 'disk-full' | 'offline' | 'sleep';

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
