import { expect, test } from 'vitest';
import { missingShards } from '../../../src/main/engine/formats/index.ts';

const index = JSON.stringify({
  metadata: { total_size: 100 },
  weight_map: {
    'b.weight': 'model-00002-of-00002.safetensors',
    'a.weight': 'model-00001-of-00002.safetensors',
    __proto__x: 'model-00002-of-00002.safetensors',
  },
});

test('shards that are named and not there are missing', () => {
  expect(missingShards(index, ['model-00002-of-00002.safetensors', 'config.json'])).toEqual({
    understood: true,
    shards: ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'],
    missing: ['model-00001-of-00002.safetensors'],
  });
});

test('nothing is missing when all are there', () => {
  const present = new Set(['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']);
  expect(missingShards(index, present)).toMatchObject({ understood: true, missing: [] });
});

test('a tensor named __proto__ does not hide its shard', () => {
  const text = '{"weight_map":{"__proto__":"one.safetensors"}}';
  expect(missingShards(text, [])).toMatchObject({ missing: ['one.safetensors'] });
});

test.each([
  ['no JSON', 'weights', /not JSON/],
  ['JSON of another kind', '[]', /no map/],
  ['no map', '{"metadata":{}}', /no map/],
  ['a map that is a list', '{"weight_map":["a"]}', /no map/],
  ['a map that is null', '{"weight_map":null}', /no map/],
  ['a shard that is a number', '{"weight_map":{"a":1}}', /no map/],
  ['a shard without a name', '{"weight_map":{"a":""}}', /no map/],
  ['a name longer than a file name', JSON.stringify({ weight_map: { a: 'x'.repeat(256) } }), /no map/],
  ['a text beyond the limit', ' '.repeat(100_000_001), /longer/],
  ['deep nesting', '['.repeat(200_000), /not JSON/],
])('%s is not understood', (_, text, reason) => {
  expect(missingShards(text, [])).toEqual({
    understood: false,
    reason: expect.stringMatching(reason) as string,
  });
});
