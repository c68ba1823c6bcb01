import { cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/index.ts';
import { generation } from '../../library/deltas/small-family.ts';
import { listing } from '../../library/deltas/listing.ts';
import { writeFamily } from '../../library/steps/reclaimed.ts';
import { testLibrary, type TestLibrary } from './opened.ts';

// What other models are decoded with: moved, changed, deleted, away.

const width = 160;
let library: TestLibrary;
const at = (path: string): string => library.at(path);

beforeEach(async () => {
  library = await testLibrary();
  await rm(at('models'), { recursive: true });
  await writeFamily(library.folder, ['child', 'other'], width);
  await cp(at('models/other'), at('elsewhere/other'), { recursive: true, preserveTimestamps: true });
  await rm(at('models/other'), { recursive: true });
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['child'] });
});
afterEach(() => library[Symbol.asyncDispose]());

function alarms(): string[] {
  return library.events.flatMap((event) => (event.event === 'alarm' ? [event.sentence] : []));
}

async function reclaimAndPurge(): Promise<void> {
  await library.call('reclaim', { models: ['child'], confirmed: true });
  await library.call('purge', { confirmed: true, now: true });
}

test('a base that was renamed is found again, and nobody is alarmed', async () => {
  await reclaimAndPurge();
  await rename(at('models/base'), at('models/renamed'));
  await library.call('scan', {});
  expect(alarms()).toEqual([]);
  const { models } = await library.call('reconstruct', { models: ['child'] });
  expect(models).toMatchObject([{ outcome: 'done' }]);
});

test('a base that was copied elsewhere and deleted is found by its content', async () => {
  await cp(at('models/base'), at('models/copies/base'), { recursive: true });
  await rm(at('models/base'), { recursive: true });
  await library.call('scan', {});
  expect(alarms()).toEqual([]);
  expect(await library.call('show', { model: 'base' })).toMatchObject({ path: at('models/copies/base') });
});

test('a base that is changed in place raises an alarm with its children, and what is stored stays whole', async () => {
  const before = await listing(at('models/child'));
  await reclaimAndPurge();
  await writeFile(at('models/base/model.safetensors.new'), generation(7, width));
  await rename(at('models/base/model.safetensors.new'), at('models/base/model.safetensors'));
  await library.call('scan', {});
  expect(alarms()).toEqual([expect.stringMatching(/^base has changed, and a stored model needs it.*child/u)]);
  await library.call('reconstruct', { models: ['child'] });
  expect(await listing(at('models/child'))).toEqual(before);
});

test('a base that vanished raises an alarm, and the vault has held it', async () => {
  const before = await listing(at('models/child'));
  await reclaimAndPurge();
  await rm(at('models/base'), { recursive: true });
  await library.call('scan', {});
  expect(alarms()).toEqual([expect.stringMatching(/^base is gone.*the vault holds it.*child/u)]);
  expect((await library.states())['base']).toBe('missing');
  await library.call('reconstruct', { models: ['child'] });
  expect(await listing(at('models/child'))).toEqual(before);
});

test('a base is deleted only after its children were rebased', async () => {
  await reclaimAndPurge();
  await expect(library.call('delete', { model: 'base', confirmed: true })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('child') as string,
  });
  await cp(at('elsewhere/other'), at('models/other'), { recursive: true, preserveTimestamps: true });
  await library.call('scan', {});
  expect(await library.call('rebase', { model: 'child', parents: ['other'] })).toMatchObject({
    name: 'child',
  });
  expect((await library.call('show', { model: 'child' })).storageParents).toEqual(['other']);
  const { entries } = await library.call('delete', { model: 'base', confirmed: true });
  expect(entries).toMatchObject([{ name: 'base', why: 'deleted' }]);
  // The vault holds what is needed now, and no more.
  expect((await readdir(at('home/vault/bases'))).filter((name) => name.startsWith('base'))).toEqual([]);
  expect(await library.call('check', { all: true })).toMatchObject({ ok: true });
  await library.call('undo', {});
  expect((await library.states())['base']).toBe('original');
});

