import { onUnmounted, ref, shallowRef, watch, type Ref } from 'vue';
import type { ModelSummary, ReclaimResult } from '../../../shared/index.ts';
import { ask, failureOf, type CallFailure } from '../../host/index.ts';

/** Ticks that follow each other are one change. */
const pauseMs = 150;

/** The reviewed plan of what was chosen: every file with its bytes, as they are on the disk now. */
export function usePlan(chosen: Readonly<Ref<readonly ModelSummary[]>>, sideFiles: Readonly<Ref<boolean>>) {
  const plan = shallowRef<ReclaimResult>();
  const failure = shallowRef<CallFailure>();
  /** Whether what is shown is of an earlier choice. */
  const stale = ref(true);
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(): Promise<void> {
    asked += 1;
    const mine = asked;
    failure.value = undefined;
    try {
      const models = chosen.value.map(({ id }) => id);
      const answer =
        models.length === 0
          ? { moved: false, models: [], bytes: 0 }
          : await ask('reclaimPlan', { models, sideFiles: sideFiles.value });
      if (mine !== asked) return;
      plan.value = answer;
      stale.value = false;
    } catch (error) {
      if (mine === asked) failure.value = failureOf(error);
    }
  }

  watch(
    [chosen, sideFiles],
    ([now, side], before) => {
      // What is on the disk may have changed; the choice has not, and its plan stands until the new one is there.
      const same = before[0] && side === before[1] && isSame(now, before[0]);
      stale.value ||= !same;
      clearTimeout(timer);
      timer = setTimeout(() => void look(), pauseMs);
    },
    { immediate: true },
  );
  onUnmounted(() => clearTimeout(timer));
  return { plan, failure, stale, look };
}

function isSame(left: readonly ModelSummary[], right: readonly ModelSummary[]): boolean {
  return left.length === right.length && left.every(({ id }, at) => id === right[at]?.id);
}
