import type { JobControl } from '../job-meter.ts';

/** Runs one piece of work after the other, in the order in which they were asked for. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all before it has ended. One that is cancelled while it waits is never begun. */
  run<T>(control: JobControl, work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      control.signal?.throwIfAborted();
      return work();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Settles when all that was asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
