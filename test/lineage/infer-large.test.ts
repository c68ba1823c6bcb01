// Families of thousands: members are compared with those near them and the hubs of the family alone, and what is kept
// of all of them is small. What comes out is what came in.
import { describe, expect, test } from 'vitest';
import {
  inferenceSteps,
  inferLineage,
  type ModelProfile,
  type ModelSketch,
} from '../../src/main/lineage/index.ts';
import { MadeLibrary, mixed, sketchOf, trained, tuned, type Weights } from './made-family.ts';
import { anonymous } from './profiles.ts';

/** More than are compared with all others. */
const MANY = 1300;
const ELEMENTS = 128;

/** A base, fine-tunes of it, one of them with fine-tunes of its own, and merges now and then. */
function largeFamily(): { library: MadeLibrary; parents: Map<string, string[]> } {
  const library = new MadeLibrary();
  const parents = new Map<string, string[]>();
  const weights = new Map<string, Weights>();
  const add = (name: string, values: Weights, from: string[]): void => {
    weights.set(name, values);
    library.add(name, values);
    parents.set(name, from);
  };
  const of = (name: string): Weights => weights.get(name) ?? [];
  add('base', trained(1, ELEMENTS), []);
  add('chat', tuned(of('base'), 2, 0.1), ['base']);
  for (let number = 3; number < MANY; number += 1) {
    const name = `m${number}`;
    if (number % 100 === 99) {
      const [a, b] = [`m${number - 1}`, `m${number - 2}`];
      add(name, mixed([0.5, of(a)], [0.5, of(b)]), [b, a].sort());
    } else {
      const from = number % 4 === 0 ? 'chat' : 'base';
      add(name, tuned(of(from), number, 0.1), [from]);
    }
  }
  return { library, parents };
}

describe('a family of more than a thousand', () => {
  test('is one tree with the right parents, merges among them', () => {
    const { library, parents } = largeFamily();
    const { edges, families } = inferLineage(library.models, []);
    expect(families).toHaveLength(1);
    const found = new Map<string, string[]>();
    for (const { child, parent, directed } of edges) {
      if (!directed) continue;
      const name = library.name(child);
      found.set(name, [...(found.get(name) ?? []), library.name(parent)].sort());
    }
    const wrong = [...parents].filter(
      ([name, from]) => (found.get(name) ?? []).join(' ') !== [...from].join(' '),
    );
    expect(wrong).toEqual([]);
  });

  test('is the same every time', () => {
    const { library } = largeFamily();
    expect(inferLineage(library.models, [])).toEqual(inferLineage(library.models, []));
  });
});

describe('what is held of a library', () => {
  test('sketches are asked for one by one, a few times each, whatever the number of models', () => {
    let reads = 0;
    const base = trained(1, ELEMENTS);
    const models = Array.from({ length: 400 }, (_, id): ModelProfile => {
      const sketch: ModelSketch = sketchOf(id === 0 ? base : tuned(base, id));
      return {
        ...anonymous(id, sketch),
        get sketch() {
          reads += 1;
          return sketch;
        },
      };
    });
    const read = (): number => reads / models.length;
    const steps = inferenceSteps(models, []);
    let count = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) count += 1;
    expect(read()).toBeLessThan(8);
    // Whoever takes the steps may stop between any two of some milliseconds.
    expect(count).toBeGreaterThan(models.length);
  });

  test('models whose values are all alike are not compared with each other', () => {
    const zeros: Weights = Array.from({ length: 6 }, () => new Float64Array(ELEMENTS));
    let looks = 0;
    const models = Array.from({ length: 2000 }, (_, id): ModelProfile => {
      const sketch = sketchOf(zeros);
      const tensors = sketch.tensors.map((tensor) => ({
        ...tensor,
        get values() {
          looks += 1;
          return tensor.values;
        },
      }));
      return anonymous(id, { ...sketch, tensors });
    });
    expect(inferLineage(models, []).edges).toEqual([]);
    expect(looks / models.length).toBeLessThan(100);
  });

  test('a name that thousands have is nobody', () => {
    const base = trained(1, 64);
    const models = Array.from({ length: 600 }, (_, id): ModelProfile => {
      const model = anonymous(id, sketchOf(tuned(base, id)));
      const declared = { parents: [{ name: 'org/pytorch_model', source: 'config.json _name_or_path' }] };
      return { ...model, name: id < 500 ? 'pytorch_model' : model.name, ...(id >= 500 && { declared }) };
    });
    const { contradictions, edges } = inferLineage(models, []);
    expect(contradictions).toEqual([]);
    expect(edges.filter(({ evidence }) => evidence !== 'measured')).toEqual([]);
  });

  test('a run of a thousand checkpoints is one chain, in order', () => {
    const models: ModelProfile[] = [];
    let weights = trained(1, 64);
    for (let step = 1; step <= 1100; step += 1) {
      weights = tuned(weights, step, 0.02);
      const model = anonymous(step, sketchOf(weights));
      models.push({ ...model, name: `checkpoint-${step}`, path: `/run/checkpoint-${step}` });
    }
    const { edges } = inferLineage(models, []);
    expect(edges).toHaveLength(1099);
    expect(edges.every(({ child, parent, directed }) => directed && child === parent + 1)).toBe(true);
  });
});
