// What is refused ends in one sentence that names the file, with nothing half-written and nothing lost.
import { appendFile, mkdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { applyDeltaFile } from '../../../src/main/library/deltas/apply-delta.ts';
import { createDeltaFile } from '../../../src/main/library/deltas/create-delta.ts';
import { inspectDeltaFile } from '../../../src/main/library/deltas/inspect-delta.ts';
import { verifyDeltaFile } from '../../../src/main/library/deltas/verify-delta.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { changeHandles } from '../../faults/short-file-system.ts';
import { listing, namesIn } from './listing.ts';
import { generation, writeFolderModel } from './small-family.ts';
import { toolsWith } from './tools.ts';

const tools = toolsWith();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  await createDeltaFile(tools, { child: at('child'), bases: [at('base')] }, {});
});
afterEach(() => scratch[Symbol.asyncDispose]());

/** Runs what must be refused, and expects that the folder is as it was. */
async function refused(work: () => Promise<unknown>): Promise<DeltashelfError> {
  const before = await listing(scratch.path);
  const error: unknown = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { '': top, ...after } = await listing(scratch.path);
  expect({ '': before[''], ...after }).toEqual(before);
  expect(top).toBeDefined();
  if (!(error instanceof DeltashelfError)) throw new Error('It was not refused.', { cause: error });
  return error;
}

const apply = (file = at('child.dshelf'), bases = [at('base')], fs: FileSystem = nodeFileSystem) =>
  applyDeltaFile({ ...tools, fs }, { file, bases, output: at('again') }, {});

test('an existing delta file, before anything is read', async () => {
  const { code, message } = await refused(() =>
    createDeltaFile(tools, { child: at('child'), bases: [at('no such base')] }, {}),
  );
  expect(code).toBe('target-exists');
  expect(message).toContain(`${at('child.dshelf')}" already exists`);
});

test('a model as its own base', async () => {
  for (const base of [at('child'), at('base/../child'), `${at('child')}/`]) {
    const request = { child: at('child'), bases: [base], output: at('self.dshelf') };
    expect((await refused(() => createDeltaFile(tools, request, {}))).code).toBe('usage');
  }
});

test('a target folder that is not empty', async () => {
  await mkdir(at('again'));
  await writeFile(at('again/mine.txt'), 'mine');
  expect((await refused(() => apply())).code).toBe('target-exists');
});

test('a base that is none', async () => {
  const { code, message } = await refused(() => apply(undefined, [at('child')]));
  expect(code).toBe('parent-mismatch');
  expect(message).toMatch(/^child\.dshelf needs base as it was: .*layer\.weight|embed\.weight/u);
});

test('a base that changed in one bit', async () => {
  const bytes = await readFile(at('base/model.safetensors'));
  bytes[bytes.length - 700] = (bytes[bytes.length - 700] ?? 0) ^ 1;
  await writeFile(at('base/model.safetensors'), bytes);
  const { code, place } = await refused(() => apply());
  expect(code).toBe('parent-mismatch');
  expect(place).toMatchObject({
    file: 'model.safetensors',
    tensor: expect.stringMatching(/^(layer|embed)/u) as string,
  });
});

test('a base without the file that is needed', async () => {
  await mkdir(at('hollow'));
  await writeFile(at('hollow/config.json'), JSON.stringify({ generation: 0 }));
  const { code, message } = await refused(() => apply(undefined, [at('hollow')]));
  expect(code).toMatch(/^parent-/u);
  expect(message).toContain('model.safetensors');
});

test('a base with a missing shard that is needed', async () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  for (const [model, n] of [
    ['sharded', 0],
    ['tuned', 1],
  ] as const) {
    await mkdir(at(model));
    for (const [number, shard] of shards.entries())
      await writeFile(at(`${model}/${shard}`), generation(n + 4 * number));
  }
  await createDeltaFile(tools, { child: at('tuned'), bases: [at('sharded')] }, {});
  await rm(at(`sharded/${shards[1] ?? ''}`));
  const { code, message, place } = await refused(() => apply(at('tuned.dshelf'), [at('sharded')]));
  expect(code).toBe('parent-mismatch');
  expect(place.file).toBe(shards[1]);
  expect(message).toContain('sharded');
});

test('a base that is not there, a delta that is not there', async () => {
  expect((await refused(() => apply(undefined, [at('nothing')]))).code).toBe('not-found');
  expect((await refused(() => apply(at('nothing.dshelf')))).code).toBe('not-found');
});

