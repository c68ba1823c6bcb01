import { reactive } from 'vue';
import type { OutcomeResult } from '../../../shared/index.ts';
import { ask, failureOf } from '../../host/index.ts';

/** What is known of what came of a job that is done. */
export type Outcome =
  | { readonly state: 'loading' }
  | { readonly state: 'known'; readonly outcome: OutcomeResult }
  | { readonly state: 'gone'; readonly sentence: string };

/** What came of jobs that are done, each asked for once. */
export function useOutcomes() {
  const known = reactive(new Map<number, Outcome>());

  async function want(job: number): Promise<void> {
    if (known.has(job)) return;
    known.set(job, { state: 'loading' });
    try {
      known.set(job, { state: 'known', outcome: await ask('outcome', { job }) });
    } catch (error) {
      known.set(job, { state: 'gone', sentence: failureOf(error).message });
    }
  }

  return { known, want };
}
