import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { generation } from '../../library/deltas/small-family.ts';
import { listing } from '../../library/deltas/listing.ts';
import { writeFamily } from '../../library/steps/reclaimed.ts';
import { testLibrary, type TestLibrary } from './opened.ts';

/** Columns: models of 130 kB, small enough to be quick and large enough that deltas are worth it. */
const width = 160;

let library: TestLibrary;
const at = (path: string): string => library.at(path);

beforeEach(async () => {
  library = await testLibrary();
  await rm(at('models'), { recursive: true });
  await writeFamily(library.folder, ['first', 'second', 'third'], width);
});
afterEach(() => library[Symbol.asyncDispose]());

async function modelsNow(): Promise<Record<string, string>> {
  const models = await listing(at('models'));
  // Times of folders that files left and came back to are their own matter.
  return Object.fromEntries(Object.entries(models).filter(([, what]) => !what.startsWith('folder')));
}

test('a folder goes through all of it, and every byte comes back', async () => {
  const before = await modelsNow();
  expect(await library.call('addFolder', { path: at('models') })).toMatchObject({
    models: 4,
    added: 4,
    skipped: [],
  });
  expect(await library.states()).toEqual({
    base: 'original',
    first: 'original',
    second: 'original',
    third: 'original',
  });
  const planned = await library.call('plan', {});
  const compressed = await library.call('compress', { all: true });
  expect(compressed.models.map(({ name }) => name).sort()).toEqual(
    planned.models.filter(({ action }) => action === 'compress').map(({ name }) => name),
  );
  expect(compressed.models.every(({ verified }) => verified)).toBe(true);
  expect(await modelsNow()).toEqual(before);
  const kept = planned.models.find(({ action }) => action === 'keep')?.name ?? '';
  const wish = await library.call('reclaim', { all: true, confirmed: false });
  expect([wish.moved, await modelsNow()]).toEqual([false, before]);
  const moved = await library.call('reclaim', { all: true, confirmed: true });
  expect(moved).toMatchObject({ moved: true, bytes: wish.bytes });
  expect(
    new Set(
      Object.entries(await library.states()).flatMap(([name, state]) => (name === kept ? [] : [state])),
    ),
  ).toEqual(new Set(['quarantined']));
  const young = await library.call('purge', { confirmed: true });
  expect(young.models.map(({ outcome }) => outcome)).toEqual(['kept', 'kept', 'kept']);
  const purged = await library.call('purge', { confirmed: true, now: true });
  expect(purged).toMatchObject({ purged: true, bytes: wish.bytes });
  expect(await library.call('quarantine', {})).toEqual({ entries: [], bytes: 0 });
  expect(await library.call('check', { all: true })).toMatchObject({ ok: true });
  const back = await library.call('reconstruct', { all: true });
  expect(back.models.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
  expect(await modelsNow()).toEqual(before);
  expect(new Set(Object.values(await library.states()))).toEqual(new Set(['compressed', 'original']));
  expect(await library.call('verify', { all: true })).toMatchObject({
    models: [{ outcome: 'done' }, { outcome: 'done' }, { outcome: 'done' }],
  });
  const { steps } = await library.call('activity', {});
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(
    new Set(['folder-added', 'compress', 'reclaim', 'purge', 'reconstruct']),
  );
});

test('as you go, each original goes as soon as its delta is proven', async () => {
  const before = await modelsNow();
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { all: true, asYouGo: true });
  expect(Object.values(await library.states()).filter((state) => state === 'stored')).toHaveLength(3);
  expect((await library.call('quarantine', {})).entries).toEqual([]);
  await library.call('reconstruct', { all: true });
  expect(await modelsNow()).toEqual(before);
});

test('a model that is named is stored against what there is, and no other is touched', async () => {
  await library.call('addFolder', { path: at('models') });
  const { models } = await library.call('compress', { models: ['first'] });
  expect(models).toMatchObject([{ name: 'first', outcome: 'done', verified: true }]);
  expect(models[0]?.parent).not.toBeNull();
  expect(Object.values(await library.states()).filter((state) => state === 'compressed')).toHaveLength(1);
});

test('undo takes back the last step, and the one before it', async () => {
  const before = await modelsNow();
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['first'] });
  await library.call('reclaim', { models: ['first'], confirmed: true });
  expect((await library.states())['first']).toBe('quarantined');
  expect(await library.call('undo', {})).toMatchObject({ name: 'first' });
  expect(await modelsNow()).toEqual(before);
  expect((await library.states())['first']).toBe('compressed');
  await library.call('undo', {});
  expect((await library.states())['first']).toBe('original');
  expect(await modelsNow()).toEqual(before);
});

