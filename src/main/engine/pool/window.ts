/**
 * Works on items with at most `width` of them under way, in order of start; results come in the order of the items.
 * The first failure is thrown after everything under way has settled, so that no slot is freed under a running task.
 */
export async function inWindow<Item, Result>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const iterator = items[Symbol.iterator]();
  let next = 0;
  let failure: { error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let item = iterator.next(); !item.done && !failure; item = iterator.next()) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(item.value, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane));
  if (failure) throw failure.error;
  return results;
}

/** Bounds how many pieces of work are under way, and remembers the first that failed. */
export class Gate {
  readonly #places: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** @param places pieces of work under way at once */
  constructor(places: number) {
    this.#places = places;
  }

  /** Starts `work` as soon as there is a place, and returns then. Throws what an earlier piece failed with. */
  async enter(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#places) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for everything under way; throws what the first failed piece failed with. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure.error;
  }
}
