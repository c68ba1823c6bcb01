import { DeltashelfError } from '../../../shared/index.ts';

/** What waiting and later tasks of a closed pool are rejected with. */
export function cancelled(): DeltashelfError {
  return new DeltashelfError(
    'cancelled',
    'The work was cancelled before it was done. No file was changed by it.',
  );
}

/** What every task of a pool is rejected with once one of its workers died. */
export function workerDied(reason: string, cause?: unknown): DeltashelfError {
  return new DeltashelfError(
    'internal',
    `A worker thread stopped unexpectedly: ${reason}. No file was changed by it. ` +
      'Start the work again, and report this if it happens twice.',
    {},
    cause,
  );
}
