import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { listing } from '../deltas/listing.ts';
import { writeFolderModel } from '../deltas/small-family.ts';
import { openLibrary, storeVerified, type Library } from './library.ts';

let library: Library;
const at = (path: string) => library.at(path);

/** A volume of its own for everything below `other`, as far as names and blocks go. */
const twoVolumes: FileSystem = {
  ...nodeFileSystem,
  link: () => Promise.reject(Object.assign(new Error('EXDEV'), { code: 'EXDEV' })),
  clone: () => Promise.reject(Object.assign(new Error('EXDEV'), { code: 'EXDEV' })),
};

beforeEach(async () => {
  library = await openLibrary();
  for (const [n, name] of ['base', 'child'].entries()) await writeFolderModel(at(name), n);
});
afterEach(() => library[Symbol.asyncDispose]());

test('a vault moves with all that is in it, and is found from where it was', async () => {
  const whole = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  await library.steps.rebase(id, [{ kind: 'path', path: at('base'), name: 'base' }], {});
  await rm(at('base'), { recursive: true });
  const before = [...library.steps.state.stored.values()];
  await library.steps.move(at('moved'), {});
  expect(library.steps.vaultPath).toBe(at('moved'));
  expect([...library.steps.state.stored.values()]).toEqual(before);
  expect(await readdir(at('vault'))).toEqual(['deltashelf-vault.json']);
  const steps = await library.reopen();
  expect(steps.vaultPath).toBe(at('moved'));
  expect(steps.recovered).toEqual([]);
  expect((await steps.activity())[0]).toMatchObject({ kind: 'move-vault' });
  await steps.reconstruct({ id }, {});
  expect(await listing(at('child'))).toEqual(whole);
});

test('a vault without links between the two places is copied', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  // Publishing needs links; the vault was filled before.
  await library.steps.close();
  const copying: FileSystem = {
    ...twoVolumes,
    link: (from, to) =>
      from.endsWith('.dshelf') ? twoVolumes.link(from, to) : nodeFileSystem.link(from, to),
  };
  await library.reopen({ fs: copying });
  await library.steps.move(at('moved'), {});
  await library.steps.verify(id, {});
});

test('a vault whose new place is missing is not made anew there', async () => {
  await library.steps.move(at('moved'), {});
  await library.steps.close();
  await rename(at('moved'), at('elsewhere'));
  await expect(library.reopen()).rejects.toMatchObject({ code: 'not-found' });
  expect((await readdir(library.folder)).sort()).toEqual(['base', 'child', 'elsewhere', 'vault']);
});

test('a place that holds something, or lies inside, is refused', async () => {
  await mkdir(at('taken'));
  await writeFile(at('taken/thesis.txt'), 'mine');
  await expect(library.steps.move(at('taken'), {})).rejects.toMatchObject({ code: 'target-exists' });
  await expect(library.steps.move(at('vault/inner'), {})).rejects.toMatchObject({ code: 'usage' });
  await expect(library.steps.move(library.folder, {})).rejects.toMatchObject({ code: 'usage' });
  await storeVerified(library.steps, at('child'), at('base'));
});

test('a move that is cancelled leaves the vault where it was, and no copy', async () => {
  await storeVerified(library.steps, at('child'), at('base'));
  const controller = new AbortController();
  const onProgress = () => {
    controller.abort(new Error('enough'));
  };
  await expect(library.steps.move(at('moved'), { signal: controller.signal, onProgress })).rejects.toThrow(
    'enough',
  );
  expect((await readdir(library.folder)).sort()).toEqual(['base', 'child', 'vault']);
  expect(library.steps.state.stored.size).toBe(1);
});
