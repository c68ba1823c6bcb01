import {
  appendFile,
  link,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { quarantineEntrySchema } from '../../../src/main/library/quarantine/index.ts';
import type { Steps } from '../../../src/main/library/steps/index.ts';
import { describe, listing, namesIn } from '../deltas/listing.ts';
import { openLibrary, storeVerified, request, type Library } from './library.ts';
import { storeFamily, wish, writeFamily } from './reclaimed.ts';

let library: Library;
const at = (path: string): string => library.at(path);

beforeEach(async () => {
  library = await openLibrary();
});
afterEach(() => library[Symbol.asyncDispose]());

async function refusal(steps: Steps, id: string): Promise<string> {
  const before = await listing(at('models'));
  const { models, bytes } = await steps.planReclaim(wish(library.folder, [id]));
  expect([bytes, models[0]?.files]).toEqual([0, []]);
  await expect(steps.reclaim(wish(library.folder, [id]), {})).rejects.toMatchObject({
    message: models[0]?.refused ?? 'nothing',
  });
  expect(await listing(at('models'))).toEqual(before);
  expect(await namesIn(library.folder)).not.toContain('.deltashelf-quarantine');
  return models[0]?.refused ?? '';
}

test('the plan names what would move and what stays, and changes nothing', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const before = await listing(library.folder);
  const plan = await library.steps.planReclaim(wish(library.folder, [child?.id ?? '']));
  expect(await listing(library.folder)).toEqual(before);
  const size = (await readFile(at('models/child/model.safetensors'))).length;
  expect(plan).toEqual({
    bytes: size,
    models: [
      {
        id: child?.id,
        name: 'child',
        path: at('models/child'),
        files: [{ path: at('models/child/model.safetensors'), size }],
        stay: ['config.json', 'latest.safetensors', 'tokenizer/vocab.txt'],
        refused: null,
        bytes: size,
      },
    ],
  });
});

test('reclaim moves the verified weights, leaves a note and holds the base', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const file = at('models/child/model.safetensors');
  const before = await describe(file);
  const [entry] = await library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {});
  expect(await namesIn(at('models/child'))).toEqual([
    'child.deltashelf.txt',
    'config.json',
    'empty',
    'latest.safetensors',
    'tokenizer',
  ]);
  expect(entry).toMatchObject({
    why: 'reclaimed',
    stored: child?.id,
    name: 'child',
    path: at('models/child'),
  });
  expect(entry?.folder).toBe(at(`.deltashelf-quarantine/${entry?.id ?? ''}`));
  expect(await describe(entry?.files[0]?.to ?? '')).toBe(before);
  expect(await describe(at('.deltashelf-quarantine'))).toMatch(/^folder 700 /u);
  const manifest: unknown = JSON.parse(await readFile(join(entry?.folder ?? '', 'manifest.json'), 'utf8'));
  expect(quarantineEntrySchema.parse(manifest)).toEqual(entry);
  expect([...library.steps.state.quarantine.values()]).toEqual([entry]);
  expect([...library.steps.state.anchors.values()].map(({ name }) => name)).toEqual(['base']);
  expect(await readFile(entry?.note ?? '', 'utf8')).toContain(entry?.folder);
  expect([...(await library.reopen()).state.quarantine.values()]).toEqual([entry]);
  expect(library.steps.recovered).toEqual([]);
});

test('with side files asked for, they move too, and what was not stored stays', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await writeFile(at('models/child/notes.md'), 'added later');
  const wanted = wish(library.folder, [child?.id ?? ''], { sideFiles: true });
  const { models } = await library.steps.planReclaim(wanted);
  expect(models[0]?.stay).toEqual(['latest.safetensors', 'notes.md']);
  const [entry] = await library.steps.reclaim(wanted, {});
  expect(entry?.files).toHaveLength(3);
  expect(await readFile(at('models/child/notes.md'), 'utf8')).toBe('added later');
});

test('a file added after the model was verified stays and is named, weights or not', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await writeFile(at('models/child/extra.safetensors'), 'not stored anywhere');
  const { models } = await library.steps.planReclaim(wish(library.folder, [child?.id ?? '']));
  expect(models[0]?.stay).toContain('extra.safetensors');
  await library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {});
  expect(await readFile(at('models/child/extra.safetensors'), 'utf8')).toBe('not stored anywhere');
});

