import { stepOf } from './direction-evidence.ts';
import type { ModelProfile } from './profile.ts';

/** For each checkpoint of a training run but the first, the one before it. */
export function runPredecessors(models: readonly ModelProfile[]): [ModelProfile, ModelProfile][] {
  const numbered = models.flatMap((model) => {
    const found = stepOf(model);
    return found ? [{ model, ...found }] : [];
  });
  numbered.sort((a, b) => (a.series < b.series ? -1 : a.series > b.series ? 1 : a.step - b.step));
  return numbered.flatMap((later, index): [ModelProfile, ModelProfile][] => {
    const before = numbered[index - 1];
    return before?.series === later.series && before.step !== later.step ? [[later.model, before.model]] : [];
  });
}
