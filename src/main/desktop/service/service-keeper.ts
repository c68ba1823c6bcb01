import type { Failure, LibraryEvent } from '../../../shared/index.ts';
import type { ChosenPlace, WindowEvent } from '../../../shared/window/index.ts';
import type { Answer, ServiceFunctions, ShellFunctions, ShownThing } from './functions.ts';
import { ended, gaveUp, gone, restarted } from './sentences.ts';

/** A service process that was started. */
export interface ServiceProcess {
  readonly functions: ServiceFunctions;
  /** Settles when the process has ended, however it did. */
  readonly ended: Promise<void>;
  kill(): void;
}

export interface ServiceKeeperOptions {
  readonly home: string | null;
  readonly start: (shell: ShellFunctions) => ServiceProcess;
  readonly wait: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number;
}

/** Milliseconds before each new start; after the last one there is none. */
const delays = [200, 1_000, 5_000, 15_000];
/** A process that lived so long, in milliseconds, has earned all starts anew. */
const steady = 60_000;
/** Milliseconds that the service has to come to rest. It loses nothing when it is stopped before. */
const restTime = 5_000;
const killTime = 1_000;

type Running = ServiceProcess & { readonly opened: Promise<Answer<null>> };

/**
 * Keeps a service process: starts it, starts it again with growing delay when it dies, and gives up in the end.
 * Whatever is asked meanwhile waits for the next one; what was asked of a dead one is answered by a failure.
 */
export class ServiceKeeper {
  readonly #options: ServiceKeeperOptions;
  readonly #listeners = new Set<(event: WindowEvent) => void>();
  /** The process in use, or the one to come; null: given up. */
  #running: Promise<Running | null>;
  readonly #firstOpened = Promise.withResolvers<Answer<null>>();
  #deaths = 0;
  #closing = false;

  constructor(options: ServiceKeeperOptions) {
    this.#options = options;
    this.#running = Promise.resolve(this.#start());
  }

  /** How the first opening of the library ended, in however many processes. */
  opened(): Promise<Answer<null>> {
    return this.#firstOpened.promise;
  }

  answer(name: string, args: unknown): Promise<Answer> {
    return this.#ask((service) => service.answer(name, args));
  }

  chosen(path: string): Promise<Answer<ChosenPlace>> {
    return this.#ask((service) => service.chosen(path));
  }

  pathOf(what: ShownThing): Promise<Answer<string>> {
    return this.#ask((service) => service.pathOf(what));
  }

  onEvent(listener: (event: WindowEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** Ends the service, with its jobs kept for the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    const running = await this.#running;
    if (!running) return;
    const closed = running.functions.close().catch(() => undefined);
    await Promise.race([closed, running.ended, this.#options.wait(restTime)]);
    running.kill();
    await Promise.race([running.ended, this.#options.wait(killTime)]);
  }

  async #ask<Result>(
    question: (service: ServiceFunctions) => Promise<Answer<Result>>,
  ): Promise<Answer<Result>> {
    const running = await this.#running;
    if (!running) return gone();
    const opened = await Promise.race([running.opened, endedIn(running)]);
    if ('error' in opened) return opened;
    return Promise.race([question(running.functions).catch(() => endedIn(running)), endedIn(running)]);
  }

  #start(): Running {
    const startedAt = this.#options.now();
    const process = this.#options.start({ event: (event: LibraryEvent) => this.#tell(event) });
    const answered = process.functions.open(this.#options.home);
    const opened = answered.catch(() => ended());
    answered.then(this.#firstOpened.resolve, () => undefined);
    void process.ended.then(() => {
      if (this.#closing) return;
      if (this.#options.now() - startedAt > steady) this.#deaths = 0;
      this.#running = this.#startAgain();
    });
    return { ...process, opened: Promise.race([opened, endedIn(process)]) };
  }

  async #startAgain(): Promise<Running | null> {
    const delay = delays[this.#deaths];
    this.#deaths += 1;
    if (delay === undefined) {
      this.#tell({ event: 'service', state: 'gone', sentence: gaveUp });
      this.#firstOpened.resolve(gone());
      return null;
    }
    await this.#options.wait(delay);
    if (this.#closing) return null;
    const running = this.#start();
    void running.opened.then((opened) => {
      // Where it died again, the next one has the word.
      if ('result' in opened) this.#tell({ event: 'service', state: 'restarted', sentence: restarted });
    });
    return running;
  }

  #tell(event: WindowEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

async function endedIn(process: Pick<ServiceProcess, 'ended'>): Promise<Failure> {
  await process.ended;
  return ended();
}
