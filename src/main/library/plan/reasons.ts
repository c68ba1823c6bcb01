import { formatBytes } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';
import type { PlanLimits, PlanModel, PlannedModel, StorageCandidate } from './storage-plan.ts';

/** All that a reason speaks of. */
export interface ReasonFacts {
  readonly models: ReadonlyMap<number, PlanModel>;
  readonly planned: ReadonlyMap<number, Omit<PlannedModel, 'reason'>>;
  readonly byChild: ReadonlyMap<number, readonly StorageCandidate[]>;
  readonly limits: PlanLimits;
}

/** Why a model is kept, or stored as it is: a sentence for a person. */
export function reasonFor(planned: Omit<PlannedModel, 'reason'>, facts: ReasonFacts): string {
  const role = facts.models.get(planned.model)?.role;
  if (role?.kind === 'stored') {
    return role.parent === null
      ? 'Already stored, without a parent.'
      : `Already stored against ${nameOf(role.parent, facts)}.`;
  }
  return planned.action === 'keep' ? whyKept(planned, role, facts) : whyCompressed(planned, facts);
}

function whyKept(
  { model }: Pick<PlannedModel, 'model'>,
  role: PlanModel['role'] | undefined,
  facts: ReasonFacts,
): string {
  if (role?.kind === 'kept') return role.reason;
  const children = [...facts.planned.values()].filter(({ parent }) => parent === model).length;
  if (children > 0)
    return `Kept as it is: it is the base of ${children === 1 ? 'one model' : `${children} models`}.`;
  const candidates = (facts.byChild.get(model) ?? []).filter(({ parent }) => parent !== null);
  if (candidates.length === 0) return 'Kept as it is: no relative was found to store it against.';
  const cheapest = leastOf(candidates);
  const original = facts.models.get(model)?.bytes ?? 0;
  if (!cheapest || cheapest.predictedBytes > original * 0.95) {
    return 'Kept as it is: a delta would save next to nothing.';
  }
  return 'Kept as it is: within the limits on chains, this makes the whole smallest.';
}

function whyCompressed(planned: Omit<PlannedModel, 'reason'>, { byChild, ...facts }: ReasonFacts): string {
  const { model, parent, originalBytes, predictedBytes } = planned;
  const sizes = `about ${formatBytes(predictedBytes)} of ${formatBytes(originalBytes)}`;
  if (parent === null) return `Stored without a parent: ${sizes}.`;
  const candidates = (byChild.get(model) ?? []).filter((each) => each.parent !== null);
  const cheapest = leastOf(candidates);
  const among = candidates.length > 1 ? `, the least of ${candidates.length} candidates` : '';
  const sentence = `Stored against ${nameOf(parent, facts)}: ${sizes}`;
  if (!cheapest || cheapest.parent === parent || cheapest.predictedBytes >= predictedBytes) {
    return `${sentence}${among}.`;
  }
  const other = cheapest.parent === null ? '' : nameOf(cheapest.parent, facts);
  return `${sentence}. Against ${other} it would be ${formatBytes(cheapest.predictedBytes)}, but then the whole would be larger or a chain too long.`;
}

function leastOf(candidates: readonly StorageCandidate[]): StorageCandidate | undefined {
  const [least] = [...candidates].sort(
    (a, b) => a.predictedBytes - b.predictedBytes || (a.parent ?? 0) - (b.parent ?? 0),
  );
  return least;
}

function nameOf(id: number, { models }: Pick<ReasonFacts, 'models'>): string {
  const name = models.get(id)?.name;
  return name === undefined ? 'a model that is not in the library' : shownPath(name);
}
