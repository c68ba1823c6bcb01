import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listing, namesIn } from '../deltas/listing.ts';
import { openLibrary, type Library } from './library.ts';
import { storeFamily, wish } from './reclaimed.ts';

let library: Library;
const at = (path: string): string => library.at(path);
const base = () => ({ name: 'base', path: at('models/base'), files: ['model.safetensors', 'config.json'] });
const remove = () => library.steps.remove(base(), [at('models')], {});

beforeEach(async () => {
  library = await openLibrary();
});
afterEach(() => library[Symbol.asyncDispose]());

test('a model goes to quarantine and comes back', async () => {
  await storeFamily(library.steps, library.folder, []);
  const before = (await listing(at('models')))['base/model.safetensors'];
  const entry = await remove();
  expect(entry).toMatchObject({ why: 'deleted', stored: null, name: 'base' });
  expect(await namesIn(at('models/base'))).toEqual([
    'base.deltashelf.txt',
    'empty',
    'latest.safetensors',
    'tokenizer',
  ]);
  await library.steps.undo(undefined, {});
  expect((await listing(at('models')))['base/model.safetensors']).toBe(before);
});

test('a purge after that is for good', async () => {
  await storeFamily(library.steps, library.folder, []);
  const entry = await remove();
  expect(await library.steps.purge([entry.id], { now: true }, {})).toMatchObject([
    { purged: true, bytes: entry.bytes },
  ]);
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
});

test('a base is refused while a stored model without an original is decoded with it', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {});
  const before = await listing(at('models'));
  await expect(remove()).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('base is the base of 1 stored model: child.') as string,
  });
  expect(await listing(at('models'))).toEqual(before);
});

test('a base whose stored models all have their originals goes; one that loses it keeps the base from its purge', async () => {
  await storeFamily(library.steps, library.folder);
  const entry = await remove();
  await rm(at('models/child/model.safetensors'));
  expect(await library.steps.purge([entry.id], { now: true }, {})).toMatchObject([
    { purged: false, sentence: expect.stringContaining('child') as string },
  ]);
  await library.steps.undo(undefined, {});
});

test('a name of shared bytes is refused', async () => {
  await storeFamily(library.steps, library.folder, []);
  await link(at('models/base/config.json'), at('second'));
  await expect(remove()).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('names') as string,
  });
});

test.each(['../child/config.json', '/etc/passwd', 'a/../../x', ''])(
  'no name leads out of the model: %j',
  async (name) => {
    await storeFamily(library.steps, library.folder);
    const model = { ...base(), files: [name] };
    await expect(library.steps.remove(model, [at('models')], {})).rejects.toMatchObject({ code: 'usage' });
  },
);

test('what is not named stays', async () => {
  await storeFamily(library.steps, library.folder, []);
  await writeFile(at('models/base/mine.txt'), 'mine');
  await remove();
  expect(await readFile(at('models/base/mine.txt'), 'utf8')).toBe('mine');
});
