import type { Failure } from '../../../shared/index.ts';

export const restarted =
  'The part of Deltashelf that reads and writes models had ended and was started again. No original was touched; jobs ' +
  'go on from where they were.';

export const gaveUp =
  'The part of Deltashelf that reads and writes models ended several times in a row and is not started again. No ' +
  'original was touched. Quit Deltashelf and start it again; jobs go on then.';

/** What was asked was with a process when it died. */
export function ended(): Failure {
  return failure(
    'The part of Deltashelf that reads and writes models ended before it answered. No original was touched; what it had ' +
      'begun is finished or taken back when it starts again. Try again in a moment.',
  );
}

export function gone(): Failure {
  return failure(gaveUp);
}

function failure(sentence: string): Failure {
  return { error: { code: 'internal', sentence, place: {} } };
}
