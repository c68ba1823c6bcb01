import { makePlan } from './make-plan.ts';
import type { PlanLimits, PlanModel, StorageCandidate, StoragePlan } from './storage-plan.ts';

/** Encodes a part of a model, or all of a small one, and tells the bytes of its delta; see `trialStored`. */
export type Trial = (candidate: StorageCandidate) => Promise<{ bytes: number; confidence: number }>;

/** Confidence from which a prediction is taken as it is. */
export const sureConfidence = 0.7;
/** Candidates that differ by less than this share are tried before one is chosen. */
const NEAR = 0.02;
const ROUNDS = 3;

/**
 * A plan of which no chosen delta rests on an unsure prediction alone: those, and what comes near to them, are tried
 * with the encoder, and the plan is made again with what came of it.
 * @throws what the trial throws
 */
export async function planWithTrials(
  models: readonly PlanModel[],
  candidates: readonly StorageCandidate[],
  limits: PlanLimits,
  trial: Trial,
): Promise<StoragePlan> {
  let known = [...candidates];
  let plan = makePlan(models, known, limits);
  for (let round = 0; round < ROUNDS; round += 1) {
    const doubtful = new Set(doubtfulOf(plan, known));
    if (doubtful.size === 0) break;
    const tried: StorageCandidate[] = [];
    for (const candidate of known) {
      if (!doubtful.has(candidate)) {
        tried.push(candidate);
        continue;
      }
      const { bytes } = await trial(candidate);
      tried.push({ child: candidate.child, parent: candidate.parent, predictedBytes: bytes });
    }
    known = tried;
    plan = makePlan(models, known, limits);
  }
  return plan;
}

/** Unsure candidates that were chosen, and those of the same models that are about as small. */
function doubtfulOf(plan: StoragePlan, candidates: readonly StorageCandidate[]): StorageCandidate[] {
  const byChild = Map.groupBy(candidates, ({ child }) => child);
  return plan.models.flatMap(({ action, model, parent, predictedBytes }) => {
    if (action !== 'compress') return [];
    const mine = (byChild.get(model) ?? []).filter(({ confidence = 1 }) => confidence < sureConfidence);
    const near = mine.filter(
      (each) => Math.abs(each.predictedBytes - predictedBytes) <= NEAR * predictedBytes,
    );
    return mine.some((each) => each.parent === parent) ? near : [];
  });
}
