import { expect, test } from 'vitest';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { forEachFault } from '../../faults/for-each-fault.ts';
import { config, gguf, plantTree, scanAll, st, type Tree } from './trees.ts';

const rev = 'abcdef0123';
const tree: Tree = {
  'm/config.json': config,
  'm/README.md': 'card',
  'm/model.safetensors': st('a'),
  'm/checkpoint-1/config.json': config,
  'm/checkpoint-1/model.safetensors': st('a'),
  'many/a.gguf': gguf(),
  'hub/models--o--n/blobs/x': st('a'),
  [`hub/models--o--n/snapshots/${rev}/x.safetensors`]: { link: '../../blobs/x' },
  [`o/blobs/sha256-${'a'.repeat(64)}`]: gguf(),
  'o/manifests/registry.ollama.ai/library/l/latest': JSON.stringify({
    layers: [{ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${'a'.repeat(64)}` }],
  }),
};

test('whatever call fails, a scan ends, tells of it, leaves no file open, and throws only for the root', async () => {
  const rootCalls = ['realpath ', 'lstat ', 'readdir '];
  let trials = 0;
  await forEachFault({
    prepare: (folder) => plantTree(folder, tree),
    action: async (fs, folder) => {
      const { models, skipped } = await scanAll(folder, { fs });
      const told = skipped.length + models.reduce((sum, { warnings }) => sum + warnings.length, 0);
      if (told === 0 && 'struck' in fs && fs.struck) throw new Error(`silent: ${models.length} models`);
    },
    check: async ({ fault, call, error, openHandles }) => {
      trials += 1;
      if (fault !== 'crash') expect(openHandles).toBe(0);
      if (error === undefined) return;
      const ofRoot = rootCalls.includes(call);
      // A failing close of a file that was only read loses nothing, and is no news.
      if (error instanceof Error && error.message.startsWith('silent: 5')) expect(call).toMatch(/^close /u);
      else {
        expect(error).toBeInstanceOf(DeltashelfError);
        expect(ofRoot).toBe(true);
      }
    },
  });
  expect(trials).toBeGreaterThan(100);
});
