import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listing } from '../deltas/listing.ts';
import { generation, writeFileModel, writeFolderModel } from '../deltas/small-family.ts';
import { openLibrary, refusing, request, storeVerified, type Library } from './library.ts';

let library: Library;
const at = (path: string) => library.at(path);

beforeEach(async () => {
  library = await openLibrary();
  for (const [n, name] of ['base', 'child', 'grandchild'].entries()) await writeFolderModel(at(name), n);
});
afterEach(() => library[Symbol.asyncDispose]());

test('a model is stored with all that is needed to find it again, and the original is only read', async () => {
  const before = await listing(at('child'));
  const { stored } = await library.steps.store(request(at('child'), at('base')), {});
  expect(await listing(at('child'))).toEqual(before);
  expect(stored).toMatchObject({ name: 'child', path: at('child'), kind: 'folder', verifiedAt: null });
  expect(stored.files.map(({ path, weights }) => [path, weights])).toEqual([
    ['config.json', false],
    ['model.safetensors', true],
    ['tokenizer/vocab.txt', false],
  ]);
  expect(stored.parents).toMatchObject([{ name: 'base', path: at('base'), stored: null }]);
  const steps = await library.reopen();
  expect(steps.state.stored.get(stored.id)).toEqual(stored);
  expect(steps.recovered).toEqual([]);
  expect(await readdir(at('vault'))).toEqual(
    expect.arrayContaining(['child.dshelf', 'child.json', 'deltashelf-vault.json']),
  );
});

test('verifying says when, and is remembered', async () => {
  const stored = await storeVerified(library.steps, at('child'), at('base'));
  expect(Date.parse(stored.verifiedAt ?? '')).toBeGreaterThan(Date.parse(stored.createdAt) - 1);
  const steps = await library.reopen();
  expect(steps.state.stored.get(stored.id)?.verifiedAt).toBe(stored.verifiedAt);
});

test('a base that moved is found by the hints, one that is gone is named', async () => {
  const stored = await storeVerified(library.steps, at('child'), at('base'));
  await mkdir(at('elsewhere'));
  await rename(at('base'), at('elsewhere/renamed'));
  await expect(library.steps.verify(stored.id, {})).rejects.toMatchObject({
    code: 'parent-missing',
    message: expect.stringContaining('"base"') as string,
  });
  const steps = await library.reopen({ hints: () => Promise.resolve([at('elsewhere/renamed')]) });
  await steps.verify(stored.id, {});
});

test('a base that changed is refused, whatever its size and time say', async () => {
  const stored = await storeVerified(library.steps, at('child'), at('base'));
  const weights = generation(0);
  weights[weights.length - 1] = (weights.at(-1) ?? 0) ^ 1;
  await writeFile(at('base/model.safetensors'), weights);
  await expect(library.steps.verify(stored.id, {})).rejects.toMatchObject({ code: 'parent-mismatch' });
});

test('a delta is proven without the files of the model itself', async () => {
  // A copy of the base, stored against it: with the copy as its own base nothing would be proven.
  await cp(at('base'), at('copy'), { recursive: true });
  const stored = await storeVerified(library.steps, at('copy'), at('base'));
  await rm(at('base'), { recursive: true });
  const steps = await library.reopen({ hints: () => Promise.resolve([at('copy')]) });
  await expect(steps.verify(stored.id, {})).rejects.toMatchObject({ code: 'parent-missing' });
});

test('what is stored already is given back, what changed is stored beside it', async () => {
  const { stored } = await library.steps.store(request(at('child'), at('base')), {});
  expect((await library.steps.store(request(at('child'), at('base')), {})).stored).toEqual(stored);
  await writeFile(at('child/model.safetensors'), generation(2));
  const second = (await library.steps.store(request(at('child'), at('base')), {})).stored;
  expect(second.id).not.toBe(stored.id);
  expect(second.delta.file).toBe('child (2).dshelf');
  expect(library.steps.state.stored.size).toBe(2);
});

test('a model is stored over a stored one whose original is gone', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  const { stored } = await library.steps.store(
    { ...request(at('grandchild')), parents: [{ kind: 'stored', id: child.id }] },
    {},
  );
  expect(stored.parents).toMatchObject([{ name: 'child', path: at('child'), stored: child.id }]);
  await library.steps.verify(stored.id, {});
});

test('A against B and then B against A is refused, whatever the way', async () => {
  await storeVerified(library.steps, at('child'), at('base'));
  await storeVerified(library.steps, at('grandchild'), at('child'));
  for (const parent of ['child', 'grandchild']) {
    await expect(library.steps.store(request(at('base'), at(parent)), {})).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('neither would come back') as string,
    });
  }
  expect((await readdir(at('vault'))).filter((name) => name.endsWith('.dshelf'))).toHaveLength(2);
});

