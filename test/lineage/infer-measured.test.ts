import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferLineage, type ModelProfile, type ModelSketch } from '../../src/main/lineage/index.ts';
import { drawn } from './drawn.ts';
import { MadeLibrary, mixed, sketchOf, stored, trained, tuned, type Weights } from './made-family.ts';
import { anonymous, sameTime } from './profiles.ts';

const hour = 3_600_000_000_000n;
const base = trained(1);
const [a, b, c] = [tuned(base, 1), tuned(base, 2), tuned(base, 3)];

function infer(library: MadeLibrary) {
  const lineage = inferLineage(library.models, []);
  return { ...lineage, drawn: drawn(lineage, (id) => library.name(id)) };
}

describe('directions', () => {
  const pair = (one: Partial<ModelProfile>, other: Partial<ModelProfile>) =>
    infer(new MadeLibrary().add('one', base, one).add('other', a, other));

  test('stay open where nothing decides', () => {
    expect(pair({}, {}).drawn).toEqual(['one -- other']);
    const chain = new MadeLibrary().add('base', base).add('a', a).add('grandchild', tuned(a, 9));
    expect(infer(chain).drawn).toEqual(['a -- base', 'a -- grandchild']);
  });

  test('follow times that are hours apart, not those of one copy', () => {
    expect(pair({ mtimeNs: sameTime + 2n * hour }, {}).drawn).toEqual(['other -> one']);
    expect(pair({ mtimeNs: sameTime + hour / 60n }, {}).drawn).toEqual(['one -- other']);
  });

  test('follow the numbers of checkpoints of one run', () => {
    const step = (name: string, run = 'x'): Partial<ModelProfile> => ({ name, path: `/runs/${run}/${name}` });
    expect(pair(step('checkpoint-1000'), step('checkpoint-500')).drawn).toEqual(['other -> one']);
    expect(pair(step('checkpoint-1000'), step('checkpoint-500', 'y')).drawn).toEqual(['one -- other']);
  });

  test('follow a vocabulary that grew', () => {
    const words = (rows: number, own: ModelSketch): Partial<ModelProfile> => {
      const tensor = { name: 'embed.weight', dtype: 'F32' as const, shape: [rows, 16] };
      const sketched = {
        ...tensor,
        file: 'm',
        length: rows * 64,
        rows,
        columns: 16,
        values: new Float32Array(rows * 16),
        bytes: new Uint8Array(),
      };
      return {
        tensors: [...own.tensors, tensor].map(({ name, dtype, shape }) => ({ name, dtype, shape })),
        sketch: { ...own, tensors: [...own.tensors, sketched] },
      };
    };
    const {
      drawn: edges,
      edges: [edge],
    } = pair(words(40, sketchOf(base)), words(32, sketchOf(a)));
    expect(edges).toEqual(['other -> one']);
    expect(edge?.reasons.map(({ sentence }) => sentence)).toContain('its vocabulary has 8 rows more');
  });

  test('follow values that still lie on the grid of the other', () => {
    const coarse = stored(base, 'BF16');
    const partly: Weights = coarse.map((values, index) =>
      index < 3 ? values : (tuned(coarse, 5)[index] ?? values),
    );
    const library = new MadeLibrary().add('fine', partly, {}, 'F32').add('coarse', coarse, {}, 'BF16');
    expect(infer(library).drawn).toEqual(['coarse -> fine']);
  });
});

describe('one model in several types', () => {
  test.each([
    ['rounded to a narrower type', base, 'F32', 'BF16', 'one -> other'],
    ['saved in a wider type', stored(base, 'BF16'), 'F32', 'BF16', 'other -> one'],
    ['bfloat16 saved as float16', stored(base, 'BF16'), 'F16', 'BF16', 'other -> one'],
    ['rounded to two types', base, 'F16', 'BF16', 'one -- other'],
  ] as const)('%s', (_, weights, type, otherType, expected) => {
    const library = new MadeLibrary().add('one', weights, {}, type).add('other', weights, {}, otherType);
    expect(infer(library).drawn).toEqual([expected]);
  });

  test('its children hang on the one of their own type', () => {
    const coarse = stored(base, 'BF16');
    const library = new MadeLibrary()
      .add('half', coarse, {}, 'F16')
      .add('a', a, {}, 'F16')
      .add('b', b, {}, 'BF16')
      .add('base', coarse, {}, 'BF16')
      .add('c', c, {}, 'F16');
    expect(infer(library).drawn).toEqual(['base -> b', 'base -> half', 'half -> a', 'half -> c']);
  });
});

describe('copies', () => {
  test('are the same weights, whoever came first', () => {
    const digest = { weightsDigest: 'x' };
    const {
      drawn: edges,
      edges: [edge],
    } = infer(new MadeLibrary().add('one', base, digest).add('other', base, digest));
    expect(edges).toEqual(['one -- other']);
    expect(edge).toMatchObject({ confidence: 1, evidence: 'measured' });
    expect(edge?.reasons).toEqual([
      { kind: 'measured', sentence: 'holds the same weights as m1, byte for byte' },
    ]);
  });

  test('are younger than what they were copied from', () => {
    const library = new MadeLibrary()
      .add('copy', base, { weightsDigest: 'x', mtimeNs: sameTime + 9n * hour })
      .add('original', base, { weightsDigest: 'x' });
    expect(infer(library).drawn).toEqual(['original -> copy']);
  });

  test('take no part in the tree: each has one edge', () => {
    const library = new MadeLibrary()
      .add('base', base, { weightsDigest: 'x' })
      .add('copy', base, { weightsDigest: 'x' })
      .add('a', a)
      .add('b', b)
      .add('c', c);
    expect(infer(library).drawn).toEqual(['base -- copy', 'base -> a', 'base -> b', 'base -> c']);
  });
});

