import { defineStore } from 'pinia';
import { ref } from 'vue';

/** Something that is told once, at the foot of the window; it stands in Activity or Jobs too. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'danger';
  readonly action?: { readonly label: string; readonly run: () => void };
}

const mostAtOnce = 3;

export const useNotices = defineStore('notices', () => {
  const notices = ref<readonly Notice[]>([]);
  let last = 0;

  function tell(text: string, options: Partial<Pick<Notice, 'tone' | 'action'>> = {}): void {
    last += 1;
    const notice: Notice = {
      id: last,
      text,
      tone: options.tone ?? 'plain',
      ...(options.action && { action: options.action }),
    };
    notices.value = [...notices.value.filter((other) => other.text !== text), notice].slice(-mostAtOnce);
  }

  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }

  return { notices, tell, dismiss };
});
