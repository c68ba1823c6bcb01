import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  makePlan,
  planWithTrials,
  type PlanLimits,
  type PlanModel,
  type PlannedModel,
  type StorageCandidate,
  type StoragePlan,
} from '../../../src/main/library/plan/index.ts';
import { numbers } from '../../bench/pairs.ts';
import { leastBytes } from './exhaustive.ts';

const free = { kind: 'free' } as const;
const model = (id: number, bytes: number, role: PlanModel['role'] = free): PlanModel => ({
  id,
  name: `model-${id}`,
  bytes,
  role,
});
const way = (child: number, parent: number | null, predictedBytes: number): StorageCandidate => ({
  child,
  parent,
  predictedBytes,
});
const planned = (plan: StoragePlan, id: number): PlannedModel => {
  const found = plan.models.find((each) => each.model === id);
  if (!found) throw new Error('every model is in the plan');
  return found;
};

/** Models and candidates of a random family: distances on a line, noise, and some pairs missing. */
interface Instance {
  readonly models: PlanModel[];
  readonly candidates: StorageCandidate[];
}

function instanceOf(count: number, seed: number, density: number): Instance {
  const next = numbers(seed);
  const places = Array.from({ length: count }, () => [next(), next()] as const);
  const models = places.map((_, id) => model(id + 1, 800 + Math.round(next() * 400)));
  const candidates = places.flatMap(([x, y], child) =>
    places.flatMap(([otherX, otherY], parent) => {
      if (child === parent || next() > density) return [];
      const far = Math.hypot(x - otherX, y - otherY);
      return [way(child + 1, parent + 1, Math.round(40 + 700 * far + 60 * next()))];
    }),
  );
  return { models, candidates };
}

const anyInstance = (most: number): fc.Arbitrary<Instance> =>
  fc
    .tuple(fc.integer({ min: 1, max: most }), fc.integer(), fc.constantFrom(0.2, 0.6, 1))
    .map(([count, seed, density]) => instanceOf(count, seed, density));
const anyDepth = fc.constantFrom(0, 1, 2, 3, 5, Infinity);

/** Follows a plan to its bases; fails on a circle and on a depth that is not as told. */
function checkChains({ models }: StoragePlan, limits: PlanLimits): void {
  const known = new Map(models.map((each) => [each.model, each]));
  for (const each of models) {
    let depth = 0;
    for (let at = each; at.depth > 0; depth += 1) {
      expect(depth).toBeLessThanOrEqual(models.length);
      if (at.parent === null) {
        depth += 1;
        break;
      }
      const parent = known.get(at.parent);
      if (!parent) throw new Error('a parent is in the plan');
      at = parent;
    }
    expect(depth).toBe(each.depth);
    expect(depth).toBeLessThanOrEqual(limits.depth);
    if (limits.seconds !== undefined) expect(each.secondsToReconstruct).toBeLessThanOrEqual(limits.seconds);
  }
}

