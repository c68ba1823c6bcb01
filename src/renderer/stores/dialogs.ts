import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { ModelSummary } from '../../shared/index.ts';
import type { ChosenPlace } from '../../shared/window/index.ts';
import { useHost } from '../host/index.ts';

/** What stands over the window now. One at a time. */
export type Dialog =
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'folder'; readonly title: string; readonly done: (place: ChosenPlace | null) => void }
  | { readonly kind: 'delete'; readonly model: ModelSummary }
  | { readonly kind: 'undo' }
  | { readonly kind: 'purge'; readonly now: boolean };

export const useDialogs = defineStore('dialogs', () => {
  const open = shallowRef<Dialog | null>(null);

  function show(dialog: Dialog): void {
    close();
    open.value = dialog;
  }

  function close(): void {
    const closing = open.value;
    open.value = null;
    if (closing?.kind === 'folder') closing.done(null);
  }

  /** Lets a person choose a folder, as the host allows; null where they did not. */
  function chooseFolder(title: string): Promise<ChosenPlace | null> {
    const { folders } = useHost();
    if (folders.kind === 'dialog') return folders.choose(title);
    return new Promise((resolve) => {
      show({
        kind: 'folder',
        title,
        done: (place) => {
          resolve(place);
          if (place) open.value = null;
        },
      });
    });
  }

  return { open, show, close, chooseFolder };
});
