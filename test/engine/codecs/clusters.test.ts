import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clusterOf,
  mergeAny,
  mergeNeighbours,
  type Cluster,
} from '../../../src/main/engine/codecs/clusters.ts';

/** The rule, word for word: of all pairs the one that saves the most, the first of equals, until none saves. */
function joinOneByOne(clusters: readonly Cluster[], most: number, partners: 'next' | 'any'): number[][] {
  const list = clusters.map(({ cells, counts }) => ({ cells: [...cells], counts: [...counts] }));
  const bits = (counts: readonly number[]): number => {
    const total = counts.reduce((a, b) => a + b, 0);
    const used = counts.filter((count) => count > 0);
    return (
      total * Math.log2(total) - used.reduce((sum, x) => sum + x * Math.log2(x), 0) + used.length * 5.5 + 8
    );
  };
  for (;;) {
    let best: { gain: number; first: number; second: number; counts: number[] } | undefined;
    for (const [first, a] of list.entries()) {
      for (const [second, b] of list.entries()) {
        if (second <= first || (partners === 'next' && second > first + 1)) continue;
        const counts = a.counts.map((count, symbol) => count + (b.counts[symbol] ?? 0));
        const gain = bits(a.counts) + bits(b.counts) - bits(counts);
        if (!best || gain > best.gain) best = { gain, first, second, counts };
      }
    }
    if (!best || (best.gain <= 0 && list.length <= most)) return list.map(({ cells }) => cells);
    const cells = [...(list[best.first]?.cells ?? []), ...(list[best.second]?.cells ?? [])];
    list.splice(best.second, 1);
    list.splice(best.first, 1, { cells, counts: best.counts });
  }
}

const anyClusters = (most: number): fc.Arbitrary<Cluster[]> =>
  fc
    .array(
      fc
        .array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(100_000)), { minLength: 12, maxLength: 12 })
        .filter((counts) => counts.some((count) => count > 0)),
      { maxLength: most },
    )
    .map((list) => list.map((counts, cell) => clusterOf(cell, Float64Array.from(counts))));

const cellsOf = (clusters: readonly Cluster[]): number[][] => clusters.map(({ cells }) => [...cells]);

test('any two are joined as if all pairs were compared after each step', () => {
  fc.assert(
    fc.property(anyClusters(24), fc.integer({ min: 1, max: 24 }), (clusters, most) => {
      expect(cellsOf(mergeAny(clusters, most))).toEqual(joinOneByOne(clusters, most, 'any'));
    }),
  );
});

test('equal clusters are joined in the order of the list', () => {
  const clusters = Array.from({ length: 9 }, (_, cell) => clusterOf(cell, Float64Array.of(3, 1, 0, 2)));
  expect(cellsOf(mergeAny(clusters, 4))).toEqual(joinOneByOne(clusters, 4, 'any'));
  expect(cellsOf(mergeNeighbours(clusters))).toEqual(joinOneByOne(clusters, 9, 'next'));
});

test('neighbours are joined as if all were compared after each step', () => {
  fc.assert(
    fc.property(anyClusters(16), (clusters) => {
      expect(cellsOf(mergeNeighbours(clusters))).toEqual(joinOneByOne(clusters, 16, 'next'));
    }),
  );
});

test('counts are added up, and every cell stays', () => {
  const clusters = Array.from({ length: 60 }, (_, cell) =>
    clusterOf(
      cell,
      Float64Array.from({ length: 80 }, (_, symbol) => (symbol === cell ? 500 : 0)),
    ),
  );
  const merged = mergeAny(clusters, 48);
  expect(merged).toHaveLength(48);
  expect(merged.flatMap(({ cells }) => cells).sort((a, b) => a - b)).toEqual([...clusters.keys()]);
  const total = merged.flatMap(({ counts }) => [...counts]).reduce((a, b) => a + b, 0);
  expect(total).toBe(60 * 500);
});