test('reconstructed elsewhere, it lies in a folder of its name, and the original place stays as it is', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['first'] });
  const before = await listing(at('models/first'));
  const { models } = await library.call('reconstruct', { models: ['first'], to: at('elsewhere') });
  expect(models).toMatchObject([{ outcome: 'done', output: at('elsewhere/first') }]);
  expect(await listing(at('elsewhere/first'))).toEqual(before);
});

test('models are found by number, path and name; of one name, all are told', async () => {
  await library.call('addFolder', { path: at('models') });
  await cp(at('models/first'), at('models/more/first'), { recursive: true });
  await library.call('scan', {});
  const [one] = (await library.call('list', { text: 'second' })).models;
  for (const model of [`#${one?.id ?? 0}`, at('models/second'), 'second']) {
    expect(await library.call('show', { model })).toMatchObject({ name: 'second' });
  }
  await expect(library.call('show', { model: 'first' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(at('models/more/first')) as string,
  });
  await expect(library.call('show', { model: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
});

test('a cancelled compress leaves what was there before, and can be begun again', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('tree', {});
  const cancel = new AbortController();
  const stop = library.client.onEvent((event) => {
    // The first of them was stored just now.
    if (event.event === 'changed') cancel.abort(new Error('cancelled by the test'));
  });
  const before = await readdir(at('home/vault'));
  await expect(library.call('compress', { all: true }, cancel.signal)).rejects.toThrow(
    'cancelled by the test',
  );
  stop();
  const left = (await readdir(at('home/vault'))).filter((name) => !before.includes(name));
  expect(left.filter((name) => !/\.(dshelf|json)$/u.test(name))).toEqual([]);
  expect((await library.call('jobs', {})).jobs[0]).toMatchObject({ state: 'cancelled' });
  const { models } = await library.call('compress', { all: true });
  expect(models.every(({ verified }) => verified)).toBe(true);
});

test('checkpoints inside a training run are models of their own, and no part of its delta', async () => {
  await cp(at('models/third'), at('models/first/checkpoint-500'), { recursive: true });
  await writeFile(at('models/first/checkpoint-500/optimizer.pt'), 'state of a trainer');
  await library.call('addFolder', { path: at('models') });
  const { files } = await library.call('show', { model: at('models/first') });
  expect(files.map(({ path }) => path).filter((path) => path.includes('checkpoint'))).toEqual([]);
  await library.call('compress', { models: [at('models/first')] });
  const { models } = await library.call('reconstruct', { models: [at('models/first')], to: at('elsewhere') });
  expect(models).toMatchObject([{ outcome: 'done' }]);
  expect(await readdir(at('elsewhere/first'))).not.toContain('checkpoint-500');
});

test('a fine-tune that lands while the folders are watched is compressed by itself, where that is set', async () => {
  await rename(at('models/third'), at('third'));
  await writeFile(at('third/README.md'), '---\nbase_model: second\n---\n');
  await library.call('addFolder', { path: at('models') });
  await library.call('settings', { set: { autoCompress: true } });
  await library.reopen({ watching: true });
  await rename(at('third'), at('models/third'));
  await expect.poll(() => library.states(), { timeout: 20_000 }).toMatchObject({ third: 'compressed' });
  expect(await library.states()).toMatchObject({ base: 'original', first: 'original', second: 'original' });
});

test('a model that changed after it was stored is not reclaimed, and not believed', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['first'] });
  await writeFile(at('models/first/model.safetensors'), generation(9, width));
  await library.call('scan', {});
  expect((await library.states())['first']).toBe('changed');
  const { models } = await library.call('reclaim', { models: ['first'], confirmed: true });
  expect(models).toMatchObject([{ outcome: 'refused', files: [] }]);
});

test('a stored model that was renamed can be reclaimed, and comes back under its new name', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['first'] });
  await rename(at('models/first'), at('models/renamed'));
  await library.call('scan', {});
  const before = await modelsNow();
  const { models } = await library.call('reclaim', { models: [at('models/renamed')], confirmed: true });
  expect(models).toMatchObject([{ outcome: 'done' }]);
  await library.call('purge', { confirmed: true, now: true });
  await library.call('reconstruct', { models: [at('models/renamed')] });
  expect(await modelsNow()).toEqual(before);
});

