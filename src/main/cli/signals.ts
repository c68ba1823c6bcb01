import { DeltashelfError, exitCodes } from '../../shared/index.ts';

/** A second signal within this time is the first one, passed on twice: by the terminal and by what started us. */
const sameSignalMs = 1000;

/**
 * The first SIGINT, SIGTERM or SIGHUP cancels, so that work under way takes back what it began; a later one ends at once.
 * @param onCancel told once
 */
export function cancelOnSignals(onCancel: () => void): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const handle = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      onCancel();
      controller.abort(
        new DeltashelfError(
          'cancelled',
          'Cancelled. What was under way is taken back; what was finished before stays as it is.',
        ),
      );
    } else if (performance.now() - firstAt > sameSignalMs) process.exit(exitCodes.cancelled);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  return controller.signal;
}