test('a single file leaves its note beside it', async () => {
  await storeFamily(library.steps, library.folder, []);
  await mkdir(at('models/loose'));
  const path = at('models/loose/model.safetensors');
  await rename(at('models/base/model.safetensors'), path);
  const stored = await storeVerified(library.steps, path);
  const [entry] = await library.steps.reclaim(wish(library.folder, [stored.id]), {});
  expect(await namesIn(at('models/loose'))).toEqual(['model.safetensors.deltashelf.txt']);
  expect(entry?.note).toBe(`${path}.deltashelf.txt`);
});

test('not verified: refused', async () => {
  await storeFamily(library.steps, library.folder);
  const { stored } = await library.steps.store(request(at('models/base')), {});
  expect(await refusal(library.steps, stored.id)).toContain('was not verified');
});

test.each([
  ['longer', (file: string) => appendFile(file, 'x')],
  [
    'of the same size, with a new time',
    async (file: string) => {
      const handle = await open(file, 'r+');
      await handle.write(Buffer.from([1, 2, 3]), 0, 3, 1000);
      await handle.close();
      await utimes(file, new Date(), new Date(Date.now() + 1000));
    },
  ],
  ['gone', (file: string) => rm(file)],
])('changed since it was verified, %s: refused', async (_, change) => {
  const [child] = await storeFamily(library.steps, library.folder);
  await change(at('models/child/model.safetensors'));
  expect(await refusal(library.steps, child?.id ?? '')).toMatch(
    /changed since|is not in|None of the originals/u,
  );
});

test('touched, but with the same bytes: moved', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await utimes(at('models/child/model.safetensors'), new Date(), new Date(Date.now() + 1000));
  expect(await library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {})).toHaveLength(1);
});

test('changed with its size and time kept: found in quarantine, and everything is moved back', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const file = at('models/child/model.safetensors');
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([1, 2, 3]), 0, 3, 1000);
  await handle.close();
  await utimes(file, 0, 1_700_000_000.25);
  const before = await listing(at('models'));
  await expect(library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {})).rejects.toMatchObject({
    code: 'changed-while-reading',
    message: expect.stringContaining('is not what was verified') as string,
  });
  expect(hashes(await listing(at('models')))).toEqual(hashes(before));
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
  expect(library.steps.state.quarantine.size).toBe(0);
});

test('changed through a handle that was open before the rename: moved back', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const file = at('models/child/model.safetensors');
  const writer = await open(file, 'r+');
  const changing: FileSystem = {
    ...nodeFileSystem,
    async rename(from, to) {
      await nodeFileSystem.rename(from, to);
      if (to.endsWith('model.safetensors')) await writer.write(Buffer.from('changed'), 0, 7, 1000);
    },
  };
  const steps = await library.reopen({ fs: changing });
  await expect(steps.reclaim(wish(library.folder, [child?.id ?? '']), {})).rejects.toMatchObject({
    message: expect.stringContaining('is not what was verified') as string,
  });
  await writer.close();
  expect((await readFile(file)).subarray(1000, 1007).toString()).toBe('changed');
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
});

test('replaced by another file in the moment of the rename: that one is moved back', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const file = at('models/child/model.safetensors');
  const replacing: FileSystem = {
    ...nodeFileSystem,
    async rename(from, to) {
      if (from === file) {
        await rename(file, at('elsewhere'));
        await writeFile(file, 'another one');
      }
      await nodeFileSystem.rename(from, to);
    },
  };
  const steps = await library.reopen({ fs: replacing });
  await expect(steps.reclaim(wish(library.folder, [child?.id ?? '']), {})).rejects.toMatchObject({
    code: 'changed-while-reading',
  });
  expect(await readFile(file, 'utf8')).toBe('another one');
  expect(await namesIn(library.folder)).toEqual(['elsewhere', 'models', 'vault']);
});

test('hard-linked: refused, as moving it would free nothing', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await link(at('models/child/model.safetensors'), at('models/second-name.safetensors'));
  expect(await refusal(library.steps, child?.id ?? '')).toContain('one of 2 names');
});