test('a circle is seen though the base moved meanwhile', async () => {
  await storeVerified(library.steps, at('child'), at('base'));
  await rename(at('base'), at('renamed'));
  await expect(library.steps.store(request(at('renamed'), at('child')), {})).rejects.toMatchObject({
    code: 'refused',
  });
  const steps = await library.reopen();
  expect(steps.state.stored.size).toBe(1);
  expect((await readdir(at('vault'))).filter((name) => name.endsWith('.dshelf'))).toEqual(['child.dshelf']);
});

// Each of them has a file of the base, and so gives it to every other.
test('a circle among many siblings that share a file is seen at once', async () => {
  await writeFile(at('base/a-shared-file.json'), '{ "shared": true }');
  for (let n = 3; n < 15; n++) {
    await writeFolderModel(at(`sibling ${n}`), n);
    await writeFile(at(`sibling ${n}/a-shared-file.json`), '{ "shared": true }');
    await library.steps.store(request(at(`sibling ${n}`), at('base')), {});
  }
  await rename(at('base'), at('renamed'));
  await expect(library.steps.store(request(at('renamed'), at('sibling 3')), {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('neither would come back') as string,
  });
});

test('two copies of one base are both stored against it', async () => {
  for (const name of ['copy', 'other copy']) {
    await cp(at('base'), at(name), { recursive: true });
    await storeVerified(library.steps, at(name), at('base'));
  }
  await expect(library.steps.store(request(at('base'), at('copy')), {})).rejects.toMatchObject({
    code: 'refused',
  });
});

test.each([
  ['two\nlines', 'two_lines.dshelf'],
  ['🦙 llama', '🦙 llama.dshelf'],
  ['x'.repeat(255), `${'x'.repeat(200)}.dshelf`],
  ['deltashelf-vault', 'deltashelf-vault (2).dshelf'],
  ['bases', 'bases (2).dshelf'],
])('a model named %j is stored under a name that every system takes', async (name, file) => {
  await writeFileModel(at(name), 1);
  const stored = await storeVerified(library.steps, at(name), at('base'));
  expect(stored).toMatchObject({ name, path: at(name), kind: 'file', delta: { file } });
});

test('names that differ in case only become two', async () => {
  await mkdir(at('a'));
  await mkdir(at('b'));
  await writeFolderModel(at('a/Mistral'), 1);
  await writeFolderModel(at('b/mistral'), 2);
  await storeVerified(library.steps, at('a/Mistral'), at('base'));
  await storeVerified(library.steps, at('b/mistral'), at('base'));
  const names = [...library.steps.state.stored.values()].map(({ delta }) => delta.file);
  expect(names).toEqual(['Mistral.dshelf', 'mistral (2).dshelf']);
});

test('a read-only vault says so, and nothing is left', async () => {
  const before = await readdir(at('vault'), { recursive: true });
  await library.reopen({ fs: refusing((path) => path.startsWith(at('vault')), 'EROFS') });
  await expect(library.steps.store(request(at('child'), at('base')), {})).rejects.toMatchObject({
    code: 'not-writable',
  });
  expect(await readdir(at('vault'), { recursive: true })).toEqual(before);
});

test('a store that is cancelled leaves nothing', async () => {
  const controller = new AbortController();
  const onProgress = () => {
    controller.abort(new Error('enough'));
  };
  const control = { signal: controller.signal, onProgress };
  await expect(library.steps.store(request(at('child'), at('base')), control)).rejects.toThrow('enough');
  const steps = await library.reopen();
  expect(steps.recovered).toEqual([]);
  expect((await readdir(at('vault'))).filter((name) => name.startsWith('child'))).toEqual([]);
});

test('the sidecar is text that a person can read', async () => {
  await storeVerified(library.steps, at('child'), at('base'));
  const text = await readFile(join(at('vault'), 'child.json'), 'utf8');
  expect(text).toContain(`\n  "path": ${JSON.stringify(at('child'))},\n`);
});

test('folders that are models of their own are left out, whatever is done with the model', async () => {
  await writeFolderModel(at('child/checkpoint-5'), 2);
  const { stored } = await library.steps.store(
    { ...request(at('child'), at('base')), leaveOut: ['checkpoint-5'] },
    {},
  );
  const files = ['config.json', 'model.safetensors', 'tokenizer/vocab.txt'];
  expect(stored.files.map(({ path }) => path)).toEqual(files);
  await library.steps.verify(stored.id, {});
  const again = await library.steps.store(request(at('child'), at('base')), {});
  expect(again.stored.id).toBe(stored.id);
  const rebased = await library.steps.rebase(
    stored.id,
    [{ kind: 'path', path: at('grandchild'), name: 'grandchild' }],
    {},
  );
  expect(rebased.files.map(({ path }) => path)).toEqual(files);
  await library.steps.reconstruct({ id: stored.id, to: at('out') }, {});
  const names = await readdir(at('out/child'));
  expect(names).toContain('model.safetensors');
  expect(names).not.toContain('checkpoint-5');
});
