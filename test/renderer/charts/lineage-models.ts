import fc from 'fast-check';
import type { LineageModel } from '../../../src/renderer/charts/lineage-graph.ts';

/** A model of a lineage; what is not said is plain. */
export function lineageModel(id: number, facts: Partial<LineageModel> = {}): LineageModel {
  return {
    id,
    name: `model-${id}`,
    path: `/models/model-${id}`,
    state: 'original',
    lossy: false,
    bytes: 6_900_000_000,
    storedBytes: null,
    predictedBytes: 1_000_000_000,
    familyId: 1,
    relation: (facts.parents?.length ?? 0) > 1 ? 'merge' : 'fine-tune',
    parents: [],
    storageParents: [],
    relatives: [],
    ...facts,
  };
}

/** A parent of a model, sure unless said. */
export function lineageParent(id: number, facts: Partial<LineageModel['parents'][number]> = {}) {
  return { id, name: `model-${id}`, evidence: 'measured', confidence: 0.97, ...facts } as const;
}

/**
 * Random lineages without circles, numbered so that parents come first: chains, stars, merges of up to four parents,
 * relatives, and parts that have nothing to do with each other.
 */
export function lineages(maxLength: number): fc.Arbitrary<LineageModel[]> {
  const one = fc.record({
    parents: fc.uniqueArray(
      fc.record({ back: fc.nat(maxLength), confidence: fc.double({ min: 0, max: 1, noNaN: true }) }),
      { maxLength: 4, selector: ({ back }) => back },
    ),
    star: fc.boolean(),
    relatives: fc.array(fc.nat(maxLength), { maxLength: 2 }),
  });
  return fc.array(one, { maxLength }).map((list) =>
    list.map(({ parents, star, relatives }, at) =>
      lineageModel(at + 1, {
        parents: parents
          .map(({ back, confidence }) => ({ id: star ? Math.min(back, at) : at - back, confidence }))
          .filter(
            ({ id }, index, all) => id >= 1 && id <= at && all.findIndex((one) => one.id === id) === index,
          )
          .map(({ id, confidence }, _, all) =>
            lineageParent(id, all.length > 1 ? { confidence, weight: 1 / all.length } : { confidence }),
          ),
        relatives: relatives.map((id) => id + 1).filter((id) => id !== at + 1),
      }),
    ),
  );
}
