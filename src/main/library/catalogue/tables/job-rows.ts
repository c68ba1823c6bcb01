import type { JobRecord, JobStore, NewJob } from '../../jobs/job-store.ts';
import type { Job, JobKind } from '../../jobs/job.ts';
import type { Connection, Statement } from '../connection.ts';

interface Row {
  id: number;
  kind: JobKind;
  model: number | null;
  title: string;
  state: Job['state'];
  request: Job['request'];
  cause: Job['cause'];
  phase: string | null;
  share: number;
  done_bytes: number;
  total_bytes: number;
  seconds_elapsed: number;
  starts: number;
  sentence: string | null;
  code: string | null;
  parameters: string;
  checkpoint: string | null;
  result: string | null;
  created_at: string;
  ended_at: string | null;
}

/** Ended jobs that are kept for people to look at. */
const keptEnded = 1000;

/** The queue of jobs on disk; what may be written to it is up to `Jobs`. */
export class JobRows implements JobStore {
  readonly #connection: Connection;
  readonly #get: Statement<[number], Row>;
  readonly #open: Statement<[], Row>;
  readonly #list: Statement<[number, number], Row>;
  readonly #insert: Statement<[string, number | null, string, string, string], { id: number }>;
  readonly #update: Statement<unknown[]>;
  readonly #prune: Statement<[number]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare('SELECT * FROM jobs WHERE id = ?');
    this.#open = connection.prepare(
      `SELECT * FROM jobs WHERE state IN ('waiting', 'running', 'paused') ORDER BY id`,
    );
    this.#list = connection.prepare('SELECT * FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?');
    this.#insert = connection.prepare(`
      INSERT INTO jobs (kind, model, title, state, parameters, created_at) VALUES (?, ?, ?, 'waiting', ?, ?) RETURNING id`);
    this.#update = connection.prepare(`
      UPDATE jobs SET state = ?, request = ?, cause = ?, phase = ?, share = ?, done_bytes = ?, total_bytes = ?,
        seconds_elapsed = ?, starts = ?, sentence = ?, code = ?, checkpoint = ?, result = ?, ended_at = ? WHERE id = ?`);
    this.#prune = connection.prepare(`
      DELETE FROM jobs WHERE state NOT IN ('waiting', 'running', 'paused')
        AND id <= (SELECT coalesce(max(id), 0) FROM jobs) - ?`);
  }

  get(id: number): JobRecord | undefined {
    const row = this.#get.get(id);
    return row && toRecord(row);
  }

  /** Jobs that have not ended, in the order they came. */
  open(): JobRecord[] {
    return this.#open.all().map(toRecord);
  }

  /** From the newest to the oldest; `before` is the id that the last page ended with. */
  list(limit: number, before = Number.MAX_SAFE_INTEGER): JobRecord[] {
    return this.#list.all(before, limit).map(toRecord);
  }

  add(job: NewJob): number {
    const { kind, model, title, parameters, createdAt } = job;
    return this.#connection.writeDurably(() => {
      this.#prune.run(keptEnded);
      return this.#insert.get(kind, model, title, JSON.stringify(parameters ?? null), createdAt)?.id ?? 0;
    });
  }

  save(job: JobRecord): void {
    const { state, request, cause, phase, share, doneBytes, totalBytes, secondsElapsed, starts } = job;
    const { sentence, code, checkpoint, result, endedAt, id } = job;
    this.#connection.writeDurably(() =>
      this.#update.run(
        ...[state, request, cause, phase, share, doneBytes, totalBytes, secondsElapsed, starts],
        ...[sentence, code, orNull(checkpoint), orNull(result), endedAt, id],
      ),
    );
  }
}

function orNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function toRecord(row: Row): JobRecord {
  const {
    done_bytes,
    total_bytes,
    seconds_elapsed,
    created_at,
    ended_at,
    parameters,
    checkpoint,
    result,
    ...rest
  } = row;
  return {
    ...rest,
    doneBytes: done_bytes,
    totalBytes: total_bytes,
    secondsElapsed: seconds_elapsed,
    parameters: JSON.parse(parameters) as unknown,
    checkpoint: checkpoint === null ? null : (JSON.parse(checkpoint) as unknown),
    result: result === null ? null : (JSON.parse(result) as unknown),
    createdAt: created_at,
    endedAt: ended_at,
  };
}