describe('families', () => {
  test('of one architecture stay apart where they were trained apart', () => {
    const other = trained(2);
    const library = new MadeLibrary();
    for (const [index, root] of [base, other].entries()) {
      library.add(`base${index}`, root);
      for (const seed of [1, 2, 3]) library.add(`tune${index}${seed}`, tuned(root, seed + 10 * index));
    }
    expect(infer(library).families).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  test('do not form around a buffer that unrelated models share', () => {
    const buffer = trained(9)[0] ?? new Float64Array();
    const withBuffer = (weights: Weights): Weights => [buffer, ...weights.slice(1)];
    const library = new MadeLibrary().add('one', withBuffer(base)).add('other', withBuffer(trained(2)));
    expect(infer(library).edges).toEqual([]);
  });

  test('do not form of constants, zeros and broken numbers', () => {
    const filled = (value: number): Weights => base.map((values) => values.map(() => value));
    const library = new MadeLibrary()
      .add('zeros', filled(0))
      .add('ones', filled(1))
      .add('nan', filled(Number.NaN))
      .add('infinite', filled(Infinity))
      .add('base', base);
    expect(infer(library).families).toHaveLength(5);
  });

  test('take broken numbers in one member', () => {
    const broken = a.map((values, index) =>
      index === 2 ? values.map((v, at) => (at % 3 === 0 ? Number.NaN : v)) : values,
    );
    expect(infer(new MadeLibrary().add('base', base).add('a', broken)).drawn).toEqual(['a -- base']);
  });

  test('do not depend on the order in which models are listed', () => {
    const models = [base, a, b, c, tuned(a, 11), trained(4)];
    const name = (seed: number): string => `w${seed}`;
    const expected = ['w0 -> w1', 'w0 -> w2', 'w0 -> w3', 'w1 -> w4'];
    fc.assert(
      fc.property(fc.shuffledSubarray([...models.keys()], { minLength: models.length }), (order) => {
        const library = new MadeLibrary();
        for (const index of order) library.add(name(index), models[index] ?? base);
        expect(infer(library).drawn).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  test('every model is in one, and edges make no circle', () => {
    const weights = fc.record({
      parent: fc.nat(9),
      other: fc.nat(9),
      share: fc.constantFrom(0, 0, 0.3, 0.5),
      size: fc.constantFrom(0, 0.001, 0.02, 0.08, 0.5),
    });
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 10 }), (plan) => {
        const made: Weights[] = [trained(1, 128)];
        for (const [index, { parent, other, share, size }] of plan.entries()) {
          const [one, two] = [made[parent % made.length] ?? base, made[other % made.length] ?? base];
          made.push(tuned(mixed([1 - share, one], [share, two]), index, size));
        }
        const { edges, families } = inferLineage(
          made.map((one, id) => anonymous(id, sketchOf(one))),
          [],
        );
        expect(families.flat().sort((x, y) => x - y)).toEqual([...made.keys()]);
        const above = (id: number, seen: number[]): boolean =>
          edges.some(
            ({ child, parent, directed }) =>
              directed && child === id && (seen.includes(parent) || above(parent, [...seen, id])),
          );
        expect([...made.keys()].filter((id) => above(id, [id]))).toEqual([]);
      }),
    );
  });
});

describe('many models', () => {
  test('a family of 500 is inferred, each edge right', () => {
    const library = new MadeLibrary().add('0', base);
    const made = [base];
    const expected: string[] = [];
    for (let index = 1; index < 500; index += 1) {
      const parent = index % 7 === 0 ? Math.floor(index / 2) : 0;
      const weights = tuned(made[parent] ?? base, index);
      made.push(weights);
      library.add(String(index), weights, {}, 'BF16');
      expected.push(`${parent} -> ${index}`);
    }
    expect(infer(library).drawn).toEqual(expected.sort());
  });

  test('models of 500 families are not all compared with each other', () => {
    let looks = 0;
    const counted = (sketch: ModelSketch): ModelSketch => ({
      ...sketch,
      tensors: sketch.tensors.map((tensor) => ({
        ...tensor,
        get values() {
          looks += 1;
          return tensor.values;
        },
      })),
    });
    const models = Array.from({ length: 1500 }, (_, id) => {
      const root = trained(Math.floor(id / 3), 64);
      return anonymous(id, counted(sketchOf(id % 3 === 0 ? root : tuned(root, id))));
    });
    expect(inferLineage(models, []).families).toHaveLength(500);
    // All pairs would be 1.1 million, each a look at twelve tensors: 9,000 looks a model.
    expect(looks / models.length).toBeLessThan(200);
  });
});
