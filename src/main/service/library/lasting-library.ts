import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeltashelfError,
  type CallArgs,
  type CallResult,
  type LibraryCall,
  type LibraryEvent,
} from '../../../shared/index.ts';
import type { CallControl, LibraryClient } from '../client.ts';
import { openLibrary, type OpenLibraryOptions } from './open-library.ts';

const firstWaitMs = 100;
const longestWaitMs = 5000;

/**
 * Opens the library of a home for a window, which stays for days: where the service runs in another process, as in a
 * command that was begun before, and that ends, it goes on here, or wherever it was started meanwhile.
 * @throws DeltashelfError as `openLibrary`
 */
export async function openLastingLibrary(options: OpenLibraryOptions): Promise<LibraryClient> {
  return new LastingLibrary(options, await openLibrary(options));
}

class LastingLibrary implements LibraryClient {
  readonly #options: OpenLibraryOptions;
  readonly #listeners = new Set<(event: LibraryEvent) => void>();
  readonly #closing = new AbortController();
  #current: Promise<LibraryClient>;

  constructor(options: OpenLibraryOptions, first: LibraryClient) {
    this.#options = options;
    this.#current = Promise.resolve(first);
    this.#use(first);
  }

  async call<Call extends LibraryCall>(
    call: Call,
    args: CallArgs<Call>,
    control?: CallControl,
  ): Promise<CallResult<Call>> {
    return (await this.#current).call(call, args, control);
  }

  async begin<Call extends LibraryCall>(call: Call, args: CallArgs<Call>): Promise<number> {
    return (await this.#current).begin(call, args);
  }

  onEvent(listener: (event: LibraryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = await this.#current.catch(() => undefined);
    await client?.close();
  }

  #use(client: LibraryClient): void {
    client.onEvent((event) => this.#tell(event));
    void client.ended?.then(() => {
      if (this.#closing.signal.aborted) return;
      this.#current = this.#openAgain();
      // Who calls is told; nobody may be calling.
      this.#current.catch(() => undefined);
    });
  }

  async #openAgain(): Promise<LibraryClient> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        const client = await openLibrary(this.#options);
        this.#use(client);
        // What happened meanwhile was told to nobody.
        this.#tell({ event: 'changed' });
        return client;
      } catch (error) {
        // Another process is just ending or starting; anything else is for a person.
        if (!(error instanceof DeltashelfError) || error.code !== 'in-use') throw error;
        await sleep(waitMs, undefined, { signal: this.#closing.signal });
      }
    }
  }

  #tell(event: LibraryEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
