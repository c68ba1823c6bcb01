import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFamily } from '../../library/steps/reclaimed.ts';
import { writeFolderModel } from '../../library/deltas/small-family.ts';
import { openHome, testLibrary, type TestLibrary } from './opened.ts';

const width = 160;
let library: TestLibrary;
const at = (path: string): string => library.at(path);

beforeEach(async () => {
  library = await testLibrary();
  await rm(at('models'), { recursive: true });
  await writeFamily(library.folder, ['child', 'other'], width);
});
afterEach(() => library[Symbol.asyncDispose]());

test('a second face of the same home talks to the first, and leaving it ends nothing', async () => {
  await library.call('addFolder', { path: at('models') });
  const second = await openHome(at('home'));
  expect(await second.call('list', {})).toEqual(await library.client.call('list', {}));
  const seen: string[] = [];
  const ended = second.onEvent((event) => seen.push(event.event));
  const compressed = await second.call('compress', { models: ['child'] });
  expect(compressed.models).toMatchObject([{ name: 'child', verified: true }]);
  expect(seen).toContain('job');
  ended();
  await second.close();
  expect((await library.states())['child']).toBe('compressed');
});

test('the catalogue is made again from folders and vault, with a person’s word', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['child'] });
  await library.call('reclaim', { models: ['child'], confirmed: true });
  await library.call('setEdge', {
    child: 'other',
    parents: [{ model: 'child', weight: 0.25 }, { model: 'base' }],
  });
  const before = await library.states();
  // Models get new numbers.
  const parentsOfOther = async (): Promise<object[]> =>
    (await library.call('show', { model: 'other' })).parents.map(({ id, ...parent }) => {
      expect(id).toBeGreaterThan(0);
      return parent;
    });
  const parents = await parentsOfOther();
  expect(parents).toMatchObject([{ evidence: 'confirmed' }, { evidence: 'confirmed' }]);
  await library.call('rebuildCatalogue', {});
  expect(await library.states()).toEqual(before);
  expect(await parentsOfOther()).toEqual(parents);
});

/** As if the catalogue had been deleted: the vault and the folders are there. */
async function withoutCatalogue(): Promise<void> {
  await library.whileClosed(async () => {
    for (const name of await readdir(at('home'))) {
      if (name.startsWith('catalogue')) await rm(at(`home/${name}`), { recursive: true });
    }
  });
}

test('without a catalogue, folders, settings, decisions and lineage come back from the vault', async () => {
  await writeFile(at('models/child/README.md'), '---\nbase_model: base\n---\n');
  await library.call('addFolder', { path: at('models') });
  await library.call('settings', { set: { planDepth: 2, autoCompress: true } });
  await library.call('compress', { models: ['child'] });
  await library.call('reclaim', { models: ['child'], confirmed: true });
  await library.call('purge', { now: true, confirmed: true });
  await rm(at('models/child'), { recursive: true });
  await library.call('setEdge', { child: 'other', parents: [{ model: 'base' }] });
  await withoutCatalogue();
  expect((await library.call('settings', {})).settings).toMatchObject({ planDepth: 2, autoCompress: true });
  expect((await library.call('overview', {})).folders.map(({ path }) => path)).toEqual([at('models')]);
  await library.call('scan', {});
  await library.call('tree', {});
  const parentsOf = async (model: string): Promise<unknown> =>
    (await library.call('show', { model })).parents;
  expect(await parentsOf('other')).toMatchObject([{ name: 'base', evidence: 'confirmed' }]);
  // Its bytes are gone; what it came from stands in its sidecar.
  expect(await parentsOf('child')).toMatchObject([{ name: 'base', evidence: 'declared' }]);
  await library.call('rebuildCatalogue', {});
  expect(await parentsOf('child')).toMatchObject([{ name: 'base', evidence: 'declared' }]);
});

test('a folder that was removed stays so, and a decision about a model that is away stays in the vault', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('setEdge', { child: 'other', parents: [{ model: 'child' }] });
  await library.call('removeFolder', { path: at('models') });
  await library.call('settings', { set: { planDepth: 4 } });
  await withoutCatalogue();
  expect((await library.call('overview', {})).folders).toEqual([]);
  await library.call('addFolder', { path: at('models') });
  await library.call('tree', {});
  expect((await library.call('show', { model: 'other' })).parents).toMatchObject([
    { name: 'child', evidence: 'confirmed' },
  ]);
});

