import type { LibraryEvent } from '../../../shared/index.ts';

/** Milliseconds between two times that windows are told something. */
const pace = 100;

/**
 * Tells events at most ten times a second, however many jobs run. Of several about one job only the last is told; each
 * that is about another thing is.
 */
export class EventPace {
  readonly #deliver: (event: LibraryEvent) => void;
  readonly #waiting = new Map<string, LibraryEvent>();
  #timer: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;
  #alarms = 0;

  constructor(deliver: (event: LibraryEvent) => void) {
    this.#deliver = deliver;
  }

  tell(event: LibraryEvent): void {
    const about = this.#about(event);
    // Deleted first, so that what came last is told last.
    this.#waiting.delete(about);
    this.#waiting.set(about, event);
    this.#timer ??= setTimeout(this.#flush, Math.max(0, this.#toldAt + pace - performance.now()));
  }

  #about(event: LibraryEvent): string {
    if (event.event === 'job') return `job ${event.job.id}`;
    return event.event === 'changed' ? 'changed' : `alarm ${this.#alarms++}`;
  }

  readonly #flush = (): void => {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    const events = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const event of events) this.#deliver(event);
  };
}