test('where something else has the name of a file, a model is not called back', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { models: ['first'] });
  await library.call('reclaim', { models: ['first'], confirmed: true });
  await writeFile(at('models/first/model.safetensors'), 'a note of mine');
  const { models } = await library.call('reconstruct', { models: ['first'] });
  expect(models).toMatchObject([{ outcome: 'refused', bytes: 0 }]);
  expect(await readFile(at('models/first/model.safetensors'), 'utf8')).toBe('a note of mine');
});

test('models of one name are told apart in list, tree and plan', async () => {
  await library.call('addFolder', { path: at('models') });
  await cp(at('models/first'), at('models/more/first'), { recursive: true });
  await library.call('scan', {});
  const { models } = await library.call('tree', {});
  expect(new Set(models.map(({ name }) => name)).size).toBe(5);
  const [copy] = models.filter(({ path }) => path === at('models/more/first'));
  expect((await library.call('list', {})).models.map(({ name }) => name)).toContain(copy?.name);
  expect((await library.call('plan', {})).models.map(({ name }) => name)).toContain(copy?.name);
  // Each is found again by the name it is shown with.
  for (const { id, name } of models)
    expect(await library.call('show', { model: name })).toMatchObject({ id, name });
  await expect(library.call('show', { model: 'first (nowhere)' })).rejects.toMatchObject({
    code: 'not-found',
  });
  const named = new Set(models.flatMap(({ parents }) => parents.map(({ name }) => name)));
  for (const name of named) expect(models.filter((model) => model.name === name)).toHaveLength(1);
});

test('the bar of a job over several models does not stand at its end before the last of them', async () => {
  await library.call('addFolder', { path: at('models') });
  // Told is at most ten times a second: by this clock that is every step, however fast the machine is.
  let time = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 100));
  try {
    await library.call('compress', { all: true });
  } finally {
    clock.mockRestore();
  }
  const jobs = library.events.flatMap((event) =>
    event.event === 'job' && event.job.kind === 'compress' ? [event.job] : [],
  );
  const planning = new Set([null, 'identify', 'plan']);
  const working = jobs.filter(({ state, phase }) => state === 'running' && !planning.has(phase));
  expect(working[0]?.share).toBeLessThan(0.7);
  const shares = jobs.map(({ share }) => share);
  expect(shares).toEqual(shares.toSorted((left, right) => left - right));
  expect(shares.at(-1)).toBe(1);
});

test('a purge deletes what was shown, and nothing that came since', async () => {
  await library.call('addFolder', { path: at('models') });
  const { models } = await library.call('compress', { all: true });
  const [first = '', second = ''] = models.map(({ name }) => name);
  await library.call('reclaim', { models: [first], confirmed: true });
  const plan = await library.call('purge', { confirmed: false, now: true });
  await library.call('reclaim', { models: [second], confirmed: true });
  const entries = plan.models.map(({ entry }) => entry);
  const purged = await library.call('purge', { confirmed: true, now: true, entries });
  expect(purged.models).toMatchObject([{ name: first, outcome: 'done' }]);
  expect(await library.states()).toMatchObject({ [first]: 'stored', [second]: 'quarantined' });
});

test('a plan of a step is no job, and says what the step would move', async () => {
  await library.call('addFolder', { path: at('models') });
  const { models } = await library.call('compress', { all: true });
  const before = (await library.call('jobs', {})).jobs.length;
  const plan = await library.call('delete', { model: 'first', confirmed: false });
  expect(plan.entries.flatMap(({ files }) => files.map(({ path }) => path)).toSorted()).toEqual(
    ['config.json', 'model.safetensors', 'tokenizer/vocab.txt'].map((file) => at(`models/first/${file}`)),
  );
  await library.call('reclaim', { all: true, confirmed: false });
  await library.call('purge', { confirmed: false });
  expect((await library.call('jobs', {})).jobs.length).toBe(before);
  await library.call('reclaim', { all: true, confirmed: true });
  const base = models[0]?.parent ?? '';
  await expect(library.call('delete', { model: base, confirmed: false })).rejects.toMatchObject({
    code: 'refused',
  });
});

test('a folder that is watched again has all its models again, those that are stored too', async () => {
  await library.call('addFolder', { path: at('models') });
  await library.call('compress', { all: true });
  await library.call('removeFolder', { path: at('models') });
  await library.call('addFolder', { path: at('models') });
  const { folders } = await library.call('overview', {});
  const { models } = await library.call('list', {});
  expect(folders).toMatchObject([{ models: 4 }]);
  expect(new Set(models.map(({ folder }) => folder))).toEqual(new Set([folders[0]?.id]));
});
