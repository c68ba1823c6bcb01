import { describe, expect, test } from 'vitest';
import { explainRecipe, inferLineage } from '../../src/main/lineage/index.ts';
import { drawn } from './drawn.ts';
import { MadeLibrary, mixed, trained, tuned } from './made-family.ts';

const base = trained(1);
const [a, b, c, d] = [tuned(base, 1), tuned(base, 2), tuned(base, 3), tuned(base, 4)];

function family(): MadeLibrary {
  return new MadeLibrary().add('a', a).add('base', base).add('b', b).add('c', c).add('d', d);
}

const star = ['base -> a', 'base -> b', 'base -> c', 'base -> d'];

function edgesOf(library: MadeLibrary): string[] {
  return drawn(inferLineage(library.models, []), (id) => library.name(id));
}

describe('merges', () => {
  test.each([
    ['two parents', mixed([0.7, a], [0.3, b]), ['a -> m 0.7', 'b -> m 0.3']],
    ['a base and its fine-tune', mixed([0.5, base], [0.5, a]), ['a -> m 0.5', 'base -> m 0.5']],
    ['an odd weight', mixed([0.37, a], [0.63, b]), ['a -> m 0.37', 'b -> m 0.63']],
    ['three parents', mixed([0.5, a], [0.3, b], [0.2, c]), ['a -> m 0.5', 'b -> m 0.3', 'c -> m 0.2']],
    ['thirds', mixed([1 / 3, a], [1 / 3, b], [1 / 3, c]), ['a -> m 0.333', 'b -> m 0.333', 'c -> m 0.333']],
    ['task arithmetic', mixed([1, a], [0.8, b], [-0.8, base]), ['a -> m 1', 'b -> m 0.8']],
  ])('of %s', (_, merge, expected) => {
    expect(edgesOf(family().add('m', merge))).toEqual([...expected, ...star].sort());
    expect(edgesOf(family().add('m', merge, {}, 'BF16'))).toEqual([...expected, ...star].sort());
  });

  test('of merges, and in several shares', () => {
    const first = mixed([0.6, a], [0.4, b]);
    const library = family()
      .add('second', mixed([0.5, first], [0.5, c]))
      .add('first', first)
      .add('other', mixed([0.2, a], [0.8, b]));
    expect(edgesOf(library)).toEqual(
      [
        'a -> first 0.6',
        'a -> other 0.2',
        'b -> first 0.4',
        'b -> other 0.8',
        'c -> second 0.5',
        'first -> second 0.5',
        ...star,
      ].sort(),
    );
  });

  test('a fine-tune of a merge is the child of the merge; the parents of the merge are not', () => {
    const merge = mixed([0.5, a], [0.5, b]);
    const library = family()
      .add('child', tuned(merge, 9, 0.05))
      .add('m', merge);
    expect(edgesOf(library)).toEqual(['a -> m 0.5', 'b -> m 0.5', 'm -> child', ...star].sort());
  });

  test('what was trained on after it was merged is not called a merge', () => {
    const library = family().add('m', tuned(mixed([0.5, a], [0.5, b]), 9, 0.04));
    const { edges } = inferLineage(library.models, []);
    expect(edges.filter(({ weight }) => weight !== undefined)).toEqual([]);
  });

  test('checkpoints of one run are no merges of each other', () => {
    const end = tuned(base, 77);
    const run = ['checkpoint-100', 'checkpoint-200', 'checkpoint-300'];
    const library = family();
    for (const [index, name] of run.entries()) {
      const share = 0.3 * (index + 1);
      library.add(name, mixed([1 - share, base], [share, end]), { name, path: `/runs/x/${name}` });
    }
    const edges = edgesOf(library).filter((edge) => edge.includes('checkpoint'));
    expect(edges.filter((edge) => /checkpoint.* -> checkpoint/u.test(edge))).toEqual([
      'checkpoint-100 -> checkpoint-200',
      'checkpoint-200 -> checkpoint-300',
    ]);
  });
});

test.each([
  [
    [
      { name: 'B', weight: 0.4 },
      { name: 'A', weight: 0.6 },
    ],
    '0.6 x A + 0.4 x B',
  ],
  [
    [
      { name: 'A', weight: 1 / 3 },
      { name: 'B', weight: 2 / 3 },
    ],
    '0.667 x B + 0.333 x A',
  ],
  [[{ name: 'A' }, { name: 'B' }], 'A + B'],
])('a recipe in words', (parents, words) => {
  expect(explainRecipe(parents)).toBe(words);
});
