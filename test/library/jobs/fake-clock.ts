import type { JobClock } from '../../../src/main/library/jobs/index.ts';

/** A clock that stands still until it is told how much time goes by. */
export class FakeClock implements JobClock {
  #ms = 0;
  #timers: { at: number; action: () => void }[] = [];

  now(): Date {
    return new Date(Date.UTC(2026, 10, 29) + this.#ms);
  }

  steadyMs(): number {
    return this.#ms;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#ms + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Pauses until the next timers, in milliseconds. */
  get pending(): number[] {
    return this.#timers.map(({ at }) => at - this.#ms);
  }

  /** Lets time go by; timers that fall due are called at their times. */
  advance(ms: number): void {
    const end = this.#ms + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#ms = due.at;
      due.action();
    }
    this.#ms = end;
  }
}
