import { onMounted, shallowRef, watch } from 'vue';
import type { ActivityResult, QuarantineResult } from '../../../shared/index.ts';
import { ask, failureOf, type CallFailure } from '../../host/index.ts';
import { useLibrary } from '../../stores/index.ts';
import { stepOf } from './quarantine-steps.ts';

type Entry = QuarantineResult['entries'][number];
/** Steps that are looked through for the one that moved an entry. */
const lookedAt = 10_000;

/** What is in quarantine, and the steps that brought it there; read again whenever the library has changed. */
export function useQuarantine() {
  const library = useLibrary();
  const entries = shallowRef<readonly Entry[]>([]);
  const steps = shallowRef<ActivityResult['steps']>([]);
  const days = shallowRef<number>();
  const failure = shallowRef<CallFailure>();

  async function read(): Promise<void> {
    try {
      const [there, activity, kept] = await Promise.all([
        ask('quarantine', {}),
        ask('activity', { limit: lookedAt }),
        ask('settings', {}),
      ]);
      entries.value = there.entries;
      steps.value = activity.steps;
      const { minimumAgeDays } = kept.settings;
      days.value = typeof minimumAgeDays === 'number' ? minimumAgeDays : undefined;
      failure.value = undefined;
    } catch (error) {
      failure.value = failureOf(error);
    }
  }

  onMounted(read);
  watch(
    () => library.models,
    () => void read(),
  );
  return { entries, days, failure, read, stepOf: (entry: Entry) => stepOf(entry, steps.value) };
}
