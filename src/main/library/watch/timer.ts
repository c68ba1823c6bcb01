/** Time for what happens by itself; passed in, so that tests need not wait. */
export interface Timer {
  /** Runs `action` once after so many milliseconds. @returns takes it back */
  after(ms: number, action: () => void): () => void;
  /** Runs `action` every so many milliseconds. @returns ends it */
  every(ms: number, action: () => void): () => void;
}

/** The timer of this process. It keeps no process alive. */
export const systemTimer: Timer = {
  after(ms, action) {
    const timeout = setTimeout(action, ms).unref();
    return () => clearTimeout(timeout);
  },
  every(ms, action) {
    const interval = setInterval(action, ms).unref();
    return () => clearInterval(interval);
  },
};
