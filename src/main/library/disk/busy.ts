import { setTimeout as pause } from 'node:timers/promises';

import { errnoOf } from './failures.ts';

const busyCodes = new Set(['EPERM', 'EACCES', 'EBUSY']);
const longestPauseMs = 400;

/**
 * Runs `action` again, after growing pauses of about a second in all, while the volume calls the file busy.
 * On Windows a virus scanner or an indexer holds a new file for a moment; elsewhere these codes are final.
 */
export async function retryWhileBusy<T>(action: () => Promise<T>, firstPauseMs = 10): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await action();
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined || !busyCodes.has(code) || pauseMs > longestPauseMs * 2) throw error;
    }
    await pause(Math.min(pauseMs, longestPauseMs));
  }
}
