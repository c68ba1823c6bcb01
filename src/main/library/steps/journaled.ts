import type { JournalEntry } from '../journal/index.ts';
import type { StepContext } from './context.ts';
import type { Recovery } from './recovery.ts';

/**
 * Runs a step with its plan in the journal. Where it fails, what recovery would do after a crash is done at once; and
 * where that fails too, before the next step, or when the vault is opened next.
 * @throws what `work` threw
 */
export async function journaled<T>(
  context: StepContext,
  kind: string,
  plan: unknown,
  recovery: Recovery,
  work: (step: JournalEntry) => Promise<T>,
): Promise<T> {
  const step = await context.journal.begin(kind, plan);
  try {
    return await work(step);
  } catch (error) {
    step.leave();
    await recovery(context, { ...step, damaged: false }).catch(() => undefined);
    throw error;
  }
}
