// Long work that nobody waits for: begun as a job, which stays in the queue, and whose outcome is there later.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { WindowService } from '../../../src/main/service/index.ts';
import {
  windowCalls,
  type JobSummary,
  type WindowCall,
  type WindowResult,
} from '../../../src/shared/index.ts';
import { openHome, testLibrary, type TestLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));

let library: TestLibrary;
beforeEach(async () => {
  library = await testLibrary();
  for (const name of ['sprout-base', 'sprout-python']) {
    await cp(join(samples, name), library.at(`models/${name}`), { recursive: true });
  }
});
afterEach(async () => {
  await library[Symbol.asyncDispose]();
});

async function jobIn(id: number, state: JobSummary['state']): Promise<JobSummary> {
  const find = async (): Promise<JobSummary | undefined> =>
    (await library.call('jobs', {})).jobs.find((job) => job.id === id);
  await expect.poll(async () => (await find())?.state, { timeout: 20_000 }).toBe(state);
  const job = await find();
  if (!job) throw new Error('the job is there');
  return job;
}

test('what came of it is asked for when it is done, and is what the call would have given back', async () => {
  await library.call('addFolder', { path: library.at('models') });
  const id = await library.client.begin('compress', { models: ['sprout-python'] });
  expect(await jobIn(id, 'done')).toMatchObject({ title: 'Compress sprout-python', share: 1, cause: null });
  expect(await library.call('outcome', { job: id })).toMatchObject({
    call: 'compress',
    result: { models: [{ name: 'sprout-python', outcome: 'done', verified: true }] },
  });
});

test('a model that is named by its number has its name in the title', async () => {
  await library.call('addFolder', { path: library.at('models') });
  const { id } = await library.call('show', { model: 'sprout-python' });
  const job = await library.client.begin('verify', { models: [`#${id}`] });
  expect((await jobIn(job, 'done')).title).toBe('Verify sprout-python');
});

test('what is no long work, or not what the call takes, is refused and begins nothing', async () => {
  await expect(library.client.begin('list', {})).rejects.toMatchObject({ code: 'usage' });
  await expect(library.client.begin('compress', { models: [7] } as never)).rejects.toMatchObject({
    code: 'usage',
  });
  expect((await library.call('jobs', {})).jobs).toEqual([]);
});

test('of a job that failed, or is none, there is no outcome', async () => {
  const id = await library.client.begin('addFolder', { path: library.at('nowhere') });
  expect((await jobIn(id, 'failed')).sentence).toMatch(/not found/u);
  await expect(library.call('outcome', { job: id })).rejects.toMatchObject({ code: 'usage' });
  await expect(library.call('outcome', { job: 99 })).rejects.toMatchObject({ code: 'usage' });
});

test('a full disk pauses it, and it goes on when there is room', async () => {
  let full = false;
  const fs: FileSystem = {
    ...nodeFileSystem,
    open: (path, purpose) =>
      full && purpose === 'create'
        ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
        : nodeFileSystem.open(path, purpose),
    statfs: async (path) => (full ? { availableBytes: 0 } : nodeFileSystem.statfs(path)),
  };
  await library.reopen({ fs });
  await library.call('addFolder', { path: library.at('models') });
  full = true;
  const id = await library.client.begin('compress', { models: ['sprout-python'] });
  expect(await jobIn(id, 'paused')).toMatchObject({ cause: 'disk-full' });
  full = false;
  await library.call('scan', {});
  await jobIn(id, 'done');
  expect(await library.states()).toMatchObject({ 'sprout-python': 'compressed' });
});

test('a second process begins work that goes on when that process has ended', async () => {
  await library.call('addFolder', { path: library.at('models') });
  const second = await openHome(library.at('home'));
  const id = await second.begin('compress', { models: ['sprout-python'] });
  await second.close();
  await jobIn(id, 'done');
});

test('a window goes through all of it: add, plan, compress, reclaim, purge, reconstruct, undo', async () => {
  const window = new WindowService(library.client);
  const ask = async <Call extends WindowCall>(call: Call, args: object): Promise<WindowResult<Call>> => {
    const answer = await window.answer(call, args);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    return windowCalls[call].result.parse(answer.result) as WindowResult<Call>;
  };
  const finish = async (call: WindowCall, args: object): Promise<unknown> => {
    const { job } = (await ask(call, args)) as { job: number };
    await jobIn(job, 'done');
    return (await ask('outcome', { job })).result;
  };
  const { place } = window.chosen(library.at('models'));
  await finish('addFolder', { place });
  const { models } = await ask('list', {});
  const id = models.find(({ name }) => name === 'sprout-python')?.id ?? 0;
  const base = models.find(({ name }) => name === 'sprout-base')?.id ?? 0;
  expect((await ask('lineage', {})).models.map(({ relatives }) => relatives)).toEqual([[], []]);
  expect((await ask('plan', { models: [id] })).models).toMatchObject([{ action: 'compress' }]);
  await finish('compress', { models: [id] });
  expect((await ask('list', {})).models.find((model) => model.id === base)?.dependents).toBe(1);
  expect((await ask('overview', {})).reclaimable).toMatchObject({ models: 1 });
  const planned = await ask('reclaimPlan', { models: [id] });
  expect(planned).toMatchObject({ moved: false, models: [{ outcome: 'done' }] });
  const { bytes } = (await ask('overview', {})).reclaimable;
  expect(planned.bytes).toBe(bytes);
  expect(await finish('reclaim', { models: [id] })).toMatchObject({ moved: true, bytes });
  expect((await ask('overview', {})).quarantine).toMatchObject({ models: 1, bytes, ripeBytes: 0 });
  expect(await ask('purgePlan', {})).toMatchObject({
    purged: false,
    models: [{ outcome: 'kept' }],
    bytes: 0,
  });
  const { entries } = await ask('quarantine', {});
  const shown = entries.map(({ id }) => id);
  expect(await finish('purge', { now: true, entries: shown })).toMatchObject({ purged: true, bytes });
  const { job } = await ask('reconstruct', { models: [id] });
  await jobIn(job, 'done');
  expect(await window.pathOf({ job })).toBe(library.at('models/sprout-python'));
  expect(await window.pathOf({ model: id })).toBe(library.at('models/sprout-python'));
  expect((await ask('activity', {})).steps.length).toBeGreaterThan(3);
  expect((await ask('undo', {})).kind).toBe('reconstruct');
  const [folder] = (await ask('overview', {})).folders;
  expect(await ask('removeFolder', { folder: folder?.id })).toMatchObject({ forgotten: 1 });
});
