/** Lets one piece of work go on at a time; the others wait in the order in which they came. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  /** @param signal while it waits, it is cancelled at once; what has begun ends in its own way */
  run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    let begun = false;
    const result = this.#last.then(() => {
      signal?.throwIfAborted();
      begun = true;
      return work();
    });
    this.#last = result.catch(() => undefined);
    if (signal === undefined) return result;
    const waiting = Promise.withResolvers<never>();
    const giveUp = (): void => {
      if (!begun) waiting.reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    return Promise.race([result, waiting.promise]).finally(() => signal.removeEventListener('abort', giveUp));
  }
}