test('a delta that was cut, changed or never was one', async () => {
  const sound = await readFile(at('child.dshelf'));
  await writeFile(at('cut.dshelf'), sound);
  await truncate(at('cut.dshelf'), sound.length - 100);
  expect((await refused(() => apply(at('cut.dshelf')))).code).toBe('delta-damaged');

  const flipped = Buffer.from(sound);
  flipped[300] = (flipped[300] ?? 0) ^ 4;
  await writeFile(at('flipped.dshelf'), flipped);
  for (const work of [
    () => apply(at('flipped.dshelf')),
    () => verifyDeltaFile(tools, { file: at('flipped.dshelf'), bases: [at('base')] }, {}),
  ]) {
    const { code, place } = await refused(work);
    expect(code).toBe('delta-damaged');
    expect(place.part).toMatch(/^record \d+$/u);
  }

  for (const name of ['child/model.safetensors', 'child/config.json']) {
    expect((await refused(() => apply(at(name)))).code).toBe('delta-foreign');
    expect((await refused(() => inspectDeltaFile(tools, { file: at(name) }))).code).toBe('delta-foreign');
  }
});

test('a delta with one damaged index is refused, and read when asked to salvage', async () => {
  const bytes = await readFile(at('child.dshelf'));
  bytes[bytes.length - 120] = (bytes[bytes.length - 120] ?? 0) ^ 1;
  await writeFile(at('damaged.dshelf'), bytes);
  const file = at('damaged.dshelf');
  expect((await refused(() => inspectDeltaFile(tools, { file }))).place.part).toBe('second index');
  const { warnings } = await inspectDeltaFile(tools, { file, salvage: true });
  expect(warnings).toHaveLength(1);
  const request = { file, bases: [at('base')], output: at('again'), salvage: true };
  const applied = await applyDeltaFile(tools, request, {});
  expect(applied.warnings).toHaveLength(1);
  expect(await readFile(at('again/model.safetensors'))).toEqual(Buffer.from(generation(1)));
});

test('a disk that is too full, before anything is written', async () => {
  const fs: FileSystem = { ...nodeFileSystem, statfs: () => Promise.resolve({ availableBytes: 100 }) };
  const { code, message } = await refused(() => apply(undefined, undefined, fs));
  expect(code).toBe('disk-full');
  expect(message).toMatch(/has 100 bytes left, but \d\.\d kB are needed.* Free \d\.\d kB/u);
});

test.each([
  ['ENOSPC', 'disk-full'],
  ['EROFS', 'not-writable'],
  ['EACCES', 'not-writable'],
  ['EIO', 'write-failed'],
])('a disk that answers a write with %s', async (errno, code) => {
  const fs = changeHandles(nodeFileSystem, (handle) => ({
    ...handle,
    write: () => Promise.reject(Object.assign(new Error(errno), { code: errno })),
  }));
  expect((await refused(() => apply(undefined, undefined, fs))).code).toBe(code);
  const create = () =>
    createDeltaFile({ ...tools, fs }, { child: at('child'), bases: [], output: at('n.dshelf') }, {});
  expect((await refused(create)).code).toBe(code);
});

test('a folder where nothing can be made', async () => {
  const deny = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
  const fs: FileSystem = {
    ...nodeFileSystem,
    mkdir: deny,
    open: (path, purpose) => (purpose === 'create' ? deny() : nodeFileSystem.open(path, purpose)),
  };
  expect((await refused(() => apply(undefined, undefined, fs))).code).toBe('not-writable');
  const create = () =>
    createDeltaFile({ ...tools, fs }, { child: at('child'), bases: [], output: at('n.dshelf') }, {});
  expect((await refused(create)).code).toBe('not-writable');
});

test.each(['child', 'base'])('a %s that changes while it is read', async (which) => {
  const victim = at(`${which}/model.safetensors`);
  const { size } = await nodeFileSystem.stat(victim);
  let reads = 0;
  const fs: FileSystem = {
    ...nodeFileSystem,
    async open(path, purpose) {
      const handle = await nodeFileSystem.open(path, purpose);
      if (path !== victim) return handle;
      return {
        ...handle,
        async read(target, position) {
          reads += 1;
          // Once the model is identified, something appends to it, as a training run does, and cuts it again.
          if (reads === 4) {
            await appendFile(victim, 'x');
            await truncate(victim, size);
          }
          return handle.read(target, position);
        },
      };
    },
  };
  const work = () =>
    createDeltaFile(
      { ...tools, fs },
      { child: at('child'), bases: [at('base')], output: at('n.dshelf') },
      {},
    );
  const error: unknown = await work().catch((reason: unknown) => reason);
  expect(reads).toBeGreaterThan(4);
  expect(error).toMatchObject({ code: 'changed-while-reading' });
  expect(await namesIn(scratch.path)).toEqual(['base', 'child', 'child.dshelf']);
});

test('what is touched before or after is no change', async () => {
  await utimes(at('base/model.safetensors'), 5, 5);
  await apply();
  expect(await readFile(at('again/model.safetensors'))).toEqual(Buffer.from(generation(1)));
});