test('a person sets, confirms and clears edges; no model is its own parent', async () => {
  await library.call('addFolder', { path: at('models') });
  const edgeOf = async (): Promise<unknown> => (await library.call('show', { model: 'child' })).parents;
  await library.call('setEdge', { child: 'child', parents: [{ model: 'other' }] });
  expect(await edgeOf()).toMatchObject([{ name: 'other', evidence: 'confirmed' }]);
  await library.call('clearEdge', { child: 'child' });
  expect(await edgeOf()).toEqual([]);
  await expect(
    library.call('setEdge', { child: 'child', parents: [{ model: 'child' }] }),
  ).rejects.toMatchObject({ code: 'usage' });
});

test.each([
  ['a name that is none', { nonsense: 1 }],
  ['a value out of bounds', { planDepth: 0 }],
  ['a vault, which moves with its files', { vaultPath: '/elsewhere' }],
  ['one good and one bad', { planDepth: 2, minimumAgeDays: -1 }],
])('%s is no setting, and changes none', async (_, set) => {
  const before = await library.call('settings', {});
  await expect(library.call('settings', { set })).rejects.toMatchObject({ code: 'usage' });
  expect(await library.call('settings', {})).toEqual(before);
});

test('the minimum age counts at once', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['child'] });
  await library.call('reclaim', { models: ['child'], confirmed: true });
  expect((await library.call('quarantine', {})).entries).toMatchObject([{ ripe: false }]);
  await library.call('settings', { set: { minimumAgeDays: 0 } });
  expect((await library.call('quarantine', {})).entries).toMatchObject([{ ripe: true }]);
  expect(await library.call('purge', { confirmed: true })).toMatchObject({ models: [{ outcome: 'done' }] });
});

test('a job that a closing service left undone goes on when work is wanted again', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('tree', {});
  const begun = new Promise<void>((resolve) => {
    library.client.onEvent((event) => {
      if (event.event === 'job' && event.job.state === 'running') resolve();
    });
  });
  const work = library.client.call('compress', { all: true }).catch(() => undefined);
  await begun;
  await library.reopen({ watching: true });
  await work;
  await expect
    .poll(async () => (await library.call('jobs', {})).jobs.map(({ state }) => state), { timeout: 20_000 })
    .not.toContain('waiting');
  await expect.poll(async () => (await library.call('list', { state: 'compressed' })).models.length).toBe(2);
});

test.each([
  ['a folder that is not there', () => at('nowhere')],
  ['a file', () => at('models/base/config.json')],
  ['the vault', () => at('home/vault')],
  ['a place in the vault', () => at('home/vault/bases')],
  ['the root of the disk', () => '/'],
])('%s is not watched', async (_, path) => {
  await expect(library.call('addFolder', { path: path() })).rejects.toMatchObject({
    message: expect.stringMatching(/Nothing was done|choose/u) as string,
  });
  expect((await library.call('scan', {})).folders).toEqual([]);
});

test('a folder inside a watched one, or around it, is told with both names', async () => {
  await library.call('addFolder', { path: at('models') });
  for (const path of [at('models/base'), at('.')]) {
    await expect(library.call('addFolder', { path })).rejects.toMatchObject({ code: 'usage' });
  }
  expect(await library.call('removeFolder', { path: at('models') })).toMatchObject({ forgotten: 3 });
  expect((await readdir(at('models'))).sort()).toEqual(['base', 'child', 'other']);
});

test('a folder around the vault is watched, and nothing of the vault is taken for a model', async () => {
  await library.call('moveVault', { path: at('models/vault') });
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['child'] });
  await library.call('scan', {});
  expect(Object.keys(await library.states()).sort()).toEqual(['base', 'child', 'other']);
});

test('odd names and link loops are shown as they are, and stop nothing', async () => {
  const names = ['new\nline', '😀 emoji', 'x'.repeat(255), 'esc\u001b[31m'];
  for (const name of names) await writeFolderModel(at(`models/${name}`), 3, width);
  await mkdir(at('models/loop'));
  await symlink('..', at('models/loop/again'));
  await writeFile(at('models/download.safetensors.part'), 'half');
  const { skipped } = await library.call('addFolder', { path: at('models') });
  expect(skipped.length).toBeGreaterThan(0);
  expect(Object.keys(await library.states())).toEqual(expect.arrayContaining(names));
  const { models } = await library.call('compress', { models: names.map((name) => at(`models/${name}`)) });
  expect(models.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'done']);
});
