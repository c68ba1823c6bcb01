import { setTimeout as pause } from 'node:timers/promises';
import type { SettleClock } from './settler.ts';

/** The clock of this computer. */
export const systemClock: SettleClock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  async pause(ms, signal) {
    try {
      // A little more than asked for: a timer may fire a millisecond early.
      await pause(ms + 5, undefined, signal && { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
