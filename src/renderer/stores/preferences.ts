import { defineStore } from 'pinia';
import { ref, watch, type Ref } from 'vue';

/** What is kept of this window alone, not of the library. */
export const usePreferences = defineStore('preferences', () => {
  const theme = kept('theme', 'system', ['system', 'light', 'dark']);
  const libraryView = kept('library-view', 'families', ['families', 'table']);
  const lineageView = kept('lineage-view', 'tree', ['tree', 'outline']);
  const reclaimView = kept('reclaim-view', 'map', ['map', 'list']);
  const inspector = kept('inspector', 'on', ['on', 'off']);

  watch(
    theme,
    (chosen) => {
      if (chosen === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = chosen;
    },
    { immediate: true },
  );

  return { theme, libraryView, lineageView, reclaimView, inspector };
});

function kept<Value extends string>(key: string, byDefault: Value, values: readonly Value[]) {
  const stored = read(key);
  const value = ref(values.find((known) => known === stored) ?? byDefault) as Ref<Value>;
  watch(value, (chosen) => write(key, chosen));
  return value;
}

const prefix = 'deltashelf-';

/** A browser may refuse to keep anything; then a choice lasts as long as its window. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(prefix + key, value);
  } catch {
    return;
  }
}
