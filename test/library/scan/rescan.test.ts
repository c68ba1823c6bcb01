import { appendFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { signModel } from '../../../src/main/library/scan/index.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { config, gguf, plantTree, scanAll, st, torch } from './trees.ts';

const tree = {
  'm/config.json': config,
  'm/model.safetensors': st('a'),
  'many/a.safetensors': st('a'),
  'many/b.gguf': gguf(),
  'many/c.pt': torch('c'),
};

test('a second scan opens nothing that is unchanged', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, tree);
  const first = await scanAll(scratch.path);
  const fs = new FaultyFileSystem(nodeFileSystem);
  const second = await scanAll(scratch.path, { fs, known: (path) => first.signatures.get(path) });
  expect(second.models).toEqual([]);
  expect(second.unchanged.sort()).toEqual([...first.signatures.keys()].sort());
  expect(second.signatures).toEqual(first.signatures);
  expect(fs.calls.filter((call) => call.startsWith('open') || call.startsWith('read '))).toEqual([]);
});

test('the signature of a found model is the one that the scan gives', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, tree);
  const { models, signatures } = await scanAll(scratch.path);
  expect(models).toHaveLength(4);
  for (const model of models) expect(signModel(model)).toBe(signatures.get(model.path));
});

const longAgo = 1_700_000_000;
test.for<[string, string, (folder: string) => Promise<void>]>([
  [
    'a file that was written to',
    'm',
    async (folder) => {
      await appendFile(join(folder, 'm/config.json'), ' ');
      await utimes(join(folder, 'm/config.json'), longAgo, longAgo);
    },
  ],
  [
    'a file with another time',
    'many/b.gguf',
    (folder) => utimes(join(folder, 'many/b.gguf'), longAgo + 1, longAgo + 1),
  ],
  ['a file that was added', 'm', (folder) => plantTree(folder, { 'm/notes.txt': 'mine' })],
  [
    'a file that was replaced by one of the same size and time',
    'many/a.safetensors',
    async (folder) => {
      // The old file stays, so that its number is not given out again.
      await plantTree(folder, { 'kept.txt': { sameAs: 'many/a.safetensors' } });
      await rm(join(folder, 'many/a.safetensors'));
      await plantTree(folder, { 'many/a.safetensors': st('a') });
    },
  ],
])('%s is read again, and nothing else', async ([, changed, change]) => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, tree);
  const first = await scanAll(scratch.path);
  await change(scratch.path);
  const second = await scanAll(scratch.path, { known: (path) => first.signatures.get(path) });
  expect(second.models.map(({ path }) => path)).toEqual([join(scratch.path, changed)]);
  expect(second.unchanged).toHaveLength(3);
});
