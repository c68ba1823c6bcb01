import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef } from 'vue';
import type { ModelSummary, OverviewResult } from '../../shared/index.ts';
import { ask, failureOf, type CallFailure } from '../host/index.ts';
import { familiesOf, type Family } from './families.ts';

/** A library that changes all the time is not read all the time: at most a part of the time goes into it. */
const leastPauseMs = 400;
const pausePerReading = 10;

const byName = new Intl.Collator('en', { numeric: true }).compare;

/** What is in the library: all models, by name, families, folders, totals. Read again when the service says that it changed. */
export const useLibrary = defineStore('library', () => {
  const models = shallowRef<readonly ModelSummary[]>([]);
  const overview = shallowRef<OverviewResult>();
  const warnings = shallowRef<readonly string[]>([]);
  const state = ref<'loading' | 'ready' | 'failed'>('loading');
  const failure = shallowRef<CallFailure>();
  /** What deltas were predicted to take, by path of the model: kept when they are made, to be compared. */
  const predictedBefore = markRaw(new Map<string, number>());

  const byId = computed(() => new Map(models.value.map((model) => [model.id, model])));
  const families = computed<readonly Family[]>(() => familiesOf(models.value));
  /** Nothing is watched and nothing is stored: the first screen. */
  const isEmpty = computed(
    () =>
      state.value === 'ready' && overview.value?.folders.length === 0 && overview.value.totals.models === 0,
  );

  let reading: Promise<void> | undefined;
  let again = false;

  async function read(): Promise<void> {
    try {
      const [list, glance] = await Promise.all([ask('list', {}), ask('overview', {})]);
      for (const { path, predictedBytes } of list.models)
        if (predictedBytes !== null) predictedBefore.set(path, predictedBytes);
      // Nearly in order as it comes: sorting it here, numbers as numbers, costs next to nothing.
      models.value = list.models.toSorted((left, right) => byName(left.name, right.name));
      overview.value = glance;
      warnings.value = list.warnings.map(({ sentence }) => sentence);
      failure.value = undefined;
      state.value = 'ready';
    } catch (error) {
      failure.value = failureOf(error);
      // What was there before stays on screen; the failure stands above it.
      if (state.value === 'loading') state.value = 'failed';
    }
  }

  /** Reads the library again: at once, or after a pause where it was read just now. */
  async function refresh(): Promise<void> {
    if (reading) {
      again = true;
      return reading;
    }
    const start = performance.now();
    reading = read();
    await reading;
    const pause = Math.max(leastPauseMs, pausePerReading * (performance.now() - start));
    // What changes meanwhile is read once, after the pause.
    reading = new Promise((resolve) => setTimeout(resolve, pause));
    void reading.then(() => {
      reading = undefined;
      if (!again) return;
      again = false;
      void refresh();
    });
  }

  return { models, overview, warnings, state, failure, byId, families, isEmpty, predictedBefore, refresh };
});
