import { describe, expect, test } from 'vitest';
import { inferLineage, type Decision, type ModelProfile } from '../../src/main/lineage/index.ts';
import { drawn } from './drawn.ts';
import { MadeLibrary, mixed, sketchOf, trained, tuned } from './made-family.ts';

const base = trained(1);
const [a, b, c] = [tuned(base, 1), tuned(base, 2), tuned(base, 3)];
const stranger = trained(2);

const names = (parent: string, source = 'README.md base_model') => ({
  declared: { parents: [{ name: parent, source }] },
});

function infer(library: MadeLibrary, decisions: readonly Decision[] = []) {
  const lineage = inferLineage(library.models, decisions);
  return { ...lineage, drawn: drawn(lineage, (id) => library.name(id)) };
}

function edgeTo(library: MadeLibrary, child: string, decisions: readonly Decision[] = []) {
  return infer(library, decisions).edges.filter((edge) => edge.child === library.id(child));
}

const pair = () => new MadeLibrary().add('base', base, { name: 'base' });

describe('what models declare', () => {
  test('gives a direction that bytes leave open', () => {
    expect(infer(pair().add('a', a)).drawn).toEqual(['a -- base']);
    const [edge, ...others] = edgeTo(pair().add('a', a, names('base')), 'a');
    expect(others).toEqual([]);
    expect(edge).toMatchObject({ directed: true, evidence: 'declared', parent: 1 });
    expect(edge?.reasons.map(({ sentence }) => sentence)).toEqual([
      'README.md base_model names it',
      'differs from it by 8.0 %',
    ]);
  });

  test('is a contradiction where weights have nothing in common', () => {
    const library = pair().add('a', a).add('b', b).add('c', c).add('alone', stranger, names('base'));
    const { contradictions, drawn: edges } = infer(library);
    expect(edges).toEqual(['base -> a', 'base -> b', 'base -> c']);
    expect(contradictions).toEqual([
      {
        child: library.id('alone'),
        parent: library.id('base'),
        declared: 'base',
        sentence:
          'README.md base_model names base as the parent of m5, but their weights have nothing in common.',
      },
    ]);
  });

  test('is a contradiction where shapes differ, before the weights were read', () => {
    const library = pair();
    const small = sketchOf(trained(5, 256));
    const unread: ModelProfile = {
      ...{ id: 2, name: 'small', path: '/models/small', bytes: 1, mtimeNs: 0n, adapter: false },
      ...names('base'),
      tensors: small.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    };
    const { edges, contradictions } = inferLineage([...library.models, unread], []);
    expect(edges).toEqual([]);
    expect(contradictions).toMatchObject([{ child: 2, parent: 1 }]);
    expect(contradictions[0]?.sentence).toContain('6 of the 6 tensors that both have differ in shape');
  });

  test('is believed a little where nothing compares', () => {
    const library = pair().add('quantised', a, names('base'));
    const [known, quantised] = library.models;
    if (!known || !quantised) throw new Error('two models were added');
    const other = {
      ...quantised,
      sketch: sketchOf(a, 'F32', 'blk'),
      tensors: [{ name: 'q', dtype: 'OPAQUE' as const, shape: [9] }],
    };
    const { edges } = inferLineage([known, other], []);
    expect(edges).toMatchObject([
      { child: 2, parent: 1, directed: true, evidence: 'declared', confidence: 0.6 },
    ]);
  });

  test('by two models of each other is not believed', () => {
    const library = new MadeLibrary()
      .add('a', a, { name: 'a', ...names('b') })
      .add('b', b, { name: 'b', ...names('a') });
    const { drawn: edges, contradictions } = infer(library);
    expect(edges).toEqual(['a -- b']);
    expect(contradictions.length).toBeGreaterThan(0);
  });

  test('of one name that two models have means the one of the family', () => {
    const library = new MadeLibrary()
      .add('right', base, { name: 'twin', path: '/a/twin' })
      .add('wrong', stranger, { name: 'twin', path: '/b/twin' })
      .add('a', a, names('twin'));
    expect(infer(library)).toMatchObject({ drawn: ['right -> a'], contradictions: [] });
  });

  test('a recipe gives its parents, with the weights that the bytes have', () => {
    const merge = (one: number, other: number) => ({
      declared: {
        parents: [],
        merge: {
          method: 'linear',
          parents: [
            { name: 'a', weight: one, source: 'mergekit_config.yml models' },
            { name: 'b', weight: other, source: 'mergekit_config.yml models' },
          ],
        },
      },
    });
    const family = () => pair().add('a', a, { name: 'a' }).add('b', b, { name: 'b' }).add('c', c);
    const blend = mixed([0.7, a], [0.3, b]);
    const right = infer(family().add('m', blend, merge(0.7, 0.3)));
    expect(right.drawn).toEqual(['a -> m 0.7', 'b -> m 0.3', 'base -> a', 'base -> b', 'base -> c']);
    expect(right.edges.filter(({ child }) => child === 5).map(({ evidence }) => evidence)).toEqual([
      'declared',
      'declared',
    ]);
    expect(infer(family().add('m', blend, merge(0.5, 0.5))).drawn).toContain('a -> m 0.7');
    // Where the bytes do not say (TIES, DARE), the recipe is what there is.
    expect(infer(family().add('m', tuned(blend, 8, 0.05), merge(0.6, 0.6))).drawn).toContain('a -> m 0.6');
  });
});

