import { afterAll, describe, expect, test } from 'vitest';
import type { ModelSketch } from '../../../src/main/lineage/index.ts';
import {
  chooseCandidates,
  makePlan,
  type ChoosingModel,
  type PlanModel,
  type StorageCandidate,
} from '../../../src/main/library/plan/index.ts';
import { createInMemory, kernelPool } from '../../fixtures/engine-delta.ts';
import {
  network,
  sampleModel,
  sketched,
  trained,
  tuned,
  type Sketched,
} from '../../lineage/sketched-models.ts';
import { leastBytes } from './exhaustive.ts';

const pool = kernelPool();
afterAll(() => pool.close());

const names = ['base', 'python', 'python-v2', 'bible', 'man-fp32', 'cheader-merged', 'blend', 'cheader-lora'];

function sizeOf({ source }: Sketched): number {
  return source.files.reduce((sum, { size }) => sum + size, 0);
}

/** Models to choose from: ids from 1 on. */
class Library {
  readonly #models: readonly Sketched[];
  /** Ids whose sketches were asked for, in order. */
  readonly loads: number[] = [];

  constructor(models: readonly Sketched[]) {
    this.#models = models;
  }

  get choosing(): ChoosingModel[] {
    return this.#models.map((model, index) => ({ id: index + 1, bytes: sizeOf(model), child: true }));
  }

  get planning(): PlanModel[] {
    return this.choosing.map(({ id, bytes }) => ({
      id,
      name: this.at(id).name,
      bytes,
      role: { kind: 'free' },
    }));
  }

  at(id: number): Sketched {
    const model = this.#models[id - 1];
    if (!model) throw new Error(`there is no model ${id}`);
    return model;
  }

  readonly sketchOf = async (id: number): Promise<ModelSketch | undefined> => {
    this.loads.push(id);
    return this.at(id).sketch;
  };
}

describe('the sample library', async () => {
  const models: Sketched[] = [];
  for (const name of names) models.push(await sampleModel(`sprout-${name}`));
  const library = new Library(models);
  const candidates = await chooseCandidates({ models: library.choosing, sketchOf: library.sketchOf });
  const real = new Map<string, Promise<number>>();
  const realBytes = (child: number, parent: number): Promise<number> => {
    const key = `${child} ${parent}`;
    const known = real.get(key) ?? encoded(library.at(child), library.at(parent));
    real.set(key, known);
    return known;
  };

  async function encoded(child: Sketched, parent: Sketched): Promise<number> {
    return (await createInMemory(pool, child.source, [parent.source])).file.length;
  }

  test('gives all pairs of the seven full models, and none of the adapter', () => {
    expect(candidates.length).toBe(7 * 6);
    expect(candidates.some(({ child, parent }) => child === 8 || parent === 8)).toBe(false);
  });

  test(
    'every predicted delta is within 5 % of the real one, all together within 3 %',
    { timeout: 120_000 },
    async () => {
      let [predicted, stored] = [0, 0];
      for (const { child, parent, predictedBytes } of candidates) {
        const bytes = await realBytes(child, parent ?? 0);
        expect(Math.abs(predictedBytes / bytes - 1)).toBeLessThan(0.05);
        predicted += predictedBytes;
        stored += bytes;
      }
      expect(Math.abs(predicted / stored - 1)).toBeLessThan(0.03);
    },
  );

  test.each([1, 2, 3])(
    'what a plan of depth %i stores is within 2 % of the best that there is',
    async (depth) => {
      const known: StorageCandidate[] = [];
      for (const each of candidates) {
        known.push({ ...each, predictedBytes: await realBytes(each.child, each.parent ?? 0) });
      }
      const plan = makePlan(library.planning, candidates, { depth });
      let stored = 0;
      for (const { model, parent, originalBytes } of plan.models) {
        stored += parent === null ? originalBytes : await realBytes(model, parent);
      }
      expect(stored).toBeLessThanOrEqual(leastBytes(library.planning, known, { depth }) * 1.02);
      expect(Math.abs(plan.predictedBytes / stored - 1)).toBeLessThan(0.03);
    },
  );
});

