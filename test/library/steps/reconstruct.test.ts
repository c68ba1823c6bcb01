import { chmod, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/index.ts';
import { describe as describePath, listing } from '../deltas/listing.ts';
import { generation, writeFileModel, writeFolderModel } from '../deltas/small-family.ts';
import { openLibrary, refusing, storeVerified, type Library } from './library.ts';

let library: Library;
const at = (path: string) => library.at(path);

beforeEach(async () => {
  library = await openLibrary();
  for (const [n, name] of ['base', 'child', 'grandchild'].entries()) await writeFolderModel(at(name), n);
});
afterEach(() => library[Symbol.asyncDispose]());

test('a folder that is gone comes back with bytes, modes, times and links', async () => {
  const before = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  expect(await library.steps.reconstruct({ id }, {})).toEqual({ output: at('child'), warnings: [] });
  expect(await listing(at('child'))).toEqual(before);
  const [step] = await library.steps.activity();
  expect(step).toMatchObject({
    kind: 'reconstruct',
    name: 'child',
    undo: expect.stringContaining('if it is unchanged') as string,
  });
});

test('where side files stayed, only the weights come back, and the folder has its time again', async () => {
  const before = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child/model.safetensors'));
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('child'))).toEqual(before);
});

test('what differs is kept and named, what a person added stays', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child/model.safetensors'));
  await rm(at('child/tokenizer'), { recursive: true });
  await writeFile(at('child/config.json'), 'mine');
  await writeFile(at('child/thesis.txt'), 'mine too');
  const { warnings } = await library.steps.reconstruct({ id }, {});
  expect(warnings.map(({ file }) => file)).toEqual(['config.json']);
  expect(await readFile(at('child/config.json'), 'utf8')).toBe('mine');
  expect(await readFile(at('child/thesis.txt'), 'utf8')).toBe('mine too');
  expect(await readFile(at('child/model.safetensors'))).toEqual(Buffer.from(generation(1)));
  expect((await readdir(at('child'))).sort()).toEqual([
    'config.json',
    'empty',
    'latest.safetensors',
    'model.safetensors',
    'thesis.txt',
    'tokenizer',
  ]);
});

test('a model that is whole is left alone', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await utimes(at('child/config.json'), 1, 1);
  const before = await listing(at('child'));
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('child'))).toEqual(before);
});

test('a link in the place of a folder is not followed out of the model', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child/tokenizer'), { recursive: true });
  await mkdir(at('outside'));
  await symlink(at('outside'), at('child/tokenizer'));
  await expect(library.steps.reconstruct({ id }, {})).rejects.toMatchObject({ code: 'not-writable' });
  expect(await readdir(at('outside'))).toEqual([]);
});

test('one file comes back to its place, or stays where something else has its name', async () => {
  await writeFileModel(at('a.safetensors'), 0);
  await writeFileModel(at('b.safetensors'), 1);
  const before = await describePath(at('b.safetensors'));
  const { id } = await storeVerified(library.steps, at('b.safetensors'), at('a.safetensors'));
  await rm(at('b.safetensors'));
  await library.steps.reconstruct({ id }, {});
  expect(await describePath(at('b.safetensors'))).toBe(before);
  await library.steps.reconstruct({ id }, {});
  await writeFile(at('b.safetensors'), 'another');
  await expect(library.steps.reconstruct({ id }, {})).rejects.toMatchObject({ code: 'target-exists' });
  expect(await readFile(at('b.safetensors'), 'utf8')).toBe('another');
});

test('elsewhere it becomes a folder of its own name; folders on the way are made', async () => {
  const before = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  const { output } = await library.steps.reconstruct({ id, to: at('a/b/c') }, {});
  expect(output).toBe(at('a/b/c/child'));
  expect(await listing(output)).toEqual(before);
  await expect(library.steps.reconstruct({ id, to: at('a/b/c') }, {})).rejects.toMatchObject({
    code: 'target-exists',
  });
});

test('a chain comes back from deltas alone, also when its middle was never on this disk', async () => {
  const before = await listing(at('grandchild'));
  await storeVerified(library.steps, at('child'), at('base'));
  const { id } = await storeVerified(library.steps, at('grandchild'), at('child'));
  await rm(at('child'), { recursive: true });
  await rm(at('grandchild'), { recursive: true });
  await library.reopen();
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('grandchild'))).toEqual(before);
});

test('a note of ours goes, one that a person changed stays', async () => {
  const { id, name } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child/model.safetensors'));
  const note =
    `The model "${name}" is stored in the Deltashelf vault ${at('vault')}. Every byte of it can be had back.\n\n` +
    `Quarantine entry ${crypto.randomUUID()}. This note can be deleted.\n`;
  await writeFile(at('child/child.deltashelf.txt'), note);
  await writeFile(at('child/child.2.deltashelf.txt'), `${note}And I wrote this.\n`);
  await library.steps.reconstruct({ id }, {});
  expect((await readdir(at('child'))).filter((each) => each.endsWith('.txt'))).toEqual([
    'child.2.deltashelf.txt',
  ]);
});

test('a full disk is seen before anything is written', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  const fs = { ...nodeFileSystem, statfs: () => Promise.resolve({ availableBytes: 100 }) };
  await library.reopen({ fs });
  await expect(library.steps.reconstruct({ id }, {})).rejects.toMatchObject({ code: 'disk-full' });
  expect((await readdir(library.folder)).sort()).toEqual(['base', 'grandchild', 'vault']);
});

test('a folder that may not be written is named, and stays as it is', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child/model.safetensors'));
  const before = await listing(at('child'));
  const readOnly = (path: string) => path.startsWith(`${at('child')}/`);
  await library.reopen({ fs: refusing(readOnly, 'EROFS') });
  await expect(library.steps.reconstruct({ id }, {})).rejects.toMatchObject({ code: 'not-writable' });
  expect(await listing(at('child'))).toEqual(before);
});

test('a model whose folder is read-only comes back with that mode', async () => {
  await chmod(at('child'), 0o555);
  const before = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await chmod(at('child'), 0o755);
  await rename(at('child'), at('aside'));
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('child'))).toEqual(before);
});
