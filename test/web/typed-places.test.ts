// Paths that a person types: no way out of the folders that the host may name, whatever is typed or linked.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { TypedPlaces } from '../../src/main/web/typed-places.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { startHost } from './started-host.ts';

/** Two roots and what lies beside them. */
async function folders() {
  const scratch = await scratchFolder();
  const at = (path: string): string => join(scratch.path, path);
  for (const path of [
    'home/models/llama',
    'home/models/mistral',
    'home/Music',
    'home/.cache/hub',
    'disk',
    'home-secret',
  ]) {
    await mkdir(at(path), { recursive: true });
  }
  await writeFile(at('home/models/one.safetensors'), 'x');
  await writeFile(at('home-secret/key'), 'x');
  await symlink(at('home-secret'), at('home/models/way-out'));
  await symlink(at('home/models'), at('home/way-in'));
  await symlink(at('home'), at('home/round'));
  const places = await TypedPlaces.within(nodeFileSystem, [at('home'), at('disk')]);
  return { at, places, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

test('a folder or a file in a root is found, under its real path', async () => {
  await using tree = await folders();
  const { at, places } = tree;
  expect(await places.find(at('home'))).toBe(at('home'));
  expect(await places.find(`${at('home')}/models/../models/llama/`)).toBe(at('home/models/llama'));
  expect(await places.find(at('home/models/one.safetensors'))).toBe(at('home/models/one.safetensors'));
  expect(await places.find(at('home/way-in/mistral'))).toBe(at('home/models/mistral'));
  expect(await places.find(at('disk'))).toBe(at('disk'));
});

test.each([
  ['the folder above', '.'],
  ['a folder whose name begins like a root', 'home-secret'],
  ['a file in it', 'home-secret/key'],
  ['a way up', 'home/../home-secret'],
  ['a link that leads out', 'home/models/way-out'],
  ['something behind a link that leads out', 'home/models/way-out/key'],
  ['what is not there, outside', 'home-secret/nothing'],
])('%s is refused', async (_, path) => {
  await using tree = await folders();
  await expect(tree.places.find(`${tree.at('')}${path}`)).rejects.toMatchObject({ code: 'refused' });
});

test('what is outside is refused alike whether it is there or not', async () => {
  await using tree = await folders();
  const sentence = async (path: string): Promise<string> =>
    tree.places.find(path).then(
      () => 'found',
      (error: unknown) => (error as Error).message.replaceAll(path, 'PATH'),
    );
  expect(await sentence('/etc/passwd')).toBe(await sentence('/etc/not-there-at-all'));
});

test('what is not there in a root is told so; what is no whole path too', async () => {
  await using tree = await folders();
  await expect(tree.places.find(tree.at('home/nothing'))).rejects.toMatchObject({ code: 'not-found' });
  for (const text of ['models', './models', '..', 'C:models', '~root']) {
    await expect(tree.places.find(text)).rejects.toMatchObject({ code: 'usage' });
  }
});

test('a root that is not there is told before anything else', async () => {
  await using tree = await folders();
  await expect(TypedPlaces.within(nodeFileSystem, [tree.at('nothing')])).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('a root may itself be reached by a link', async () => {
  await using tree = await folders();
  const places = await TypedPlaces.within(nodeFileSystem, [tree.at('home/way-in')]);
  expect(await places.find(tree.at('home/way-in/llama'))).toBe(tree.at('home/models/llama'));
  expect(await places.complete(`${tree.at('home/way-in')}/`)).toEqual([
    tree.at('home/way-in/llama'),
    tree.at('home/way-in/mistral'),
  ]);
  await expect(places.find(tree.at('home/Music'))).rejects.toMatchObject({ code: 'refused' });
});

test('a tilde stands for the home folder', async () => {
  const places = await TypedPlaces.within(nodeFileSystem, [homedir()]);
  expect(await places.find('~')).toBe(await nodeFileSystem.realpath(homedir()));
  await expect(places.find('~/../../etc')).rejects.toMatchObject({ code: 'refused' });
});

test('a path is completed with the folders that it could go on with', async () => {
  await using tree = await folders();
  const { at, places } = tree;
  const names = async (text: string): Promise<string[]> =>
    (await places.complete(text)).map((path) => path.replace(`${at('')}/`, ''));
  expect(await names(at('home/m'))).toEqual(['home/models', 'home/Music']);
  expect(await names(`${at('home/models')}/`)).toEqual(['home/models/llama', 'home/models/mistral']);
  expect(await names(at('home/models/L'))).toEqual(['home/models/llama']);
  expect(await names(`${at('home')}/.`)).toEqual(['home/.cache']);
  expect(await names(at('home/w'))).toEqual(['home/way-in']);
});

test.each(['', '/', 'h', '..', 'etc'])('%j is completed with roots or nothing', async (text) => {
  await using tree = await folders();
  const roots = [tree.at('home'), tree.at('disk')];
  for (const path of await tree.places.complete(text)) expect(roots).toContain(path);
});

test('nothing outside is completed', async () => {
  await using tree = await folders();
  const { at, places } = tree;
  for (const text of [
    '/etc/',
    '/etc/pass',
    `${at('home-secret')}/`,
    `${at('home/models/way-out')}/`,
    `${at('home')}/../home-secret/`,
  ]) {
    expect(await places.complete(text), text).toEqual([]);
  }
  expect(await places.complete('')).toEqual([at('home'), at('disk')]);
  expect(await places.complete(at('h'))).toEqual([at('home')]);
});

test('at most 50 are given, in an order that people use', async () => {
  await using tree = await folders();
  for (let at = 1; at <= 60; at++) await mkdir(tree.at(`disk/run-${at}`));
  const found = await tree.places.complete(`${tree.at('disk')}/`);
  expect(found).toHaveLength(50);
  expect(found.slice(0, 3)).toEqual([1, 2, 3].map((at) => tree.at(`disk/run-${at}`)));
});

test('over the host: a place is given out for what is found, and a failure is a value', async () => {
  await using started = await startHost();
  const home = join(started.folder, 'home');
  const chosen = await started.call('host/choose', { path: home });
  expect(JSON.parse(chosen.body)).toEqual({ result: { place: 'place-1', path: home } });
  const refused = await started.call('host/choose', { path: started.folder });
  expect(refused.status).toBe(200);
  expect(JSON.parse(refused.body)).toMatchObject({
    error: { code: 'refused', place: { file: started.folder } },
  });
  expect(started.service.given).toEqual([home]);
  const { body } = await started.call('host/complete', { text: '' });
  expect(JSON.parse(body)).toEqual({ result: [home] });
});

test.each([
  ['host/choose', {}],
  ['host/choose', { path: '' }],
  ['host/choose', { path: 7 }],
  ['host/choose', { path: '/x', extra: true }],
  ['host/choose', { path: 'x'.repeat(5000) }],
  ['host/choose', { path: '/etc\0/home' }],
  ['host/choose', null],
  ['host/choose', ['/x']],
  ['host/complete', { text: 'x'.repeat(5000) }],
  ['host/complete', { text: '\0' }],
  ['host/complete', {}],
])('over the host: %s with arguments of another shape is refused', async (name, args) => {
  await using started = await startHost();
  expect((await started.call(name, args)).status).toBe(400);
  expect(started.service.given).toEqual([]);
});
