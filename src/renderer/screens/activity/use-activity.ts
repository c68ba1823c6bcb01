import { onMounted, ref, shallowRef, watch } from 'vue';
import { ask, failureOf, type CallFailure } from '../../host/index.ts';
import { useLibrary } from '../../stores/index.ts';
import { withFates, type ActivityRow } from './rows.ts';

const firstSteps = 200;
/** As many as a call gives at most. */
const mostSteps = 10_000;

/** What was done, read again whenever the library has changed. */
export function useActivity() {
  const library = useLibrary();
  const rows = shallowRef<readonly ActivityRow[]>();
  const failure = shallowRef<CallFailure>();
  const limit = ref(firstSteps);
  const more = ref(false);

  async function read(): Promise<void> {
    try {
      const { steps } = await ask('activity', { limit: limit.value });
      rows.value = withFates(steps);
      more.value = steps.length === limit.value && limit.value < mostSteps;
      failure.value = undefined;
    } catch (error) {
      failure.value = failureOf(error);
    }
  }

  async function older(): Promise<void> {
    limit.value = Math.min(mostSteps, limit.value * 5);
    await read();
  }

  onMounted(read);
  watch(
    () => library.models,
    () => void read(),
  );
  return { rows, failure, more, read, older };
}