test('links into a cache of shared blobs: refused', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await mkdir(at('blobs'));
  await rename(at('models/child/model.safetensors'), at('blobs/1'));
  await symlink('../../blobs/1', at('models/child/model.safetensors'));
  expect(await refusal(library.steps, child?.id ?? '')).toContain('is a link');
});

test('a model that is itself a link: refused', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await rename(at('models/child'), at('child'));
  await symlink('../child', at('models/child'));
  expect(await refusal(library.steps, child?.id ?? '')).toContain('is a link');
});

test('a base that is nowhere: refused', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  await rename(at('models/base'), at('moved'));
  expect(await refusal(library.steps, child?.id ?? '')).toContain('not there to be held');
});

test('a base that changed: refused before anything moves', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const file = at('models/base/model.safetensors');
  const bytes = await readFile(file);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const before = await listing(at('models'));
  await expect(library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('not what it was') as string,
  });
  expect(await listing(at('models'))).toEqual(before);
});

test('the whole volume watched: refused, no place outside', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const request = wish(library.folder, [child?.id ?? ''], { watched: ['/'] });
  const { models } = await library.steps.planReclaim(request);
  expect(models[0]?.refused).toContain('watched up to the top of its disk');
  await expect(library.steps.reclaim(request, {})).rejects.toMatchObject({ code: 'refused' });
});

test('the volume turns out to be another one: stopped, nothing copied', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const before = await listing(at('models'));
  const otherVolume: FileSystem = {
    ...nodeFileSystem,
    rename: (from, to) =>
      to.includes('.deltashelf-quarantine')
        ? Promise.reject(Object.assign(new Error('EXDEV'), { code: 'EXDEV' }))
        : nodeFileSystem.rename(from, to),
  };
  const steps = await library.reopen({ fs: otherVolume });
  await expect(steps.reclaim(wish(library.folder, [child?.id ?? '']), {})).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('never copied and deleted') as string,
  });
  expect(hashes(await listing(at('models')))).toEqual(hashes(before));
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
});

test('the vault inside the watched folder: the model moves to outside both, and the vault stays as it is', async () => {
  await writeFamily(library.folder);
  const steps = await library.reopen({ vaultPath: at('models/vault') });
  const stored = await storeVerified(steps, at('models/child'), at('models/base'));
  const deltas = await namesIn(at('models/vault'));
  const [entry] = await steps.reclaim(wish(library.folder, [stored.id]), {});
  expect(entry?.folder).toBe(at(`.deltashelf-quarantine/${entry?.id ?? ''}`));
  expect(await namesIn(at('models/vault'))).toEqual(expect.arrayContaining(deltas));
  const itself = await storeVerified(steps, at('models/vault/bases/base'));
  const { models } = await steps.planReclaim(wish(library.folder, [itself.id]));
  expect(models[0]?.refused).toMatch(/inside the vault|names of the same bytes/u);
});

test('a cancelled reclaim leaves everything as it was', async () => {
  const [child] = await storeFamily(library.steps, library.folder);
  const abort = new AbortController();
  const cancelling: FileSystem = {
    ...nodeFileSystem,
    async rename(from, to) {
      await nodeFileSystem.rename(from, to);
      if (to.endsWith('model.safetensors')) abort.abort(new Error('cancelled'));
    },
  };
  const steps = await library.reopen({ fs: cancelling });
  const before = await listing(at('models'));
  await expect(
    steps.reclaim(wish(library.folder, [child?.id ?? '']), { signal: abort.signal }),
  ).rejects.toThrow('cancelled');
  expect(hashes(await listing(at('models')))).toEqual(hashes(before));
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
});

test('A stored against B: then B cannot be stored against A', async () => {
  const [a] = await storeFamily(library.steps, library.folder);
  await expect(library.steps.store(request(at('models/base'), at('models/child')), {})).rejects.toMatchObject(
    {
      code: 'refused',
    },
  );
  await library.steps.reclaim(wish(library.folder, [a?.id ?? '']), {});
});

/** Without the times of folders, which change when a name comes or goes. */
function hashes(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([path, what]) => [path, what.replace(/^(folder \d+) \d+/u, '$1')]),
  );
}
