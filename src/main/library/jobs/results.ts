import type { JobRecord } from './job-store.ts';
import { cancelled, failureOf } from './sentences.ts';

/** Those who wait for jobs to end. */
export class Results {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();

  /** @throws what the job failed with; DeltashelfError `cancelled` */
  async of(record: JobRecord): Promise<unknown> {
    if (record.state === 'done') return record.result;
    if (record.state === 'failed' || record.state === 'cancelled') throw failureOf(record);
    const end = this.#waiting.get(record.id) ?? Promise.withResolvers<unknown>();
    this.#waiting.set(record.id, end);
    return end.promise;
  }

  /** @param error what the runner threw; absent where it did not run */
  ended(record: JobRecord, error?: unknown): void {
    const end = this.#waiting.get(record.id);
    this.#waiting.delete(record.id);
    if (record.state === 'done') end?.resolve(record.result);
    else end?.reject(error ?? failureOf(record));
  }

  /** The process stops: nobody is told an end any more. */
  close(): void {
    for (const end of this.#waiting.values()) end.reject(cancelled());
    this.#waiting.clear();
  }
}
