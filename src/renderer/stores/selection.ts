import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ModelSummary } from '../../shared/index.ts';
import { useLibrary } from './library.ts';

/** Which models are selected, over all views: what is selected in the list is what the palette and the menu act on. */
export const useSelection = defineStore('selection', () => {
  const library = useLibrary();
  const ids = shallowRef<ReadonlySet<number>>(new Set());
  /** Key of the row that has the keyboard, in the list that is shown. */
  const row = ref<string | null>(null);
  let anchor: number | null = null;

  const models = computed<readonly ModelSummary[]>(() =>
    [...ids.value].flatMap((id) => library.byId.get(id) ?? []),
  );

  function only(id: number): void {
    ids.value = new Set([id]);
    anchor = id;
  }

  function toggle(id: number): void {
    const next = new Set(ids.value);
    if (!next.delete(id)) next.add(id);
    ids.value = next;
    anchor = id;
  }

  /** Selects all from the anchor to one, in the order that a list shows; keeps the rest where `adding`. */
  function rangeTo(id: number, order: readonly number[], adding = false): void {
    const from = order.indexOf(anchor ?? id);
    const to = order.indexOf(id);
    if (to < 0) return;
    const range = order.slice(Math.min(from < 0 ? to : from, to), Math.max(from, to) + 1);
    ids.value = new Set(adding ? [...ids.value, ...range] : range);
  }

  function set(next: Iterable<number>): void {
    ids.value = new Set(next);
    anchor = null;
  }

  /** Adds or takes away many at once, as a box of a family does. */
  function setMany(many: readonly number[], on: boolean): void {
    const next = new Set(ids.value);
    for (const id of many) {
      if (on) next.add(id);
      else next.delete(id);
    }
    ids.value = next;
  }

  function clear(): void {
    ids.value = new Set();
    anchor = null;
  }

  return { ids, models, row, only, toggle, rangeTo, set, setMany, clear };
});
