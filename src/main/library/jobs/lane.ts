/** Lets one action at a time through, in the order they came. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Waits for its turn, then runs `action`.
   * @throws the signal's reason where it is aborted before its turn; what `action` throws
   */
  async run<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const before = this.#last;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    aborted.catch(() => undefined);
    const turn = before.then(() => {
      signal.removeEventListener('abort', abort);
      signal.throwIfAborted();
      return action();
    });
    // Whoever comes next waits for this one to end, however it ends.
    this.#last = turn.catch(() => undefined);
    return Promise.race([turn, aborted]);
  }
}
