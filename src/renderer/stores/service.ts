import { defineStore } from 'pinia';
import { ref } from 'vue';
import { useHost } from '../host/index.ts';
import type { WindowCommand } from '../../shared/window/index.ts';
import { sizeStyle } from '../words/index.ts';
import { ask } from '../host/index.ts';
import { useJobs } from './jobs.ts';
import { useLibrary } from './library.ts';

/** Listens to the service, and keeps all stores as it says. */
export const useService = defineStore('service', () => {
  const library = useLibrary();
  const jobs = useJobs();
  /** Why nothing can be done now; null while the service answers. */
  const gone = ref<string | null>(null);
  /** A base changed or vanished, or something else that a person must know. Newest last. */
  const alarms = ref<readonly string[]>([]);
  const listeners = new Set<(command: WindowCommand) => void>();

  /** Begins; the answer ends it. */
  function start(): () => void {
    const stop = useHost().onEvent((event) => {
      switch (event.event) {
        case 'job':
          jobs.put([event.job]);
          break;
        case 'changed':
          void library.refresh();
          break;
        case 'alarm':
          alarms.value = [...alarms.value.filter((other) => other !== event.sentence), event.sentence];
          break;
        case 'service':
          gone.value = event.state === 'gone' ? event.sentence : null;
          if (event.state === 'restarted') void refreshAll();
          break;
        case 'command':
          for (const told of listeners) told(event.command);
          break;
      }
    });
    void refreshAll();
    return stop;
  }

  async function refreshAll(): Promise<void> {
    await Promise.all([library.refresh(), jobs.refresh(), readSettings()]);
  }

  /** Units are the library's: the command line shows the same. */
  async function readSettings(): Promise<void> {
    const answer = await ask('settings', {}).catch(() => undefined);
    if (!answer) return;
    const { units, exactBytes } = answer.settings;
    sizeStyle.value = { units: units === 'binary' ? 'binary' : 'decimal', exact: exactBytes === true };
  }

  /** Tells what a person chose in the menu of the app; the answer ends it. */
  function onCommand(told: (command: WindowCommand) => void): () => void {
    listeners.add(told);
    return () => void listeners.delete(told);
  }

  function dismissAlarm(sentence: string): void {
    alarms.value = alarms.value.filter((other) => other !== sentence);
  }

  return { gone, alarms, start, refreshAll, readSettings, onCommand, dismissAlarm };
});
