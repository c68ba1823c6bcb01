import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** Models whose originals a person put into the plan of the next reclaim. */
export const useCollector = defineStore('collector', () => {
  /** Null: nobody chose, so all that may go is in the plan. */
  const ids = shallowRef<ReadonlySet<number> | null>(null);

  function add(more: readonly number[]): void {
    ids.value = new Set([...(ids.value ?? []), ...more]);
  }

  function toggle(id: number, all: readonly number[]): void {
    const next = new Set(ids.value ?? all);
    if (!next.delete(id)) next.add(id);
    ids.value = next;
  }

  function set(next: Iterable<number>): void {
    ids.value = new Set(next);
  }

  /** Back to everything. */
  function reset(): void {
    ids.value = null;
  }

  return { ids, add, toggle, set, reset };
});
