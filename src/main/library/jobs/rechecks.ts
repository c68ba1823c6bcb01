import type { JobClock } from './clock.ts';

const firstMs = 5000;
const longestMs = 300_000;

/** Calls again and again, after pauses that double, until it is called off. */
export class Rechecks {
  readonly #clock: JobClock;
  readonly #action: () => void;
  #pauseMs = firstMs;
  #callOff: (() => void) | undefined;

  constructor(clock: JobClock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  /** Sees to it that the next call comes. */
  arm(): void {
    if (this.#callOff !== undefined) return;
    this.#callOff = this.#clock.after(this.#pauseMs, () => {
      this.#callOff = undefined;
      this.#action();
    });
    this.#pauseMs = Math.min(longestMs, this.#pauseMs * 2);
  }

  /** Pauses are short again: something has changed. */
  reset(): void {
    this.#pauseMs = firstMs;
  }

  callOff(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
