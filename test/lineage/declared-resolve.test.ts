import { describe, expect, test } from 'vitest';
import { resolveDeclared } from '../../src/main/lineage/index.ts';

const library = [
  { name: 'meta/Llama-7B@abc123', path: '/cache/models--meta--Llama-7B/snapshots/abc123' },
  { name: 'sprout-base', path: '/models/sprout-base' },
  { name: 'v1-5-pruned.safetensors', path: '/sd/checkpoints/v1-5-pruned.safetensors' },
  { name: 'qwen-chat', path: '/models/Qwen/qwen-chat' },
  { name: 'twin', path: '/models/a/twin' },
  { name: 'twin', path: '/models/b/twin' },
  { name: 'checkpoint-500', path: '/runs/x/checkpoint-500' },
  { name: 'checkpoint-500', path: '/runs/y/checkpoint-500' },
];

/** Paths of the models that a name means when the model in `folder` writes it. */
function meant(written: string, path = '/models/child'): string[] {
  const nobody = { parents: [] };
  const child = { id: 99, name: 'child', path, declared: { parents: [{ name: written, source: 'x' }] } };
  const models = [...library.map((model, id) => ({ ...model, id, declared: nobody })), child];
  const candidates = resolveDeclared(models).get(99)?.parents[0]?.candidates ?? [];
  return candidates.flatMap((id) => library[id]?.path ?? []);
}

const llama = '/cache/models--meta--Llama-7B/snapshots/abc123';

describe('a written name means', () => {
  test.each([
    ['org and name of a cached model', 'meta/Llama-7B', llama],
    ['another case', 'META/llama-7b', llama],
    ['a revision', 'meta/Llama-7B@abc123', llama],
    ['a cache path of another machine', '/root/.cache/hub/models--meta--Llama-7B/snapshots/fff', llama],
    ['the last part of a path of another machine', '/home/me/sprout-base/', '/models/sprout-base'],
    ['a Windows path', 'C:\\Users\\me\\models\\sprout-base', '/models/sprout-base'],
    ['a folder by a name with an organisation', 'deltashelf/sprout-base', '/models/sprout-base'],
    ['a folder beside the model', '../models/sprout-base', '/models/sprout-base'],
    ['a file without its folder', 'v1-5-pruned.safetensors', '/sd/checkpoints/v1-5-pruned.safetensors'],
    ['a file without its extension', 'v1-5-pruned', '/sd/checkpoints/v1-5-pruned.safetensors'],
    ['org and name as folders', 'qwen/qwen-chat', '/models/Qwen/qwen-chat'],
    [
      'the folder of the run, of two checkpoints of one name',
      '/other/x/checkpoint-500',
      '/runs/x/checkpoint-500',
    ],
  ])('%s', (_, written, path) => {
    expect(meant(written)).toEqual([path]);
  });

  test('the nearer one where a relative path says so', () => {
    expect(meant('./twin', '/models/b/child')).toEqual(['/models/b/twin']);
  });

  test.each([
    ['a name nobody has', 'gpt2'],
    ['a name of another organisation', 'other/Llama-7B'],
    ['slashes alone', '//'],
    ['a name of an object', '__proto__'],
  ])('nothing: %s', (_, written) => {
    expect(meant(written)).toEqual([]);
  });

  test('more than one where it does not tell them apart', () => {
    expect(meant('twin')).toEqual(['/models/a/twin', '/models/b/twin']);
  });

  test('nothing where a model names itself', () => {
    expect(meant('child')).toEqual([]);
  });
});