describe('a plan', () => {
  test('is the least of all plans but for what shorter chains may cost, for small families and any depth', () => {
    fc.assert(
      fc.property(anyInstance(6), anyDepth, ({ models, candidates }, depth) => {
        const worthwhile = candidates.filter(({ child, predictedBytes }) => {
          return predictedBytes <= (models.find(({ id }) => id === child)?.bytes ?? 0) * 0.95;
        });
        const plan = makePlan(models, candidates, { depth });
        checkChains(plan, { depth });
        const least = leastBytes(models, worthwhile, { depth });
        expect(plan.predictedBytes).toBeGreaterThanOrEqual(least);
        expect(plan.predictedBytes).toBeLessThanOrEqual(least * 1.005);
        expect(makePlan(models, candidates, { depth, deeperSaves: 0 }).predictedBytes).toBe(least);
      }),
    );
  });

  test('of a larger family is within 2 % of the least one found exactly', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, 2, 3), (seed, depth) => {
        const { models, candidates } = instanceOf(14, seed, 1);
        const exact = makePlan(models, candidates, { depth }).predictedBytes;
        // A bound on time that never binds, and an island that makes the family too large to be solved exactly.
        const more = [model(100, 1000), model(101, 1000)];
        const bridge = [way(100, 1, 900), way(101, 100, 20)];
        const searched = makePlan([...models, ...more], [...candidates, ...bridge], { depth }).predictedBytes;
        expect(searched).toBeLessThanOrEqual((exact + 1020) * 1.02);
      }),
      { numRuns: 20 },
    );
  });

  test('of any size keeps every bound, never costs more than keeping all, and is the same each time', () => {
    fc.assert(
      fc.property(
        anyInstance(40),
        anyDepth,
        fc.option(fc.double({ min: 0, max: 40, noNaN: true }), { nil: undefined }),
        ({ models, candidates }, depth, seconds) => {
          const limits = { depth, bytesPerSecond: 100, ...(seconds !== undefined && { seconds }) };
          const plan = makePlan(models, candidates, limits);
          checkChains(plan, limits);
          expect(plan.predictedBytes).toBeLessThanOrEqual(plan.originalBytes);
          expect(plan.originalBytes).toBe(models.reduce((sum, { bytes }) => sum + bytes, 0));
          const turned = makePlan(models.toReversed(), candidates.toReversed(), limits);
          expect(turned.models.toReversed()).toEqual(plan.models);
          for (const { reason } of plan.models) expect(reason).toMatch(/^[A-Z].*\.$/);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of a family of hundreds is made in bounded time', () => {
    const { models, candidates } = instanceOf(300, 7, 0.05);
    const plan = makePlan(models, candidates, { depth: 3 });
    checkChains(plan, { depth: 3 });
    const free = makePlan(models, candidates, { depth: Infinity });
    expect(plan.predictedBytes).toBeGreaterThanOrEqual(free.predictedBytes);
    expect(plan.predictedBytes).toBeLessThan(free.predictedBytes * 1.5);
  });

  test('keeps the base that people know where another would save next to nothing', () => {
    const family = (root: number): PlanModel[] =>
      [1, 2, 3].map((id) => ({ ...model(id, 1000), root: id === root }));
    const candidates = [way(1, 2, 395), way(2, 1, 400), way(3, 1, 500), way(3, 2, 490), way(1, 3, 480)];
    for (const root of [1, 2]) {
      const plan = makePlan(family(root), candidates, { depth: 3 });
      expect(plan.models.find(({ depth }) => depth === 0)?.model).toBe(root);
      expect(plan.predictedBytes).toBe(root === 1 ? 1890 : 1885);
    }
    const cheaper = [...candidates, way(1, 2, 200)];
    expect(planned(makePlan(family(1), cheaper, { depth: 3 }), 2)).toMatchObject({
      action: 'keep',
      depth: 0,
    });
  });

  test('of nothing is empty, and without candidates keeps all', () => {
    expect(makePlan([], [], { depth: 3 })).toEqual({ models: [], originalBytes: 0, predictedBytes: 0 });
    const plan = makePlan([model(1, 100)], [way(1, 1, 5), way(1, 9, 5)], { depth: 3 });
    expect(plan.models).toMatchObject([{ action: 'keep', parent: null, depth: 0, predictedBytes: 100 }]);
  });

  test('says why', () => {
    const models = [model(1, 1000), model(2, 1000), model(3, 1000), model(4, 1000), model(5, 1000)];
    const candidates = [way(2, 1, 400), way(3, 1, 500), way(3, 2, 300), way(1, 2, 700), way(5, 1, 990)];
    const plan = makePlan(models, candidates, { depth: 1 });
    expect(plan.models.map(({ reason }) => reason)).toEqual([
      'Kept as it is: it is the base of 2 models.',
      'Stored against "model-1": about 400 bytes of 1.0 kB.',
      'Stored against "model-1": about 500 bytes of 1.0 kB. Against "model-2" it would be 300 bytes, but then the ' +
        'whole would be larger or a chain too long.',
      'Kept as it is: no relative was found to store it against.',
      'Kept as it is: a delta would save next to nothing.',
    ]);
  });

  test('never shows a name that could steer a terminal', () => {
    const models = [{ ...model(1, 1000), name: 'evil\u001b[2J\n' }, model(2, 1000)];
    const { reason } = planned(makePlan(models, [way(2, 1, 10)], { depth: 3 }), 2);
    expect(reason).toContain('"evil\\u{1b}[2J\\u{a}"');
  });

  test('stores a model without a parent where that is offered and pays', () => {
    const plan = makePlan([model(1, 1000), model(2, 1000)], [way(1, null, 660), way(2, 1, 100)], {
      depth: 2,
    });
    expect(planned(plan, 1)).toMatchObject({
      action: 'compress',
      parent: null,
      depth: 1,
      predictedBytes: 660,
    });
    expect(planned(plan, 2)).toMatchObject({ parent: 1, depth: 2 });
    const flat = makePlan([model(1, 1000), model(2, 1000)], [way(1, null, 660), way(2, 1, 100)], {
      depth: 1,
    });
    expect(flat.predictedBytes).toBe(1100);
  });

  test('tells the seconds that a chain takes, and keeps to a bound on them', () => {
    const models = [model(1, 120e6), model(2, 120e6), model(3, 120e6)];
    const candidates = [way(2, 1, 10e6), way(3, 2, 10e6), way(3, 1, 60e6)];
    const long = makePlan(models, candidates, { depth: 3 });
    expect(long.models.map(({ secondsToReconstruct }) => secondsToReconstruct)).toEqual([
      0,
      expect.closeTo(1.24, 2),
      expect.closeTo(2.24, 2),
    ]);
    const short = makePlan(models, candidates, { depth: 3, seconds: 1.5 });
    expect(planned(short, 3)).toMatchObject({ parent: 1, depth: 1 });
    expect(makePlan(models, candidates, { depth: 3, seconds: 0.5 }).predictedBytes).toBe(360e6);
  });
});

describe('what is settled', () => {
  test('a model that has to stay is kept, says why, and serves as a base', () => {
    const reason = 'Kept as it is: its files are shared with other models.';
    const models = [model(1, 1000, { kind: 'kept', reason }), model(2, 1000)];
    const plan = makePlan(models, [way(1, 2, 10), way(2, 1, 500)], { depth: 3 });
    expect(planned(plan, 1)).toMatchObject({ action: 'keep', reason });
    expect(planned(plan, 2)).toMatchObject({ action: 'compress', parent: 1 });
  });

  test('a model that a person named is compressed, also at a loss, and kept where nothing can be done', () => {
    const models = [model(1, 1000), model(2, 1000, { kind: 'asked' }), model(3, 1000, { kind: 'asked' })];
    const plan = makePlan(models, [way(2, 1, 999)], { depth: 3 });
    expect(planned(plan, 2)).toMatchObject({ action: 'compress', parent: 1, predictedBytes: 999 });
    expect(planned(plan, 3)).toMatchObject({ action: 'keep', predictedBytes: 1000 });
    expect(plan.predictedBytes).toBe(2999);
  });

  test('a stored model stays, its base is kept, and new ones may be stored against both within the depth', () => {
    const stored: PlanModel['role'] = { kind: 'stored', parent: 1, bytes: 300 };
    const models = [model(1, 1000), model(2, 1000, stored), model(3, 1000)];
    const candidates = [way(1, 3, 10), way(3, 2, 20), way(3, 1, 200), way(2, 3, 1)];
    const plan = makePlan(models, candidates, { depth: 2 });
    expect(planned(plan, 1)).toMatchObject({
      action: 'keep',
      depth: 0,
      reason: 'Kept as it is: it is the base of one model.',
    });
    expect(planned(plan, 2)).toMatchObject({
      ...{ action: 'keep', parent: 1, depth: 1, predictedBytes: 300 },
      reason: 'Already stored against "model-1".',
    });
    expect(planned(plan, 3)).toMatchObject({ action: 'compress', parent: 2, depth: 2 });
    expect(planned(makePlan(models, candidates, { depth: 1 }), 3)).toMatchObject({ parent: 1, depth: 1 });
  });

  test('chains that are deeper than the limit by now stay, and do not grow', () => {
    const stored = (parent: number): PlanModel['role'] => ({ kind: 'stored', parent, bytes: 10 });
    const models = [model(1, 1000), model(2, 1000, stored(1)), model(3, 1000, stored(2)), model(4, 1000)];
    const plan = makePlan(models, [way(4, 3, 5), way(4, 2, 6), way(4, 1, 7)], { depth: 1 });
    expect(planned(plan, 3).depth).toBe(2);
    expect(planned(plan, 4)).toMatchObject({ parent: 1, depth: 1 });
  });

  test('a circle among stored models, which nothing should make, ends', () => {
    const stored = (parent: number): PlanModel['role'] => ({ kind: 'stored', parent, bytes: 10 });
    const plan = makePlan([model(1, 9, stored(2)), model(2, 9, stored(1))], [], { depth: 3 });
    expect(plan.predictedBytes).toBe(20);
  });

  test('models that arrive change nothing of what is stored', () => {
    fc.assert(
      fc.property(anyInstance(10), fc.constantFrom(1, 2, 3), ({ models, candidates }, depth) => {
        const half = models.slice(0, Math.ceil(models.length / 2));
        const first = makePlan(half, candidates, { depth });
        const then = models.map((each): PlanModel => {
          const before = first.models.find(({ model: id }) => id === each.id);
          if (before?.action !== 'compress') return each;
          return { ...each, role: { kind: 'stored', parent: before.parent, bytes: before.predictedBytes } };
        });
        const second = makePlan(then, candidates, { depth });
        checkChains(second, { depth });
        for (const before of first.models) {
          if (before.action === 'compress') expect(planned(second, before.model).parent).toBe(before.parent);
        }
      }),
    );
  });
});

describe('a plan with trials', () => {
  test('tries what is unsure and chosen, and what comes near it, until it is sure', async () => {
    const models = [model(1, 1000), model(2, 1000), model(3, 1000)];
    const unsure = (child: number, parent: number, predictedBytes: number): StorageCandidate => ({
      ...way(child, parent, predictedBytes),
      confidence: 0.2,
    });
    const candidates = [unsure(2, 1, 100), unsure(2, 3, 101), unsure(2, 3, 500), way(3, 1, 200)];
    const tried: string[] = [];
    const plan = await planWithTrials(models, candidates, { depth: 3 }, async ({ child, parent }) => {
      tried.push(`${child} ${parent}`);
      return { bytes: parent === 1 ? 300 : 150, confidence: 1 };
    });
    expect(tried).toEqual(['2 1', '2 3']);
    expect(planned(plan, 2)).toMatchObject({ parent: 3, predictedBytes: 150 });
  });
});
