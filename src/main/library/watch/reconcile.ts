import type { Timer } from './timer.ts';

/** Time between two reconciling scans. Milliseconds. */
const usualEveryMs = 6 * 3_600_000;

/**
 * Runs a reconciling scan now and then on a timer: watching tells of most changes, a scan of all. One that is still
 * running is not started again.
 * @param scan never rejects: what goes wrong is its own to tell
 * @returns ends it; resolves when a scan that is running has ended
 */
export function reconcile(
  timer: Timer,
  scan: () => Promise<void>,
  everyMs = usualEveryMs,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = (): void => {
    running ??= scan().finally(() => {
      running = undefined;
    });
  };
  run();
  const stop = timer.every(everyMs, run);
  return async () => {
    stop();
    await running;
  };
}
