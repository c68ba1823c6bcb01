import type { JobRecord, JobStore } from './job-store.ts';

/**
 * The store, and what its disk did not take: a full disk must not end a job's bookkeeping. What is lost when the
 * process dies before the disk takes it is only how far a job was; it is run again then.
 */
export class KeptRecords {
  readonly #store: JobStore;
  readonly #unsaved = new Map<number, JobRecord>();

  constructor(store: JobStore) {
    this.#store = store;
  }

  get(id: number): JobRecord | undefined {
    return this.#unsaved.get(id) ?? this.#store.get(id);
  }

  save(record: JobRecord): void {
    this.#unsaved.set(record.id, record);
    try {
      for (const [id, unsaved] of this.#unsaved) {
        this.#store.save(unsaved);
        this.#unsaved.delete(id);
      }
    } catch {
      // It stays among the unsaved, and is tried again with the next one.
    }
  }
}
