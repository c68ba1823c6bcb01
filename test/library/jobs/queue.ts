import {
  Jobs,
  type Job,
  type JobDisks,
  type JobRunner,
  type RunControl,
} from '../../../src/main/library/jobs/index.ts';
import type { JobStore } from '../../../src/main/library/jobs/job-store.ts';
import { FakeClock } from './fake-clock.ts';

/** A run that waits for the test to say what becomes of it. */
export interface HeldRun {
  readonly job: Job;
  readonly control: RunControl;
  succeed(result?: unknown): void;
  fail(error: unknown): void;
}

/** A queue whose runs are in the hands of a test. */
export class TestQueue {
  readonly clock = new FakeClock();
  readonly runs: HeldRun[] = [];
  readonly events: Job[] = [];
  readonly jobs: Jobs;
  concurrency = 1;
  away = false;
  room = false;

  constructor(store: JobStore, own: JobRunner = (job, control) => this.#hold(job, control)) {
    const disks: JobDisks = { isAway: async () => this.away, hasRoom: async () => this.room };
    const runners = Object.fromEntries(kinds.map((kind) => [kind, own])) as Record<Job['kind'], JobRunner>;
    this.jobs = new Jobs({ store, clock: this.clock, concurrency: () => this.concurrency, disks, runners });
    this.jobs.onEvent((job) => this.events.push(job));
  }

  enqueue(title = 'job', parameters: unknown = {}): number {
    return this.jobs.enqueue('compress', null, title, parameters).id;
  }

  state(id: number): Job['state'] {
    return this.jobs.get(id).state;
  }

  /** The run that began last. */
  get last(): HeldRun {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error('nothing was run');
    return run;
  }

  /** A run ends when the test says so, or with the signal's reason when it is stopped. */
  #hold(job: Job, control: RunControl): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    control.signal.addEventListener('abort', () => reject(control.signal.reason as Error));
    this.runs.push({ job, control, succeed: resolve, fail: reject });
    return promise;
  }
}

const kinds: readonly Job['kind'][] = [
  'scan',
  'identify',
  'compress',
  'verify',
  'reclaim',
  'purge',
  'reconstruct',
  'rebase',
  'check',
  'repair',
  'delete',
  'move-vault',
];

/** Lets everything run that only waits for promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
