import { DeltashelfError } from '../../../shared/index.ts';
import { causeOf, isGone, type JobDisks } from './causes.ts';
import type { JobClock } from './clock.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import type { Job, JobKind, PauseCause } from './job.ts';
import { KeptRecords } from './kept-records.ts';
import { Lane } from './lane.ts';
import { Rechecks } from './rechecks.ts';
import { Results } from './results.ts';
import type { JobRunner } from './runner.ts';
import { RunningJob, toJob, type StopReason } from './running-job.ts';
import { cancelled, crashed, keeps, noJob, notNow, sentenceOf } from './sentences.ts';

/** What a queue of jobs is made of. */
export interface JobsOptions {
  /** `catalogue.jobs`. */
  readonly store: JobStore;
  readonly clock: JobClock;
  /** Jobs at the same time; asked before each start. */
  readonly concurrency: () => number;
  readonly disks: JobDisks;
  readonly runners: Readonly<Record<JobKind, JobRunner>>;
}

/** A job that took the process down so often is not started again by itself. */
const mostStarts = 3;

/**
 * The queue of long work. Jobs are kept before they start; what was running when the process died waits again, and its
 * runner goes on from its last checkpoint. A failure that passes (full disk, a volume that is away) pauses a job and
 * it goes on when that is gone.
 *
 * ```ts
 * const jobs = new Jobs({ store: catalogue.jobs, clock: jobClock, concurrency, disks, runners });
 * jobs.onEvent((job) => ...); // at most ten a second for each job
 * jobs.start(); // after recovery of the vault
 * const { id } = jobs.enqueue('compress', model, 'Compress my-finetune', { models: ['#12'] });
 * await jobs.result(id); // what the runner gave back, or its failure
 * ```
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #records: KeptRecords;
  readonly #rechecks: Rechecks;
  readonly #results = new Results();
  readonly #lane = new Lane();
  readonly #listeners = new Set<(job: Job) => void>();
  readonly #waiting = new Map<number, JobRecord>();
  readonly #paused = new Map<number, JobRecord>();
  readonly #running = new Map<number, { run: RunningJob; ended: Promise<void> }>();
  #held = true;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#records = new KeptRecords(options.store);
    this.#rechecks = new Rechecks(options.clock, () => void this.recheck());
    for (const record of options.store.open()) this.#takeUp(record);
  }

  /** Begins to run what waits. Until then jobs can be looked at, and are only kept. */
  start(): void {
    this.#held = false;
    this.#armRecheck();
    this.#schedule();
  }

  /** @param model catalogue id of the model it is about; null for several, or the library */
  enqueue(kind: JobKind, model: number | null, title: string, parameters: unknown): Job {
    const createdAt = this.#options.clock.now().toISOString();
    const id = this.#options.store.add({ kind, model, title, parameters, createdAt });
    const record = this.#recordOf(id);
    this.#waiting.set(id, record);
    this.#tell(toJob(record));
    this.#schedule();
    return this.get(id);
  }

  /** Whether a job runs now. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** @throws DeltashelfError `usage` where there is no such job */
  get(id: number): Job {
    return this.#running.get(id)?.run.job() ?? toJob(this.#recordOf(id));
  }

  /** From the newest to the oldest. */
  list(limit = 100): Job[] {
    return this.#options.store.list(limit).map(({ id }) => this.get(id));
  }

  /**
   * What the runner of a job gives back, when it has. Waits through pauses.
   * @throws what it failed with; DeltashelfError `cancelled`
   */
  async result(id: number): Promise<unknown> {
    return this.#results.of(this.#recordOf(id));
  }

  /** Ends a job. Told at once; the answer comes when its runner has cleaned up. */
  async cancel(id: number): Promise<Job> {
    const running = this.#running.get(id);
    if (running !== undefined) {
      await this.#stop(id, 'cancel', cancelled());
      return this.get(id);
    }
    const record = this.#takeOut(id);
    if (record !== undefined)
      this.#close({ ...record, state: 'cancelled', cause: null, sentence: keeps(record) });
    return this.get(id);
  }

  /** Stops a job until a person lets it go on. Survives a restart. */
  async pause(id: number): Promise<Job> {
    if (this.#running.has(id)) {
      await this.#stop(id, 'pause', cancelled());
      return this.get(id);
    }
    const record = this.#takeOut(id);
    if (record === undefined) throw notNow(this.#recordOf(id), 'paused');
    this.#rest(record, 'person', null);
    return this.get(id);
  }

  /** Lets a paused job go on. */
  resume(id: number): Job {
    const record = this.#paused.get(id);
    if (record === undefined) throw notNow(this.#recordOf(id), 'resumed');
    this.#wait(record);
    this.#schedule();
    return this.get(id);
  }

  /** Runs a job again that failed or was cancelled; it goes on from its last checkpoint. */
  retry(id: number): Job {
    const record = this.#recordOf(id);
    if (record.state !== 'failed' && record.state !== 'cancelled') throw notNow(record, 'tried again');
    this.#wait({ ...record, endedAt: null, share: 0, doneBytes: 0, starts: 0 });
    this.#schedule();
    return this.get(id);
  }

  /** Looks now whether what jobs wait for is gone: a volume came back, space was freed. */
  async recheck(): Promise<void> {
    this.#rechecks.callOff();
    for (const record of [...this.#paused.values()]) {
      const gone = await isGone(record.cause ?? 'person', toJob(record), this.#options.disks).catch(
        () => false,
      );
      if (!gone || this.#paused.get(record.id) !== record) continue;
      this.#rechecks.reset();
      this.#wait(record);
    }
    this.#armRecheck();
    this.#schedule();
  }

  /** Pauses what runs, because the computer goes to sleep. */
  async sleep(): Promise<void> {
    this.#held = true;
    await Promise.all([...this.#running.keys()].map((id) => this.#stop(id, 'sleep', cancelled())));
  }

  /** Goes on after `sleep`. */
  wake(): void {
    for (const record of [...this.#paused.values()]) if (record.cause === 'sleep') this.#wait(record);
    this.start();
  }

  /** Tells of every change; the answer ends it. */
  onEvent(listener: (job: Job) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops what runs; it goes on at the next start. */
  async close(): Promise<void> {
    this.#held = true;
    this.#rechecks.callOff();
    await Promise.all([...this.#running.keys()].map((id) => this.#stop(id, 'shutdown', cancelled())));
    this.#results.close();
    this.#listeners.clear();
  }

  /** Finds the place of a job that an earlier process left. */
  #takeUp(record: JobRecord): void {
    if (record.state === 'paused') {
      if (record.cause === 'sleep') this.#wait(record);
      else this.#paused.set(record.id, record);
    } else if (record.request === 'cancel')
      this.#close({ ...record, state: 'cancelled', sentence: keeps(record) });
    else if (record.request === 'pause') this.#rest(record, 'person', null);
    else if (record.starts >= mostStarts) {
      this.#close({ ...record, state: 'failed', code: 'internal', sentence: crashed(record, mostStarts) });
    } else this.#wait(record);
  }

  #schedule(): void {
    while (!this.#held && this.#running.size < this.#options.concurrency()) {
      const next = [...this.#waiting.keys()].sort((left, right) => left - right)[0];
      const record = next === undefined ? undefined : this.#waiting.get(next);
      if (record === undefined) return;
      this.#waiting.delete(record.id);
      this.#begin({ ...record, state: 'running', starts: record.starts + 1 });
    }
  }

  #begin(record: JobRecord): void {
    const save = (changed: JobRecord): void => this.#records.save(changed);
    const run: RunningJob = new RunningJob(record, {
      clock: this.#options.clock,
      lane: this.#lane,
      save,
      tell: () => this.#tell(run.job()),
    });
    save(record);
    const ended = this.#run(run).finally(() => this.#schedule());
    this.#running.set(record.id, { run, ended });
    this.#tell(run.job());
  }

  async #run(run: RunningJob): Promise<void> {
    const runner = this.#options.runners[run.record.kind];
    try {
      // Not before the caller has the job in its hands.
      await Promise.resolve();
      const result = await runner(run.job(), run.control);
      const record = { ...run.measured(), state: 'done', share: 1, result } as const;
      this.#close({ ...record, doneBytes: record.totalBytes, sentence: null, code: null });
    } catch (error) {
      await this.#stopped(run, error);
    }
  }

  /** A run came to its end before the job did. */
  async #stopped(run: RunningJob, error: unknown): Promise<void> {
    // Looking at disks takes time, in which a person may have asked for something else.
    const passing =
      run.stop === undefined ? await causeOf(error, run.job(), this.#options.disks).catch(() => null) : null;
    // It ended in good order: that is no crash.
    const record = { ...run.measured(), starts: 0 };
    if (run.stop === 'cancel') this.#close({ ...record, state: 'cancelled', sentence: keeps(record) }, error);
    else if (run.stop === 'pause') this.#rest(record, 'person', null);
    else if (run.stop === 'sleep') this.#rest(record, 'sleep', null);
    else if (run.stop === 'shutdown') this.#wait(record);
    else if (passing !== null) this.#rest(record, passing, sentenceOf(error));
    else {
      const code = error instanceof DeltashelfError ? error.code : 'internal';
      this.#close({ ...record, state: 'failed', code, sentence: sentenceOf(error) }, error);
    }
  }

  /** Tells the runner to stop, and waits until it has. */
  async #stop(id: number, reason: StopReason, error: DeltashelfError): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) return;
    const { run, ended } = running;
    if (reason === 'cancel' || (reason === 'pause' && run.stop === undefined)) {
      run.record = { ...run.measured(), request: reason };
      this.#records.save(run.record);
      this.#tell(run.job());
    }
    run.end(reason, error);
    await ended;
  }

  #takeOut(id: number): JobRecord | undefined {
    const record = this.#waiting.get(id) ?? this.#paused.get(id);
    this.#waiting.delete(id);
    this.#paused.delete(id);
    return record;
  }

  #wait(record: JobRecord): void {
    this.#paused.delete(record.id);
    const waiting = { ...record, state: 'waiting', cause: null, sentence: null, code: null } as const;
    this.#waiting.set(record.id, this.#settle(waiting));
  }

  #rest(record: JobRecord, cause: PauseCause, sentence: string | null): void {
    const paused = this.#settle({ ...record, state: 'paused', cause, sentence });
    this.#paused.set(record.id, paused);
    this.#armRecheck();
  }

  #close(record: JobRecord, error?: unknown): void {
    const ended = this.#settle({ ...record, endedAt: this.#options.clock.now().toISOString() });
    this.#results.ended(ended, error);
  }

  /** Keeps a job that does not run, and tells of it. */
  #settle(record: JobRecord): JobRecord {
    const settled = { ...record, request: null };
    this.#running.delete(record.id);
    this.#records.save(settled);
    this.#tell(toJob(settled));
    return settled;
  }

  #armRecheck(): void {
    const some = [...this.#paused.values()].some(({ cause }) => cause === 'disk-full' || cause === 'offline');
    if (some && !this.#held) this.#rechecks.arm();
  }

  #recordOf(id: number): JobRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw noJob(id);
    return record;
  }

  #tell(job: Job): void {
    for (const listener of this.#listeners) listener(job);
  }
}
