// While folders are watched, what lists show of models comes by itself: parents, predictions, nothing twice.
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import type { OverviewResult } from '../../../src/shared/index.ts';
import { testLibrary, type TestLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));

let library: TestLibrary;
beforeEach(async () => {
  library = await testLibrary();
});
afterEach(async () => {
  await library[Symbol.asyncDispose]();
});

const at = (path: string): string => library.at(path);
const put = (name: string, to = join('models', name)): Promise<void> =>
  cp(join(samples, name), at(to), { recursive: true });

/** Waits for something that comes by itself; each event is a reason to look again. */
async function until<Found>(look: () => Promise<Found>, holds: (found: Found) => boolean): Promise<Found> {
  for (;;) {
    const change = Promise.withResolvers<undefined>();
    const stop = library.client.onEvent(() => change.resolve(undefined));
    const found = await look();
    if (holds(found)) {
      stop();
      return found;
    }
    await change.promise;
    stop();
  }
}

const overview = (): Promise<OverviewResult> => library.call('overview', {});
const identified = (): Promise<OverviewResult> => until(overview, (found) => found.identified);
const ended = async (job: number): Promise<void> => {
  await until(
    () => library.call('jobs', {}),
    ({ jobs }) => jobs.some(({ id, state }) => id === job && state === 'done'),
  );
};

test('the sample library is added, and what came from what and what would be freed is found by itself', async () => {
  await library.reopen({ watching: true, sample: samples });
  expect(await overview()).toMatchObject({ sample: true, folders: [], totals: { models: 0 } });
  const job = await library.client.begin('addSample', {});
  await ended(job);
  const { folders, sample, totals } = await identified();
  expect(sample).toBe(false);
  expect(folders).toMatchObject([{ path: at('home/sample-library'), models: 8, state: 'online' }]);
  expect(totals.freesBytes).toBeGreaterThan(totals.bytes / 4);
  const { models } = await library.call('list', {});
  const child = models.find(({ name }) => name === 'sprout-bible');
  const base = models.find(({ name }) => name === 'sprout-base');
  expect(child).toMatchObject({
    relation: 'fine-tune',
    familyId: base?.id,
    folder: folders[0]?.id,
    parents: [{ id: base?.id, name: 'sprout-base' }],
    dependents: 0,
    awayOn: null,
  });
  expect(base).toMatchObject({ relation: 'base', familyId: base?.id, parents: [] });
  expect(models.find(({ name }) => name === 'sprout-blend')?.relation).toBe('merge');
  expect(models.find(({ name }) => name === 'sprout-cheader-lora')?.relation).toBe('adapter');
  expect(child?.predictedBytes).toBeGreaterThan(0);
  expect(child?.freesBytes).toBe((child?.bytes ?? 0) - sideBytes(child) - (child?.predictedBytes ?? 0));
  expect(await library.call('outcome', { job })).toMatchObject({ call: 'addSample', result: { models: 8 } });
});

/** Bytes beside the weights. */
function sideBytes(model: { readonly path: string; readonly bytes: number } | undefined): number {
  return model === undefined ? 0 : model.bytes - weightBytes;
}
const weightBytes = 1_743_056;

test('where nothing changed, nothing is read or planned again', async () => {
  await put('sprout-base');
  await put('sprout-python');
  await library.reopen({ watching: true });
  await library.call('addFolder', { path: at('models') });
  await identified();
  const opened: string[] = [];
  const fs: FileSystem = {
    ...nodeFileSystem,
    open: (path, purpose) => {
      opened.push(path);
      return nodeFileSystem.open(path, purpose);
    },
  };
  const before = (await overview()).folders[0]?.scannedAt;
  await library.reopen({ watching: true, fs });
  await until(overview, ({ folders }) => folders[0]?.scannedAt !== before);
  expect((await overview()).identified).toBe(true);
  expect(opened.filter((path) => path.endsWith('.safetensors'))).toEqual([]);
});

test('a folder is watched as soon as it is added, and no more once it is removed', async () => {
  await library.reopen({ watching: true });
  await mkdir(at('others'));
  await library.call('addFolder', { path: at('models') });
  await library.call('addFolder', { path: at('others') });
  await put('sprout-base');
  const names = async (): Promise<string[]> =>
    (await library.call('list', {})).models.map(({ name }) => name);
  await until(names, (found) => found.length === 1);
  await library.call('removeFolder', { path: at('models') });
  expect(await names()).toEqual([]);
  await put('sprout-python');
  await put('sprout-bible', 'others/sprout-bible');
  expect(await until(names, (found) => found.length > 0)).toEqual(['sprout-bible']);
});

test('a job goes first, and what was put off is done after it', async () => {
  await put('sprout-base');
  await put('sprout-python');
  await library.reopen({ watching: true });
  await library.call('addFolder', { path: at('models') });
  const compress = await library.client.begin('compress', { models: ['sprout-python'] });
  await ended(compress);
  await identified();
  expect(await library.states()).toEqual({ 'sprout-base': 'original', 'sprout-python': 'compressed' });
});

test('a model that cannot be read does not keep the others waiting', async () => {
  await put('sprout-base');
  await put('sprout-python');
  const fs: FileSystem = {
    ...nodeFileSystem,
    open: (path, purpose) =>
      path.includes('sprout-python') && path.endsWith('.safetensors') && reading
        ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
        : nodeFileSystem.open(path, purpose),
  };
  let reading = false;
  await library.reopen({ fs });
  await library.call('addFolder', { path: at('models') });
  reading = true;
  await library.reopen({ watching: true, fs });
  await identified();
  const { models } = await library.call('list', {});
  expect(models.map(({ name, predictedBytes }) => [name, predictedBytes])).toEqual([
    ['sprout-base', null],
    ['sprout-python', null],
  ]);
});

test('a folder that is gone is told as missing', async () => {
  await library.call('addFolder', { path: at('models') });
  await rm(at('models'), { recursive: true });
  expect((await overview()).folders).toMatchObject([{ state: 'missing' }]);
});
