import type { ServerResponse } from 'node:http';
import { setTimeout, clearTimeout } from 'node:timers';
import type { LibraryEvent } from '../../shared/index.ts';
import { limits } from './limits.ts';

/**
 * Tells one page what happens, as server-sent events. Of several about the same job only the last is told, at most ten
 * times a second, and nothing piles up for a page that does not read.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #waiting = new Map<string, LibraryEvent>();
  #timer: NodeJS.Timeout | undefined;
  #lastAt = -Infinity;
  #alarms = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('drain', this.#flushSoon).on('close', () => clearTimeout(this.#timer));
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    this.beat();
  }

  tell(event: LibraryEvent): void {
    const about = this.#about(event);
    // Deleted first, so that what came last is told last.
    this.#waiting.delete(about);
    this.#waiting.set(about, event);
    this.#flushSoon();
  }

  /** A comment: keeps tunnels open, and lets the page notice when nothing comes any more. */
  beat(): void {
    if (!this.#response.writableNeedDrain) this.#response.write(':\n\n');
  }

  end(): void {
    this.#response.end();
  }

  #about(event: LibraryEvent): string {
    switch (event.event) {
      case 'job':
        return `job ${event.job.id}`;
      case 'changed':
        return 'changed';
      case 'alarm':
        return `alarm ${this.#alarms++}`;
    }
  }

  readonly #flushSoon = (): void => {
    if (this.#timer || this.#waiting.size === 0 || this.#response.writableNeedDrain) return;
    const wait = Math.max(0, this.#lastAt + limits.tellMs - performance.now());
    this.#timer = setTimeout(this.#flush, wait);
  };

  readonly #flush = (): void => {
    this.#timer = undefined;
    this.#lastAt = performance.now();
    const events = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#response.write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  };
}
