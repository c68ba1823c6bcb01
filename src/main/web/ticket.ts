import { newToken, isSame } from './guard.ts';

/** Milliseconds that a browser may take to start. */
const validMs = 60_000;

/**
 * Stands for the token in the address that a browser is started with: all people of a machine can read what programs
 * are started with. Good for one time and a minute; who comes too late is refused, and that is seen.
 */
export class Ticket {
  readonly text = newToken();
  readonly #endsAt = performance.now() + validMs;
  #used = false;

  /** Whether `text` is this ticket and it is good; from then on it is not. */
  take(text: string): boolean {
    const good = !this.#used && performance.now() < this.#endsAt && isSame(text, this.text);
    this.#used ||= good;
    return good;
  }
}