describe('made families', () => {
  /** A base and fine-tunes of it, each by a step of its own. */
  async function family(seed: number, count: number): Promise<Sketched[]> {
    const base = trained(seed);
    const models = [await sketched(network(base, 'BF16'), `base-${seed}`)];
    for (let index = 1; index < count; index += 1) {
      const child = network(tuned(base, 0.0005, seed * 100 + index), 'BF16');
      models.push(await sketched(child, `tuned-${seed}-${index}`));
    }
    return models;
  }

  test('strangers of the same shapes are never candidates of each other', async () => {
    const library = new Library([...(await family(1, 4)), ...(await family(2, 4))]);
    const candidates = await chooseCandidates({ models: library.choosing, sketchOf: library.sketchOf });
    expect(candidates.length).toBe(2 * 4 * 3);
    for (const { child, parent } of candidates) expect(child <= 4).toBe((parent ?? 0) <= 4);
    const plan = makePlan(library.planning, candidates, { depth: 3 });
    expect(plan.models.filter(({ action }) => action === 'keep').map(({ model }) => model)).toEqual([1, 5]);
  });

  test('in a large family each is predicted against a few: the hub is among them', async () => {
    const library = new Library(await family(3, 60));
    const candidates = await chooseCandidates({ models: library.choosing, sketchOf: library.sketchOf });
    expect(candidates.length).toBeLessThanOrEqual(60 * 16);
    expect(candidates.filter(({ parent }) => parent === 1).length).toBe(59);
    const plan = makePlan(library.planning, candidates, { depth: 3 });
    expect(plan.models[0]).toMatchObject({
      action: 'keep',
      reason: 'Kept as it is: it is the base of 59 models.',
    });
  });

  test('what was predicted before is taken as it was; only what is wanted is predicted', async () => {
    const library = new Library(await family(4, 3));
    const models = library.choosing.map((each) => ({ ...each, child: each.id === 3 }));
    const known = [{ child: 3, parent: 1, predictedBytes: 7 }];
    const told: string[] = [];
    const predicted: StorageCandidate[] = [];
    const candidates = await chooseCandidates({
      ...{ models, sketchOf: library.sketchOf },
      known: (child, parent) => known.find((each) => each.child === child && each.parent === parent),
      onPredicted: (candidate) => predicted.push(candidate),
      onProgress: (done, total) => told.push(`${done}/${total}`),
    });
    expect(candidates).toEqual([known[0], expect.objectContaining({ child: 3, parent: 2 })]);
    expect(predicted).toEqual([candidates[1]]);
    expect(told).toEqual(['1/2', '2/2']);
  });

  test('in a family of hundreds each is predicted against a handful, and the hub is among them', async () => {
    const models = await family(7, 3);
    // The same three again and again: what counts here is how many are predicted.
    const many = Array.from({ length: 140 }, (_, index) => models[index % 3] ?? models[0]);
    const library = new Library(many.filter((model) => model !== undefined));
    const candidates = await chooseCandidates({ models: library.choosing, sketchOf: library.sketchOf });
    expect(candidates.length).toBeLessThanOrEqual(140 * 5);
    expect(new Set(candidates.map(({ child }) => child)).size).toBe(140);
  });

  test('known relatives are not compared, and models of many families with few', async () => {
    const families = await Promise.all(Array.from({ length: 16 }, (_, seed) => family(20 + seed, 2)));
    const library = new Library(families.flat());
    const known = library.choosing.map((model, index) => ({ ...model, family: index >> 1 }));
    const request = { sketchOf: library.sketchOf };
    const found = await chooseCandidates({ ...request, models: known });
    expect(found.map(({ child, parent }) => [child, parent])).toEqual(
      Array.from({ length: 16 }, (_, at) => [
        [2 * at + 1, 2 * at + 2],
        [2 * at + 2, 2 * at + 1],
      ]).flat(),
    );
    expect(await chooseCandidates({ ...request, models: library.choosing })).toEqual(found);
  });

  test('ways without a parent are offered on request', async () => {
    const library = new Library(await family(5, 1));
    const request = { models: library.choosing, sketchOf: library.sketchOf };
    expect(await chooseCandidates(request)).toEqual([]);
    expect(await chooseCandidates({ ...request, alone: true })).toMatchObject([{ child: 1, parent: null }]);
  });

  test('a model without a sketch is left out; a cancel ends it', async () => {
    const library = new Library(await family(6, 3));
    const sketchOf = async (id: number): Promise<ModelSketch | undefined> =>
      id === 2 ? undefined : await library.sketchOf(id);
    const candidates = await chooseCandidates({ models: library.choosing, sketchOf });
    expect(candidates.map(({ child, parent }) => [child, parent])).toEqual([
      [1, 3],
      [3, 1],
    ]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(chooseCandidates({ models: library.choosing, sketchOf, signal })).rejects.toThrow('enough');
  });
});
