// A .wdelta file in a watched folder: its parent is found by its hash, whatever either is called.
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Deltas } from '../../../src/main/service/index.ts';
import { nodeFileSystem } from '../../../src/main/library/index.ts';
import type { ShowResult } from '../../../src/shared/index.ts';
import { runtime } from '../../library/deltas/tools.ts';
import { testLibrary, type TestLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));
const sample = (name: string): string => join(samples, name);

let library: TestLibrary;
beforeEach(async () => {
  library = await testLibrary();
});
afterEach(async () => {
  await library[Symbol.asyncDispose]();
});

/** Puts `sprout-bible` as a .wdelta against `sprout-base` among the models. */
async function putWdelta(name: string): Promise<void> {
  const deltas = new Deltas({ fs: nodeFileSystem, runtime, writer: 'test', threads: 1 });
  try {
    await deltas.exportWdelta({
      child: sample('sprout-bible'),
      bases: [sample('sprout-base')],
      output: library.at(`models/${name}`),
      strategy: 'int4',
    });
  } finally {
    await deltas.close();
  }
}

/** Looks until something holds; what is found out comes by itself. */
async function shownUntil(name: string, holds: (shown: ShowResult) => boolean): Promise<ShowResult> {
  for (;;) {
    const shown = await library.call('show', { model: name });
    if (holds(shown)) return shown;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until everything that can be found out in the background was. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 10; quiet += 1) {
    const before = library.events.length;
    const { identified } = await library.call('overview', {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!identified || library.events.length !== before) quiet = 0;
  }
}

test('a model that has the hash becomes the declared parent', async () => {
  await cp(sample('sprout-base'), library.at('models/renamed'), { recursive: true });
  await putWdelta('found-somewhere.wdelta');
  await library.reopen({ watching: true });
  await library.call('addFolder', { path: library.at('models') });
  const shown = await shownUntil('found-somewhere.wdelta', ({ parents }) => parents.length > 0);
  expect(shown).toMatchObject({ layout: 'wdelta', parents: [{ name: 'renamed' }], contradictions: [] });
  expect(shown.parents[0]?.confidence).toBeGreaterThan(0.9);
  expect(shown.reasons.filter(({ kind }) => kind === 'declared').map(({ sentence }) => sentence)).toEqual([
    'the parent hash in found-somewhere.wdelta names it',
  ]);
  const { models } = await library.call('plan', {});
  expect(models.find(({ name }) => name === 'found-somewhere.wdelta')).toMatchObject({ action: 'keep' });
});

test('where no model has it, none is named; where one comes, it is found', async () => {
  await putWdelta('x.wdelta');
  await cp(sample('sprout-bible'), library.at('models/child'), { recursive: true });
  await library.reopen({ watching: true });
  await library.call('addFolder', { path: library.at('models') });
  await settled();
  expect((await library.call('show', { model: 'x.wdelta' })).parents).toEqual([]);
  await cp(sample('sprout-base'), library.at('models/base'), { recursive: true });
  await library.call('scan', {});
  await shownUntil('x.wdelta', ({ parents }) => parents.some(({ name }) => name === 'base'));
});

test('a parent whose weights changed is no longer one', async () => {
  await cp(sample('sprout-base'), library.at('models/base'), { recursive: true });
  await putWdelta('x.wdelta');
  await library.reopen({ watching: true });
  await library.call('addFolder', { path: library.at('models') });
  await shownUntil('x.wdelta', ({ parents }) => parents.length > 0);
  await rm(library.at('models/base'), { recursive: true });
  await cp(sample('sprout-bible'), library.at('models/base'), { recursive: true });
  await library.call('scan', {});
  await shownUntil('x.wdelta', ({ parents }) => parents.length === 0);
});

test('a damaged .wdelta stays in the list and stops nothing', async () => {
  await cp(sample('sprout-base'), library.at('models/base'), { recursive: true });
  await writeFile(
    library.at('models/x.wdelta'),
    Buffer.concat([Buffer.from('wdelta\0\x01\0\0\0\x02\0\0\0[]', 'latin1'), Buffer.alloc(32)]),
  );
  await library.reopen({ watching: true });
  await library.call('addFolder', { path: library.at('models') });
  await settled();
  expect(await library.call('show', { model: 'x.wdelta' })).toMatchObject({ layout: 'wdelta', parents: [] });
});
