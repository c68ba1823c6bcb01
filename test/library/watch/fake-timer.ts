import type { Timer } from '../../../src/main/library/watch/index.ts';

/** A timer whose time only moves when a test says so. */
export class FakeTimer implements Timer {
  #now = 0;
  #planned: { at: number; every: number | undefined; action: () => void }[] = [];

  get pending(): number {
    return this.#planned.length;
  }

  after(ms: number, action: () => void): () => void {
    return this.#plan(ms, undefined, action);
  }

  every(ms: number, action: () => void): () => void {
    return this.#plan(ms, ms, action);
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#planned.filter(({ at }) => at <= until).sort((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.#now = next.at;
      if (next.every === undefined) this.#planned = this.#planned.filter((each) => each !== next);
      else next.at += next.every;
      next.action();
    }
    this.#now = until;
  }

  #plan(ms: number, every: number | undefined, action: () => void): () => void {
    const planned = { at: this.#now + ms, every, action };
    this.#planned.push(planned);
    return () => {
      this.#planned = this.#planned.filter((each) => each !== planned);
    };
  }
}
