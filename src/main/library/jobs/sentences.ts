import { DeltashelfError, exitCodes, type ErrorCode } from '../../../shared/index.ts';
import type { JobRecord } from './job-store.ts';

/** The reason that a runner is stopped with. */
export function cancelled(): DeltashelfError {
  return new DeltashelfError('cancelled', 'Stopped on request; nothing half-done was left behind.');
}

/** What a person is told of a job that was cancelled. */
export function keeps({ checkpoint }: JobRecord): string {
  return checkpoint === null
    ? 'Cancelled. Nothing half-done was left behind.'
    : 'Cancelled. What was finished before is kept; nothing half-done was left behind.';
}

export function noJob(id: number): DeltashelfError {
  return new DeltashelfError('usage', `There is no job ${id}. Nothing was done; ask for the list of jobs.`);
}

export function notNow({ id, title, state }: JobRecord, what: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `Job ${id} (${title}) is ${state} and cannot be ${what}. Nothing was done.`,
  );
}

export function crashed({ title }: JobRecord, times: number): string {
  return `${title}: the program ended ${times} times while doing this, so it is not started again by itself. No model is affected; try it again, and report it if it happens again.`;
}

/** What a person is told of a failure. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The failure of a job that ended in an earlier process, as far as it was kept. */
export function failureOf({ state, code, sentence, title }: JobRecord): DeltashelfError {
  if (state === 'cancelled') return cancelled();
  const known = code !== null && Object.hasOwn(exitCodes, code) ? (code as ErrorCode) : 'internal';
  return new DeltashelfError(known, sentence ?? `${title} failed.`);
}
