import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import type { Sidecar } from '../../../src/main/library/vault/index.ts';
import { listing, namesIn } from '../deltas/listing.ts';
import { openLibrary, type Library } from './library.ts';
import { storeFamily, wish } from './reclaimed.ts';

let library: Library;
let children: Sidecar[];
const at = (path: string): string => library.at(path);
const ids = (): string[] => children.map(({ id }) => id);

beforeEach(async () => {
  library = await openLibrary();
  children = await storeFamily(library.steps, library.folder, ['a', 'b']);
});
afterEach(() => library[Symbol.asyncDispose]());

/** Without the times of folders, which change when a name comes or goes. */
async function models(): Promise<Record<string, string>> {
  const all = await listing(at('models'));
  return Object.fromEntries(
    Object.entries(all).map(([path, what]) => [path, what.replace(/^(folder \d+) \d+/u, '$1')]),
  );
}

test('undo takes back the last reclaim, then the one before, also after a restart', async () => {
  const before = await models();
  await library.steps.reclaim(wish(library.folder, ids()), {});
  expect((await library.steps.undo(undefined, {})).name).toBe('b');
  expect(await namesIn(at('models/b'))).not.toContain('b.deltashelf.txt');
  const steps = await library.reopen();
  expect((await steps.undo(undefined, {})).name).toBe('a');
  expect(await models()).toEqual(before);
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
  expect(steps.state.quarantine.size).toBe(0);
});

test('a step that was taken back is not taken back again', async () => {
  await library.steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  const { id } = await library.steps.undo(undefined, {});
  await expect(library.steps.undo(id, {})).rejects.toMatchObject({ code: 'refused' });
  await expect(library.steps.undo('999999', {})).rejects.toMatchObject({ code: 'not-found' });
});

test('what has the name now is kept; the originals stay in quarantine until it is out of the way', async () => {
  const before = await models();
  const [entry] = await library.steps.reclaim(
    wish(library.folder, ids().slice(0, 1), { sideFiles: true }),
    {},
  );
  const [first] = entry?.files ?? [];
  await writeFile(first?.from ?? '', 'new');
  await expect(library.steps.undo(undefined, {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('has the name') as string,
  });
  expect(await readFile(first?.from ?? '', 'utf8')).toBe('new');
  expect(await readFile(first?.to ?? '')).toHaveLength(first?.size ?? 0);
  await rm(first?.from ?? '');
  await library.steps.undo(undefined, {});
  expect(await models()).toEqual(before);
});

test('a name taken in the very moment of the undo is kept too, and the rest comes back', async () => {
  const [entry] = await library.steps.reclaim(
    wish(library.folder, ids().slice(0, 1), { sideFiles: true }),
    {},
  );
  const [first] = entry?.files ?? [];
  const racing: FileSystem = {
    ...nodeFileSystem,
    async link(from, to) {
      if (to === first?.from) await writeFile(to, 'new', { flag: 'wx' }).catch(() => undefined);
      await nodeFileSystem.link(from, to);
    },
  };
  const steps = await library.reopen({ fs: racing });
  await expect(steps.undo(undefined, {})).rejects.toMatchObject({ code: 'refused' });
  expect(await readFile(first?.from ?? '', 'utf8')).toBe('new');
  expect(steps.state.quarantine.get(entry?.id ?? '')?.files).toEqual([first]);
  await rm(first?.from ?? '');
  await (await library.reopen()).undo(undefined, {});
  expect(await readFile(first?.from ?? '')).toHaveLength(first?.size ?? 0);
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
});

test('the folder of the model is gone: it is made again', async () => {
  const [entry] = await library.steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  await rm(at('models/a'), { recursive: true });
  await library.steps.undo(undefined, {});
  expect(await readFile(at('models/a/model.safetensors'))).toHaveLength(entry?.bytes ?? 0);
});

test('a volume without hard links', async () => {
  const before = await models();
  const plain: FileSystem = {
    ...nodeFileSystem,
    link: () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })),
    clone: () => Promise.reject(Object.assign(new Error('ENOTSUP'), { code: 'ENOTSUP' })),
  };
  const steps = await library.reopen({ fs: plain });
  await steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  expect([...steps.state.anchors.values()].map(({ how }) => how)).toEqual(['stored']);
  await steps.undo(undefined, {});
  expect(await models()).toEqual(before);
});

test('a note that a person changed is kept', async () => {
  const [entry] = await library.steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  await appendFile(entry?.note ?? '', 'my own words');
  await library.steps.undo(undefined, {});
  expect(await readFile(entry?.note ?? '', 'utf8')).toContain('my own words');
});

