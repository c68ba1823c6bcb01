import type { ComputedRef, InjectionKey } from 'vue';

/** Whether a setting answers to what a person looks for. */
export const wantedSetting: InjectionKey<ComputedRef<(words: string) => boolean>> = Symbol('wanted setting');
