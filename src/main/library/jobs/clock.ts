/** Time as jobs see it; passed in, so that tests need not wait. */
export interface JobClock {
  /** For people: what a clock on the wall says. It may jump. */
  now(): Date;
  /** Milliseconds that only ever grow. Stands still while the computer sleeps. */
  steadyMs(): number;
  /** Calls `action` after a time; the answer calls it off. */
  after(ms: number, action: () => void): () => void;
}

/** The clock of this computer. A timer of its own keeps no process alive. */
export const jobClock: JobClock = {
  now: () => new Date(),
  steadyMs: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms).unref();
    return () => clearTimeout(timer);
  },
};