test('stored one against the other, the second is refused or stored otherwise, never in a circle', async () => {
  const { models } = await library.call('compress', { models: ['base'] });
  expect(models[0]?.parent).not.toBe('child');
  await expect(library.call('rebase', { model: 'child', parents: ['child'] })).rejects.toMatchObject({
    code: 'refused',
  });
});

test('a vault that is away leaves the library readable, and no empty one in its place', async () => {
  await mkdir(at('drive'));
  await library.call('moveVault', { path: at('drive/vault') });
  await rename(at('drive'), at('unplugged'));
  await library.reopen();
  expect(await library.states()).toMatchObject({ base: 'original' });
  const away = { code: 'not-found', message: expect.stringContaining('Connect the disk') as string };
  await expect(library.call('verify', { all: true })).rejects.toMatchObject(away);
  await expect(library.call('compress', { models: ['base'] })).rejects.toMatchObject(away);
  await expect(library.call('reconstruct', { all: true })).rejects.toMatchObject(away);
  expect((await library.call('list', {})).warnings).toMatchObject([{ sentence: away.message }]);
  await expect(readdir(at('drive'))).rejects.toMatchObject({ code: 'ENOENT' });
  await rename(at('unplugged'), at('drive'));
  await library.reopen();
  expect(await library.call('verify', { all: true })).toMatchObject({
    models: [{ name: 'child', outcome: 'done' }],
  });
});

test('a flipped bit in a delta is found, told with what it affects, and repaired from the original', async () => {
  const [name = ''] = (await readdir(at('home/vault'))).filter((each) => each.endsWith('.dshelf'));
  const bytes = await readFile(at(`home/vault/${name}`));
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(at(`home/vault/${name}`), bytes);
  const found = await library.call('check', { all: true });
  expect(found).toMatchObject({ ok: false, findings: [{ name: 'child', ok: false }] });
  expect(found.findings[0]?.repairableFrom).toContain(at('models/child'));
  expect((await library.states())['child']).toBe('damaged');
  await library.call('repair', { model: 'child' });
  expect(await library.call('check', { all: true })).toMatchObject({ ok: true });
  expect((await library.states())['child']).toBe('compressed');
});

test('a delta whose sidecar is gone, as after a kill between the two, gets it again', async () => {
  const [name = ''] = (await readdir(at('home/vault'))).filter((each) => each.endsWith('.dshelf'));
  await rm(at(`home/vault/${name.replace('.dshelf', '.json')}`));
  await library.reopen();
  expect(await library.call('verify', { all: true })).toMatchObject({
    models: [{ name: 'child', outcome: 'done' }],
  });
  expect((await library.states())['child']).toBe('compressed');
});

test('a base that a hard link holds: reclaim and purge warn, and a check tells who needs what was written to', async () => {
  await library.reopen({
    fs: {
      ...nodeFileSystem,
      clone: () => Promise.reject(Object.assign(new Error('ENOTSUP'), { code: 'ENOTSUP' })),
    },
  });
  const warned = [{ file: at('models/base'), sentence: expect.stringContaining('hard link') as string }];
  const planned = await library.call('reclaim', { models: ['child'], confirmed: false });
  expect(planned.warnings).toEqual(warned);
  expect((await library.call('reclaim', { models: ['child'], confirmed: true })).warnings).toEqual(warned);
  expect((await library.call('purge', { now: true, confirmed: false })).warnings).toEqual(warned);
  expect(await library.call('check', { all: true })).toMatchObject({ ok: true });
  const path = at('models/base/model.safetensors');
  const file = await open(path, 'r+');
  await file.write(Buffer.from([0xff, 0xee, 0xdd]), 0, 3, 1000);
  await file.close();
  const { ok, findings } = await library.call('check', { all: true });
  expect(ok).toBe(false);
  expect(findings).toContainEqual(expect.objectContaining({ name: 'base', ok: false, affected: ['child'] }));
  expect(library.events).toContainEqual({
    event: 'alarm',
    sentence: expect.stringContaining('Stored models that need it as it was: child.') as string,
    models: ['child'],
  });
});
