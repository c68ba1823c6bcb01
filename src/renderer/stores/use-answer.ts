import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import type { WindowArgs, WindowCall, WindowResult } from '../../shared/window/index.ts';
import { ask, failureOf, type CallFailure } from '../host/index.ts';
import { useLibrary } from './library.ts';

/** What a screen asked for, and how far that is. */
export interface Answer<Call extends WindowCall> {
  readonly answer: Readonly<ShallowRef<WindowResult<Call> | undefined>>;
  readonly failure: Readonly<ShallowRef<CallFailure | undefined>>;
  readonly loading: Readonly<Ref<boolean>>;
  readonly refresh: () => Promise<void>;
}

/**
 * Asks the library for what a screen shows, and again whenever what it is asked changes or the library did. What was
 * shown stays until the new answer is here; of several answers under way only the last counts.
 * @param args null: nothing is asked now
 */
export function useAnswer<Call extends WindowCall>(
  call: Call,
  args: () => WindowArgs<Call> | null,
): Answer<Call> {
  const library = useLibrary();
  const answer = shallowRef<WindowResult<Call>>();
  const failure = shallowRef<CallFailure>();
  const loading = ref(true);
  let asked = 0;

  async function refresh(): Promise<void> {
    const now = args();
    asked += 1;
    const mine = asked;
    if (now === null) return;
    try {
      const result = await ask(call, now);
      if (mine !== asked) return;
      answer.value = result;
      failure.value = undefined;
    } catch (error) {
      if (mine === asked) failure.value = failureOf(error);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  watch(
    () => JSON.stringify(args()),
    () => {
      answer.value = undefined;
      loading.value = true;
      void refresh();
    },
    { immediate: true },
  );
  watch(
    () => library.models,
    () => void refresh(),
  );

  return { answer, failure, loading, refresh };
}
