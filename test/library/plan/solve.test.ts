import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minimumArborescence } from '../../../src/main/library/plan/edmonds.ts';
import { boundedArborescence } from '../../../src/main/library/plan/exact.ts';
import { searchLevels } from '../../../src/main/library/plan/levels.ts';
import {
  costOf,
  isWithin,
  standingsOf,
  type Node,
  type Way,
} from '../../../src/main/library/plan/problem.ts';
import { solve } from '../../../src/main/library/plan/solve.ts';
import { leastBytes } from './exhaustive.ts';

/** Nodes with whole costs that repeat: ties are where circles hide. */
const anyNodes = (most: number): fc.Arbitrary<Node[]> =>
  fc.integer({ min: 1, max: most }).chain((count) =>
    fc
      .array(
        fc.record({
          outside: fc.integer({ min: 5, max: 20 }),
          alone: fc.option(fc.integer({ min: 3, max: 20 }), { nil: undefined }),
          from: fc.array(fc.tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 1, max: 20 }))),
        }),
        { minLength: count, maxLength: count },
      )
      .map((list) =>
        list.map(({ outside, alone, from }, node): Node => {
          const ways: Way[] = from
            .filter(([other]) => other !== node)
            .map(([other, cost]) => ({ from: other, cost, depth: 1, seconds: 1 }));
          ways.push({ from: -1, cost: outside, depth: 0, seconds: 0 });
          if (alone !== undefined) ways.push({ from: -1, cost: alone, depth: 1, seconds: 1 });
          return { ways: ways.sort((a, b) => a.cost - b.cost || a.depth - b.depth) };
        }),
      ),
  );

function least(nodes: readonly Node[], depth: number): number {
  const kept = (ways: readonly Way[]): number =>
    ways.find(({ from, depth: own }) => from < 0 && own === 0)?.cost ?? 0;
  return leastBytes(
    nodes.map(({ ways }, id) => ({ id, name: '', bytes: kept(ways), role: { kind: 'free' } })),
    nodes.flatMap(({ ways }, child) =>
      ways
        .filter(({ depth: own }) => own > 0)
        .map(({ from, cost }) => ({ child, parent: from < 0 ? null : from, predictedBytes: cost })),
    ),
    { depth },
  );
}

describe('the least arborescence', () => {
  test('without a bound costs what the best of all plans costs', () => {
    fc.assert(
      fc.property(anyNodes(6), (nodes) => {
        const solution = minimumArborescence(nodes);
        expect(standingsOf(nodes, solution)).toBeDefined();
        expect(costOf(nodes, solution)).toBe(least(nodes, Infinity));
      }),
      { numRuns: 300 },
    );
  });

  test('with a bound on depth costs what the best of all plans within it costs', () => {
    fc.assert(
      fc.property(anyNodes(6), fc.integer({ min: 0, max: 4 }), (nodes, depth) => {
        const solution = boundedArborescence(nodes, depth);
        expect(isWithin(nodes, solution, { depth, seconds: Infinity })).toBe(true);
        expect(costOf(nodes, solution)).toBe(least(nodes, depth));
      }),
      { numRuns: 300 },
    );
  });

  test('with both bounds is never passed by the search, which is near it without one on seconds', () => {
    let [searched, exact] = [0, 0];
    fc.assert(
      fc.property(anyNodes(8), fc.integer({ min: 1, max: 3 }), (nodes, depth) => {
        const bounds = { depth, seconds: Infinity };
        const found = searchLevels(nodes, bounds, []);
        expect(isWithin(nodes, found, bounds)).toBe(true);
        searched += costOf(nodes, found);
        exact += costOf(nodes, boundedArborescence(nodes, depth));
      }),
      { numRuns: 100 },
    );
    expect(searched).toBeGreaterThanOrEqual(exact);
    expect(searched).toBeLessThanOrEqual(exact * 1.01);
  });

  test('keeps a bound on seconds, whatever it costs', () => {
    fc.assert(
      fc.property(anyNodes(20), fc.integer({ min: 0, max: 3 }), (nodes, seconds) => {
        const bounds = { depth: 5, seconds };
        expect(isWithin(nodes, solve(nodes, bounds, 0.005), bounds)).toBe(true);
      }),
    );
  });

  test('has no circle where all ways cost the same', () => {
    const ways = (node: number): Way[] =>
      [0, 1, 2, 3].filter((other) => other !== node).map((from) => ({ from, cost: 1, depth: 1, seconds: 1 }));
    const kept: Way = { from: -1, cost: 1, depth: 0, seconds: 0 };
    const nodes = [0, 1, 2, 3].map((node): Node => ({ ways: [...ways(node), kept] }));
    for (const depth of [0, 1, 2, Infinity]) {
      const solution = solve(nodes, { depth, seconds: Infinity }, 0);
      expect(isWithin(nodes, solution, { depth, seconds: Infinity })).toBe(true);
    }
  });
});