test('a file that is not in quarantine any more: said, and nothing is changed', async () => {
  const [entry] = await library.steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  await rm(entry?.files[0]?.to ?? '');
  await expect(library.steps.undo(undefined, {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('not in quarantine any more') as string,
  });
});

test('a folder that may not be written: said, and the originals stay in quarantine', async () => {
  const [entry] = await library.steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  const readOnly: FileSystem = {
    ...nodeFileSystem,
    link: () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' })),
  };
  const steps = await library.reopen({ fs: readOnly });
  await expect(steps.undo(undefined, {})).rejects.toMatchObject({ code: 'not-writable' });
  expect(await readFile(entry?.files[0]?.to ?? '')).toHaveLength(entry?.bytes ?? 0);
  await (await library.reopen()).undo(undefined, {}).catch(() => undefined);
  expect(await readFile(at('models/a/model.safetensors'))).toHaveLength(entry?.bytes ?? 0);
  await chmod(at('models/a'), 0o755);
});

test('undo of a compress removes the delta, as long as the original is whole', async () => {
  const before = await models();
  await library.steps.undo(undefined, {});
  expect([...library.steps.state.stored.values()].map(({ name }) => name)).toEqual(['a']);
  expect(await models()).toEqual(before);
  await library.steps.reclaim(wish(library.folder, ids().slice(0, 1)), {});
  const [, , compress] = await library.steps.activity();
  await expect(library.steps.undo(compress?.id, {})).rejects.toMatchObject({ code: 'refused' });
  expect(library.steps.state.stored.size).toBe(1);
});

test('undo of a reconstruction elsewhere removes all of it, and nothing that was put there since', async () => {
  const [id] = ids();
  const { output } = await library.steps.reconstruct({ id: id ?? '', to: at('out') }, {});
  await library.steps.undo(undefined, {});
  expect(await namesIn(at('out'))).toEqual([]);
  await library.steps.reconstruct({ id: id ?? '', to: at('out') }, {});
  await writeFile(`${output}/mine.txt`, 'mine');
  await library.steps.undo(undefined, {});
  expect(await namesIn(output)).toEqual(['mine.txt']);
});

test('undo of a reconstruction in place removes only what was written; another time it can be done again', async () => {
  const [id] = ids();
  const before = await models();
  const [entry] = await library.steps.reclaim(wish(library.folder, [id ?? '']), {});
  await library.steps.purge([entry?.id ?? ''], { now: true }, {});
  await library.steps.reconstruct({ id: id ?? '' }, {});
  expect(await models()).toEqual(before);
  await library.steps.undo(undefined, {});
  expect(await namesIn(at('models/a'))).toEqual(['config.json', 'empty', 'latest.safetensors', 'tokenizer']);
  await library.steps.reconstruct({ id: id ?? '' }, {});
  expect(await models()).toEqual(before);
});

test('a reconstruction that somebody removed already does not stand in the way of the step before', async () => {
  const [{ id } = { id: '' }] = children;
  await library.steps.reclaim(wish(library.folder, ids()), {});
  const { output } = await library.steps.reconstruct({ id, to: at('out') }, {});
  await rm(at('out'), { recursive: true });
  expect((await library.steps.undo(undefined, {})).kind).toBe('reconstruct');
  expect(await namesIn(library.folder)).not.toContain('out');
  expect(output).toBe(at('out/a'));
  expect((await library.steps.undo(undefined, {})).kind).toBe('reclaim');
});

test('the note goes also where the vault moved since it was written', async () => {
  await library.steps.reclaim(wish(library.folder, ids()), {});
  await library.steps.move(at('moved'), {});
  expect(await namesIn(at('models/b'))).toContain('b.deltashelf.txt');
  await library.steps.undo(undefined, {});
  expect(await namesIn(at('models/b'))).not.toContain('b.deltashelf.txt');
});

test('which step was the last is not guessed where the record of one cannot be read', async () => {
  await library.steps.reclaim(wish(library.folder, ids()), {});
  const [last] = await library.steps.activity();
  const unreadable: FileSystem = {
    ...nodeFileSystem,
    open: (path, purpose) =>
      path.includes(`/done/${last?.id ?? '?'}-`)
        ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
        : nodeFileSystem.open(path, purpose),
  };
  const steps = await library.reopen({ fs: unreadable });
  await expect(steps.undo(undefined, {})).rejects.toMatchObject({ code: 'not-readable' });
  expect(await namesIn(at('models/b'))).toContain('b.deltashelf.txt');
  expect((await (await library.reopen()).undo(undefined, {})).id).toBe(last?.id);
});

test('a reconstruction that was changed since is kept', async () => {
  const [id] = ids();
  const { output } = await library.steps.reconstruct({ id: id ?? '', to: at('out') }, {});
  await appendFile(`${output}/config.json`, ' ');
  const before = await listing(output);
  await expect(library.steps.undo(undefined, {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('changed since') as string,
  });
  expect(await listing(output)).toEqual(before);
});

test('a reconstruction that may be the last copy is kept', async () => {
  const [id] = ids();
  const { output } = await library.steps.reconstruct({ id: id ?? '', to: at('out') }, {});
  await rm(at('models/a/model.safetensors'));
  await expect(library.steps.undo(undefined, {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('last copy') as string,
  });
  expect(await readFile(`${output}/model.safetensors`)).toHaveLength(1768);
});