describe('a person', () => {
  const family = () => pair().add('a', a, names('base')).add('b', b).add('c', c);
  const decide = (child: number, ...parents: number[]): Decision => ({
    child,
    parents: parents.map((parent) => ({ parent })),
  });

  test('changes a parent, against what is declared and measured', () => {
    const { drawn: edges, edges: all } = infer(family(), [decide(2, 3)]);
    expect(edges).toContain('b -> a');
    expect(edges).not.toContain('base -> a');
    expect(all.find(({ child }) => child === 2)).toMatchObject({
      evidence: 'confirmed',
      confidence: 1,
      directed: true,
    });
  });

  test('clears a parent: it has none, and no sibling takes its place', () => {
    expect(infer(family(), [decide(2)]).drawn).toEqual(['base -> b', 'base -> c'].sort());
  });

  test('names a parent that the bytes know nothing of', () => {
    const library = family().add('alone', stranger);
    expect(infer(library, [decide(5, 1)])).toMatchObject({ contradictions: [] });
    expect(infer(library, [decide(5, 1)]).drawn).toContain('base -> alone');
  });

  test('makes a merge of what is none', () => {
    const decision: Decision = {
      child: 4,
      parents: [
        { parent: 2, weight: 0.5 },
        { parent: 3, weight: 0.5 },
      ],
    };
    expect(infer(family(), [decision]).drawn).toEqual(['a -> c 0.5', 'b -- base', 'b -> c 0.5', 'base -> a']);
  });

  test('cannot make a circle: one of the edges is shown as wrong', () => {
    const { edges, contradictions } = infer(family(), [decide(2, 3), decide(3, 2)]);
    const confirmed = edges.filter(({ evidence }) => evidence === 'confirmed');
    expect(confirmed).toHaveLength(1);
    expect(contradictions).toHaveLength(1);
  });

  test('names models that are gone: nothing happens', () => {
    expect(infer(family(), [decide(77, 1)]).drawn).toEqual(infer(family()).drawn);
  });
});

describe('adapters', () => {
  const adapter = (rows: number, columns: number): Partial<ModelProfile> => ({
    adapter: true,
    ...names('base', 'adapter_config.json base_model_name_or_path'),
    tensors: [0, 1].flatMap((layer) => [
      { name: `base_model.model.layer.${layer}.lora_A.weight`, dtype: 'F32' as const, shape: [8, columns] },
      { name: `base_model.model.layer.${layer}.lora_B.weight`, dtype: 'F32' as const, shape: [rows, 8] },
    ]),
  });

  test('hang on the base that they name where their factors fit it', () => {
    const [edge] = edgeTo(pair().add('lora', trained(7, 64), adapter(32, 16)), 'lora');
    expect(edge).toMatchObject({ parent: 1, directed: true, evidence: 'declared' });
    expect(edge?.reasons.map(({ sentence }) => sentence)).toEqual([
      'adapter_config.json base_model_name_or_path names it',
      'its factors fit 2 of 2 modules',
    ]);
  });

  test('contradict a base that they do not fit', () => {
    const { edges, contradictions } = infer(pair().add('lora', trained(7, 64), adapter(48, 16)));
    expect(edges).toEqual([]);
    expect(contradictions[0]?.sentence).toContain('fit 0 of 2 modules');
  });

  test('of kohya, with names written flat', () => {
    const flat = adapter(32, 16).tensors?.map(({ name, ...rest }) => ({
      ...rest,
      name: name
        .replace('base_model.model.layer.', 'lora_unet_layer_')
        .replace('lora_A', 'lora_down')
        .replace('lora_B', 'lora_up'),
    }));
    const [edge] = edgeTo(
      pair().add('lora', trained(7, 64), { ...adapter(32, 16), tensors: flat ?? [] }),
      'lora',
    );
    expect(edge?.reasons.at(-1)?.sentence).toBe('its factors fit 2 of 2 modules');
  });
});
