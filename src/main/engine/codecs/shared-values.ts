/** Something that holds shared memory until it is freed. */
interface Freeable {
  free(): void;
}

interface Entry<Value> {
  readonly value: Promise<Value>;
  users: number;
}

/**
 * Values that many chunks need and that cost memory: made once, kept while used, and a few beyond that, the least
 * recently used given up first.
 */
export class SharedValues<Key, Value extends Freeable> {
  readonly #idle: number;
  readonly #entries = new Map<Key, Entry<Value>>();

  /** @param idle values kept though nobody uses them */
  constructor(idle: number) {
    this.#idle = idle;
  }

  /** Runs `work` with the value of `key`, made by `make` if it is not there. */
  async use<Result>(
    key: Key,
    make: () => Promise<Value>,
    work: (value: Value) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entries.get(key) ?? { value: make(), users: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      return await work(await entry.value);
    } catch (error) {
      await entry.value.catch(() => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      });
      throw error;
    } finally {
      entry.users -= 1;
      await this.#shrink(this.#idle);
    }
  }

  /** Frees everything that nobody uses. */
  async free(): Promise<void> {
    await this.#shrink(0);
  }

  async #shrink(idle: number): Promise<void> {
    const unused = [...this.#entries].filter(([, entry]) => entry.users === 0);
    const leaving = unused.slice(0, Math.max(0, unused.length - idle));
    // All at once: freeing waits, and meanwhile nobody may take one up again, or free it a second time.
    for (const [key] of leaving) this.#entries.delete(key);
    for (const [, entry] of leaving) {
      const value = await entry.value.catch(() => undefined);
      value?.free();
    }
  }
}
