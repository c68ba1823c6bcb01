import { standingsOf, type Node, type Way } from './problem.ts';
import { reasonFor } from './reasons.ts';
import { Settled } from './settled.ts';
import { solve } from './solve.ts';
import type { PlanLimits, PlanModel, PlannedModel, StorageCandidate, StoragePlan } from './storage-plan.ts';
import { timesOf, type Times } from './times.ts';

/** What makes a way the last resort: more than all models of anybody. */
const PENALTY = 1e14;
/** Share of its bytes that it is worth to keep the base that people know, and to store its children against it. */
const ROOT_BONUS = 0.03;
/** Share of the original that a delta must save. */
const LEAST_SAVING = 0.05;
/** Share of the bytes that longer chains must save. */
const DEEPER_SAVES = 0.005;

/** A way to store a model, with the candidate that it comes from; none where the model is kept. */
interface NamedWay extends Way {
  readonly candidate?: StorageCandidate;
}

/**
 * Chooses what to compress against what, so that the bytes of all models together are fewest within the limits. What
 * is stored already stays as it is, and what others are stored against is kept; both may serve as parents.
 *
 * The same models and candidates give the same plan, in whatever order they come.
 * @param candidates ways to store the models; those of models that are not free do not count
 */
export function makePlan(
  models: readonly PlanModel[],
  candidates: readonly StorageCandidate[],
  limits: PlanLimits,
): StoragePlan {
  const times = timesOf(limits.bytesPerSecond);
  const settled = new Settled(models, times);
  const open = models.filter(({ id }) => !settled.has(id)).sort((a, b) => a.id - b.id);
  const numbers = new Map(open.map(({ id }, number) => [id, number]));
  const byChild = Map.groupBy(candidates, ({ child }) => child);
  const ways = open.map((model) => waysOf(model, byChild.get(model.id) ?? [], { numbers, settled, times }));
  const { depth: deepest, seconds = Infinity, deeperSaves = DEEPER_SAVES } = limits;
  const bounds = { depth: deepest, seconds };
  const nodes: Node[] = ways.map((each) => ({ ways: each }));
  const solution = solve(nodes, bounds, deeperSaves);
  const standings = standingsOf(nodes, solution) ?? [];
  const planned = open.map((model, number): Omit<PlannedModel, 'reason'> => {
    const way = ways[number]?.[solution[number] ?? 0];
    const { depth = 0, seconds: time = 0 } = standings[number] ?? {};
    return {
      model: model.id,
      action: way?.candidate ? 'compress' : 'keep',
      parent: way?.candidate?.parent ?? null,
      depth,
      originalBytes: model.bytes,
      predictedBytes: way?.candidate?.predictedBytes ?? model.bytes,
      secondsToReconstruct: depth === 0 ? 0 : time,
    };
  });
  const all = new Map([...planned, ...settled.planned()].map((each) => [each.model, each]));
  const facts = { models: new Map(models.map((model) => [model.id, model])), planned: all, byChild, limits };
  const described = models.flatMap(({ id }): PlannedModel[] => {
    const each = all.get(id);
    return each ? [{ ...each, reason: reasonFor(each, facts) }] : [];
  });
  return {
    models: described,
    originalBytes: described.reduce((sum, { originalBytes }) => sum + originalBytes, 0),
    predictedBytes: described.reduce((sum, { predictedBytes }) => sum + predictedBytes, 0),
  };
}

function waysOf(
  model: PlanModel,
  candidates: readonly StorageCandidate[],
  known: { readonly numbers: ReadonlyMap<number, number>; readonly settled: Settled; readonly times: Times },
): NamedWay[] {
  const { numbers, settled, times } = known;
  const asked = model.role.kind === 'asked';
  const own = times.decode(model.bytes);
  const ways = candidates.flatMap((candidate): NamedWay[] => {
    const { parent, predictedBytes: cost } = candidate;
    if (parent === model.id || (!asked && cost > model.bytes * (1 - LEAST_SAVING))) return [];
    if (parent === null) return [{ from: -1, cost, depth: 1, seconds: own, candidate }];
    const from = numbers.get(parent);
    if (from !== undefined) return [{ from, cost, depth: 1, seconds: own, candidate }];
    const place = settled.standing(parent);
    if (!place) return [];
    return [{ from: -1, cost, depth: place.depth + 1, seconds: place.seconds + own, candidate }];
  });
  const kept = model.root === true ? model.bytes * (1 - ROOT_BONUS) : model.bytes;
  ways.push({
    from: -1,
    cost: kept + (asked ? PENALTY : 0),
    depth: 0,
    seconds: times.read(model.bytes),
  });
  const order = ({ candidate }: NamedWay): number => candidate?.parent ?? -1;
  return ways.sort((a, b) => a.cost - b.cost || a.depth - b.depth || order(a) - order(b));
}
