import type { PlanLimits, PlanModel, StorageCandidate } from '../../../src/main/library/plan/index.ts';

/**
 * The fewest bytes that any choice of parents gives, found by going through all of them. Free models only; a branch is
 * left when what is chosen already, and the cheapest way of each model that is not, come to more than the best so far.
 */
export function leastBytes(
  models: readonly PlanModel[],
  candidates: readonly StorageCandidate[],
  limits: Pick<PlanLimits, 'depth'>,
): number {
  const ways = models.map(({ id, bytes }) => [
    { parent: undefined as number | null | undefined, bytes },
    ...candidates
      .filter(({ child, parent }) => child === id && parent !== id)
      .map(({ parent, predictedBytes }) => ({ parent, bytes: predictedBytes })),
  ]);
  for (const each of ways) each.sort((a, b) => a.bytes - b.bytes);
  const rest = [0];
  for (const each of [...ways].reverse()) rest.unshift((rest[0] ?? 0) + (each[0]?.bytes ?? 0));
  const chosen = new Map<number, number | null | undefined>();
  let best = Infinity;
  const visit = (index: number, bytes: number): void => {
    if (bytes + (rest[index] ?? 0) >= best) return;
    const model = models[index];
    if (!model) {
      if (models.every(({ id }) => depthOf(id, chosen) <= limits.depth)) best = bytes;
      return;
    }
    for (const way of ways[index] ?? []) {
      chosen.set(model.id, way.parent);
      if (depthOf(model.id, chosen) <= limits.depth) visit(index + 1, bytes + way.bytes);
    }
    chosen.delete(model.id);
  };
  visit(0, 0);
  return best;
}

/** Deltas on the way as far as parents are chosen; in a circle NaN, which no limit allows. */
function depthOf(id: number, chosen: ReadonlyMap<number, number | null | undefined>): number {
  let depth = 0;
  for (let at = id; ;) {
    const parent = chosen.get(at);
    if (parent === undefined) return depth;
    depth += 1;
    if (parent === null) return depth;
    if (depth > chosen.size + 1) return NaN;
    at = parent;
  }
}
