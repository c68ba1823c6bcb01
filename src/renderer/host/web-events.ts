import type { WindowEvent } from '../../shared/window/index.ts';
import { noAnswer, type WebRequests } from './web-requests.ts';

/** Milliseconds without a sign of life after which a stream is taken for dead; the host gives one every 20 s. */
const silentMs = 50_000;
const firstWaitMs = 500;
const longestWaitMs = 15_000;

/** What the host tells, for all who listen. Opened once, and again whenever it breaks, later each time. */
export class WebEvents {
  readonly #requests: WebRequests;
  readonly #listeners = new Set<(event: WindowEvent) => void>();
  #lost = false;
  #waitMs = firstWaitMs;

  constructor(requests: WebRequests) {
    this.#requests = requests;
    void this.#keepOpen();
  }

  onEvent(listener: (event: WindowEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #keepOpen(): Promise<void> {
    for (;;) {
      const failure = await this.#listenOnce();
      if (failure) this.#tell({ event: 'service', state: 'gone', sentence: failure.error.sentence });
      // No key becomes right by waiting.
      if (failure?.error.code === 'refused') return;
      this.#lost = true;
      await new Promise((resolve) => setTimeout(resolve, this.#waitMs));
      this.#waitMs = Math.min(this.#waitMs * 2, longestWaitMs);
    }
  }

  /** @returns why there was no stream; null where there was one, and it ended */
  async #listenOnce(): Promise<ReturnType<typeof noAnswer> | null> {
    const silence = new Silence();
    const lines = new Lines((event) => this.#tell(event));
    try {
      return await this.#requests.listen(
        (text) => {
          silence.broken();
          lines.add(text);
        },
        () => this.#opened(),
        silence.signal,
      );
    } catch {
      // Where it was open before, the next try tells whether the host is gone.
      return lines.begun ? null : noAnswer();
    } finally {
      silence.end();
    }
  }

  #opened(): void {
    this.#waitMs = firstWaitMs;
    // What happened meanwhile was not told: all that is shown is asked for again.
    if (this.#lost) {
      this.#tell({ event: 'service', state: 'restarted', sentence: 'Deltashelf answers this page again.' });
    }
    this.#lost = false;
  }

  #tell(event: WindowEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Events out of the text of a stream: `data: <JSON>`, and an empty line behind each. */
class Lines {
  readonly #tell: (event: WindowEvent) => void;
  #rest = '';
  /** Whether anything came: the host begins each stream with a comment. */
  begun = false;

  constructor(tell: (event: WindowEvent) => void) {
    this.#tell = tell;
  }

  add(text: string): void {
    this.begun = true;
    const messages = (this.#rest + text).split('\n\n');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) {
      if (message.startsWith('data: ')) this.#tell(JSON.parse(message.slice('data: '.length)) as WindowEvent);
    }
  }
}

/** Ends what it is given to when nothing was heard for too long: a tunnel can die without a word. */
class Silence {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  #timer = this.#start();

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(), silentMs);
  }
}
