import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UniqueBytes } from '../../../src/main/library/scan/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { config, gguf, indexOf, plantTree, scanAll, st, torch, type Planted, type Tree } from './trees.ts';

const names: Readonly<Record<string, Planted>> = {
  'config.json': config,
  'adapter_config.json': '{}',
  'model_index.json': '{}',
  'README.md': 'card',
  'model.safetensors': st('a'),
  'adapter_model.safetensors': st('a.lora_A.weight', 'a.lora_B.weight'),
  'model.safetensors.index.json': indexOf({ a: 'model.safetensors' }),
  'model-00001-of-00002.safetensors': st('a'),
  'model-00002-of-00002.safetensors': st('b'),
  'optimizer.pt': torch('o'),
  'x.gguf': gguf(),
  'y.bin': 'no model',
  'z.safetensors.part': 'half',
  'deltashelf-vault.json': '{}',
};
const folders = [
  '',
  'a',
  'a/b',
  'a/original',
  'a/checkpoint-5',
  'c',
  'c/unet',
  'models--o--n/snapshots/abc',
  'c/.git',
];

const anyPath = fc.tuple(fc.constantFrom(...folders), fc.constantFrom(...Object.keys(names)));
/** Files of a made-up tree, some of them links to or further names of a file that is there. */
const anyTree: fc.Arbitrary<Tree> = fc
  .array(fc.tuple(anyPath, fc.constantFrom('file', 'file', 'file', 'link', 'hard')), { maxLength: 25 })
  .map((entries) => {
    const tree: Record<string, Planted> = { 'store/blob': st('blob') };
    for (const [[folder, name], kind] of entries) {
      const up = folder === '' ? '' : '../'.repeat(folder.split('/').length);
      const planted = {
        file: names[name] ?? '',
        link: { link: `${up}store/blob` },
        hard: { sameAs: 'store/blob' },
      };
      tree[join(folder, name)] = planted[kind];
    }
    return tree;
  });

test('every file belongs to at most one model, is there, and its bytes are counted once', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, async (tree) => {
      await using scratch = await scratchFolder();
      await plantTree(scratch.path, tree);
      const { models } = await scanAll(scratch.path);
      const files = models.flatMap((model) =>
        model.files.map((file) => ({
          file,
          path: model.layout === 'file' || model.layout === 'lora' ? model.path : join(model.path, file.path),
        })),
      );
      const paths = files.map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      const planted = new Set(Object.keys(tree).map((path) => join(scratch.path, path)));
      for (const path of paths) expect(planted.has(path)).toBe(true);

      const unique = new UniqueBytes();
      const added = files.reduce((sum, { file }) => sum + unique.add(file), 0);
      const byNumber = new Map(files.map(({ file }) => [file.ino, file.size]));
      expect(added).toBe(unique.bytes);
      expect(unique.bytes).toBe([...byNumber.values()].reduce((sum, size) => sum + size, 0));

      for (const { file, path } of files) {
        const status = await lstat(path);
        expect(file.linkedTo !== undefined).toBe(status.isSymbolicLink());
      }
      for (const model of models)
        expect(model.files.map(({ path }) => path)).toEqual(model.files.map(({ path }) => path).sort());
    }),
  );
});

test('a scan of what was scanned finds nothing new, whatever the tree', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, async (tree) => {
      await using scratch = await scratchFolder();
      await plantTree(scratch.path, tree);
      const first = await scanAll(scratch.path);
      const second = await scanAll(scratch.path, { known: (path) => first.signatures.get(path) });
      expect(second.models).toEqual([]);
      expect(second.unchanged.length).toBe(first.models.length);
      expect(second.skipped).toEqual(first.skipped);
    }),
    { numRuns: 30 },
  );
});
