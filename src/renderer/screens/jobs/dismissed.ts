import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** Failed jobs that a person has seen and put away, as long as this window lives. They stay in the list below. */
export const useDismissed = defineStore('dismissed-jobs', () => {
  const ids = shallowRef<ReadonlySet<number>>(new Set());
  const add = (id: number): void => void (ids.value = new Set([...ids.value, id]));
  return { ids, add };
});
