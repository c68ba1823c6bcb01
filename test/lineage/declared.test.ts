import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDeclared } from '../../src/main/lineage/index.ts';

const library = join(import.meta.dirname, '../../resources/sample-library');

function textsOf(folder: string): Map<string, string> {
  const names = readdirSync(folder).filter((name) => /\.(?:json|md|yml)$/u.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function declaredBy(texts: Record<string, string>, metadata: Record<string, string> = {}, name = 'model') {
  return readDeclared(new Map(Object.entries(texts)), new Map(Object.entries(metadata)), name);
}

const card = (yaml: string) => ({ 'README.md': `---\n${yaml}\n---\n# Model\n` });
const named = (texts: Record<string, string>, metadata?: Record<string, string>) =>
  declaredBy(texts, metadata).parents.map(({ name, source }) => [name, source]);

test('the sample library says of itself what its README says', () => {
  const found = readdirSync(library)
    .filter((name) => statSync(join(library, name)).isDirectory())
    .map((name) => {
      const facts = readDeclared(textsOf(join(library, name)), undefined, name);
      return [name, facts.relation, [...new Set(facts.parents.map((parent) => parent.name))], facts.merge];
    });
  const merge = {
    method: 'linear',
    parents: [
      { name: 'sprout-python', weight: 0.6, source: 'mergekit_config.yml models' },
      { name: 'sprout-bible', weight: 0.4, source: 'mergekit_config.yml models' },
    ],
  };
  expect(found).toEqual([
    ['sprout-base', undefined, [], undefined],
    ['sprout-bible', 'finetune', ['sprout-base'], undefined],
    ['sprout-blend', 'merge', ['sprout-python', 'sprout-bible'], merge],
    ['sprout-cheader-lora', 'adapter', ['sprout-base'], undefined],
    ['sprout-cheader-merged', 'finetune', ['sprout-base'], undefined],
    ['sprout-man-fp32', 'finetune', ['sprout-base'], undefined],
    ['sprout-python', 'finetune', ['sprout-base'], undefined],
    ['sprout-python-v2', 'finetune', ['sprout-python'], undefined],
  ]);
});

describe('model cards', () => {
  test.each([
    ['one parent', 'base_model: org/name', ['org/name']],
    ['a list', 'base_model:\n- org/a\n- org/b', ['org/a', 'org/b']],
    ['quoted, with white space', 'base_model: "  org/a  "', ['org/a']],
    ['named twice', 'base_model: [org/a, org/a]', ['org/a']],
  ])('%s', (_, yaml, names) => {
    expect(named(card(yaml))).toEqual(names.map((name) => [name, 'README.md base_model']));
  });

  test('with a byte order mark, CRLF and another case of the name', () => {
    const texts = { 'readme.MD': '\uFEFF---\r\nbase_model: org/a\r\nbase_model_relation: merge\r\n---\r\n' };
    expect(declaredBy(texts)).toMatchObject({ parents: [{ name: 'org/a' }], relation: 'merge' });
  });

  test('without front matter say nothing', () => {
    expect(declaredBy({ 'README.md': '# Model\n\nbase_model: org/a\n' })).toEqual({ parents: [] });
  });
});

describe('configurations', () => {
  test('of PEFT, transformers, diffusers and trainers', () => {
    expect(declaredBy({ 'adapter_config.json': '{"base_model_name_or_path":"org/a"}' })).toEqual({
      parents: [{ name: 'org/a', source: 'adapter_config.json base_model_name_or_path' }],
      relation: 'adapter',
    });
    expect(
      declaredBy({ 'config.json': '{"_name_or_path":"/home/me/a","architectures":["Llama","B"]}' }),
    ).toEqual({
      parents: [{ name: '/home/me/a', source: 'config.json _name_or_path' }],
      architecture: 'Llama',
    });
    expect(
      declaredBy({
        'model_index.json': '{"_class_name":"StableDiffusionPipeline","_name_or_path":"org/sd"}',
        'unet/config.json': '{"_class_name":"UNet2DConditionModel","_name_or_path":"org/unet"}',
        'vae/config.json': '{"_name_or_path":"org/vae"}',
      }),
    ).toEqual({
      parents: [
        { name: 'org/sd', source: 'model_index.json _name_or_path' },
        { name: 'org/unet', source: 'unet/config.json _name_or_path' },
      ],
      architecture: 'StableDiffusionPipeline',
    });
    expect(declaredBy({ 'trainer_state.json': '{"global_step":500}' })).toEqual({ parents: [], step: 500 });
  });

  test('kohya metadata', () => {
    const metadata = {
      ss_sd_model_name: 'v1-5-pruned.safetensors',
      ss_pretrained_model_name_or_path: 'None',
      ss_network_module: 'networks.lora',
      ss_steps: '1200',
      'modelspec.architecture': 'stable-diffusion-v1/lora',
    };
    expect(declaredBy({}, metadata)).toEqual({
      parents: [{ name: 'v1-5-pruned.safetensors', source: 'ss_sd_model_name' }],
      relation: 'adapter',
      step: 1200,
      architecture: 'stable-diffusion-v1/lora',
    });
  });
});

test.each([
  ['checkpoint-500', 500],
  ['runs/x/checkpoint-500', 500],
  ['epoch=3-step=1200.ckpt', 1200],
  ['RFB-Epoch-280-Loss-2.635728222983224.pth', 280],
  ['portrait-000010.safetensors', 10],
  ['portrait-step00002000.safetensors', 2000],
  ['global_step1000', 1000],
  ['llama-7b', undefined],
  ['python-v2', undefined],
  ['step-7b', undefined],
  ['model-00001-of-00002.safetensors', undefined],
])('the name %s has step %s', (name, step) => {
  expect(declaredBy({}, {}, name).step).toBe(step);
});

describe('recipes of merges', () => {
  const merge = (yaml: string, name = 'mergekit_config.yml') => {
    const found = declaredBy({ [name]: yaml }).merge;
    return found && [found.method, ...found.parents.map((parent) => [parent.name, parent.weight])];
  };

  test.each([
    [
      'linear, weights not normalised to one',
      'merge_method: linear\nmodels:\n- {model: a, parameters: {weight: 3}}\n- {model: b, parameters: {weight: 1}}',
      ['linear', ['a', 0.75], ['b', 0.25]],
    ],
    [
      'linear, normalisation off',
      'merge_method: linear\nparameters: {normalize: false}\nmodels:\n- {model: a, parameters: {weight: 0.7}}\n- {model: b, parameters: {weight: 0.6}}',
      ['linear', ['a', 0.7], ['b', 0.6]],
    ],
    [
      'slerp of slices',
      'merge_method: slerp\nbase_model: a\nparameters: {t: 0.25}\nslices:\n- sources:\n  - {model: a, layer_range: [0, 8]}\n  - {model: b, layer_range: [0, 8]}',
      ['slerp', ['a', 0.75], ['b', 0.25]],
    ],
    [
      'ties with a base, weights by layer, an adapter on top and a map as name',
      'merge_method: ties\nbase_model: {model: {path: org/base, revision: main}}\nmodels:\n- {model: org/a+org/lora, parameters: {weight: [0, 1]}}\n- {model: {model: {path: org/b}, lora: x}, parameters: {weight: 0.5}}',
      ['ties', ['org/a', undefined], ['org/b', 0.5], ['org/base', undefined]],
    ],
    [
      'anchors',
      'merge_method: linear\nmodels:\n- {model: a, parameters: &half {weight: 0.5}}\n- {model: b, parameters: *half}',
      ['linear', ['a', 0.5], ['b', 0.5]],
    ],
  ])('mergekit: %s', (_, yaml, expected) => {
    expect(merge(yaml)).toEqual(expected);
    expect(merge(yaml, 'merge_config.yaml')).toEqual(expected);
  });

  test("A1111's merger", () => {
    const recipe = {
      type: 'webui',
      primary_model_hash: 'h1',
      secondary_model_hash: 'h2',
      tertiary_model_hash: null,
      interp_method: 'Weighted sum',
      multiplier: 0.3,
    };
    const models = { h1: { name: 'sd/a.safetensors' }, h2: { name: 'b.ckpt' } };
    const metadata = { sd_merge_recipe: JSON.stringify(recipe), sd_merge_models: JSON.stringify(models) };
    expect(declaredBy({}, metadata)).toEqual({
      parents: [],
      relation: 'merge',
      merge: {
        method: 'Weighted sum',
        parents: [
          { name: 'sd/a.safetensors', weight: 0.7, source: 'sd_merge_models' },
          { name: 'b.ckpt', weight: 0.3, source: 'sd_merge_models' },
        ],
      },
    });
  });
});

describe('hostile texts say nothing', () => {
  const bomb = Array.from({ length: 12 }, (_, index) => {
    const inner = index === 0 ? 'x' : `*l${index - 1}`;
    return `l${index}: &l${index} [${Array.from({ length: 9 }, () => inner).join(', ')}]`;
  }).join('\n');
  const nothing: [string, Record<string, string>][] = [
    ['alias bomb', card(`${bomb}\nbase_model: org/a`)],
    ['YAML nested by brackets', card(`base_model: ${'['.repeat(50_000)}`)],
    ['YAML nested by dashes', card(`base_model: org/a\nx:\n  ${'- '.repeat(50_000)}x`)],
    ['YAML beyond the limit', card(`base_model: org/a\nx: ${'y'.repeat(200_000)}`)],
    ['JSON nested', { 'config.json': `{"_name_or_path":"a","x":${'['.repeat(200_000)}` }],
    ['JSON beyond the limit', { 'config.json': `{"_name_or_path":"a","x":"${'y'.repeat(5_000_000)}"}` }],
    ['no JSON', { 'config.json': 'base' }],
    ['JSON of another kind', { 'config.json': '["_name_or_path"]', 'adapter_config.json': 'null' }],
    ['names of other types', { 'config.json': '{"_name_or_path":{"a":1},"architectures":"Llama"}' }],
    ['numbers as names', card('base_model: [1, true, null, {a: b}]')],
    ['empty names', { 'config.json': '{"_name_or_path":"  "}' }],
    ['names that are long', { 'config.json': JSON.stringify({ _name_or_path: 'a'.repeat(2000) }) }],
    ['names that move the cursor', { 'config.json': JSON.stringify({ _name_or_path: 'a\u001b[2Jb' }) }],
    ['names that run from right to left', { 'config.json': JSON.stringify({ _name_or_path: 'a\u202eb' }) }],
    ['steps below zero or broken', { 'trainer_state.json': '{"global_step":-1.5}' }],
    ['a relation nobody knows', card('base_model_relation: destroyed')],
    ['prototypes', card('__proto__: {base_model: org/a}')],
    ['prototypes in JSON', { 'config.json': '{"__proto__":{"_name_or_path":"org/a"}}' }],
    ['a merge without a method', { 'mergekit_config.yml': 'models: [{model: a}]' }],
  ];
  test.each(nothing)('%s', (_, texts) => {
    const facts = declaredBy(texts);
    expect(facts.parents).toEqual([]);
    expect(facts.merge).toBeUndefined();
    expect(facts.step).toBeUndefined();
  });

  test('a tag of YAML makes nothing but text', () => {
    expect(named(card('base_model: !!js/function "process.exit()"'))).toEqual([
      ['process.exit()', 'README.md base_model'],
    ]);
  });

  test('thousands of parents are cut', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `- org/${index}`).join('\n');
    expect(declaredBy(card(`base_model:\n${names}`)).parents).toHaveLength(64);
  });

  test('metadata that looks like a recipe', () => {
    const metadata = {
      sd_merge_recipe: '{"primary_model_hash":"__proto__","secondary_model_hash":"constructor"}',
      sd_merge_models: '{"x":5}',
      ss_steps: '1e999',
    };
    expect(declaredBy({}, metadata)).toEqual({ parents: [] });
  });
});
