// A person's way through the library, as the page goes it: over HTTP, to the built host in a process of its own, with
// real files. What is said is compared with what lies on the disk.
import Database from 'better-sqlite3';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { serveLibrary, type ServedLibrary } from './served-library.ts';

const family = [
  'sprout-base',
  'sprout-bible',
  'sprout-blend',
  'sprout-man-fp32',
  'sprout-python',
  'sprout-python-v2',
];

/** A library that watches a folder of models, and knows who came from whom. */
async function watched(names: readonly string[] = family): Promise<ServedLibrary> {
  const library = await serveLibrary();
  await library.put(names);
  await add(library, 'models');
  return library;
}

async function add(library: ServedLibrary, folder: string): Promise<void> {
  const chosen = await library.choose(library.at(folder));
  if (!('result' in chosen)) throw new Error(chosen.error.sentence);
  expect(await library.done(library.ask('addFolder', { place: chosen.result.place }))).toMatchObject({
    state: 'done',
    share: 1,
  });
  await library.until(
    () => library.ask('overview', {}),
    ({ identified }) => identified,
  );
}

async function states(library: ServedLibrary): Promise<Record<string, string>> {
  const { models } = await library.ask('list', {});
  return Object.fromEntries(models.map(({ name, state }) => [name, state]));
}

async function idOf(library: ServedLibrary, name: string): Promise<number> {
  const { models } = await library.ask('list', {});
  const found = models.find((model) => model.name === name);
  if (!found) throw new Error(`${name} is listed`);
  return found.id;
}

const everyOne = (names: readonly string[], state: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, state]));

/** Models that came from another. */
const children = family.filter((name) => name !== 'sprout-base');

test('first run: nothing is watched, the sample library is offered, and one call adds it', async () => {
  await using library = await serveLibrary();
  expect(await library.ask('overview', {})).toMatchObject({
    folders: [],
    sample: true,
    totals: { models: 0, bytes: 0 },
  });
  expect((await library.ask('list', {})).models).toEqual([]);
  expect(await library.done(library.ask('addSample', {}))).toMatchObject({ state: 'done' });
  const overview = await library.until(
    () => library.ask('overview', {}),
    ({ identified }) => identified,
  );
  expect(overview).toMatchObject({ sample: false, totals: { models: 8 } });
  expect(overview.totals.freesBytes).toBeGreaterThan(0);
});

test('the tree shows the edges that the models were made by', async () => {
  await using library = await watched();
  const { models } = await library.ask('lineage', {});
  const edges = models.flatMap(({ name, parents }) =>
    parents.map((parent) => [name, parent.name, parent.weight?.toFixed(1)].filter(Boolean).join(' < ')),
  );
  expect(edges.sort()).toEqual([
    'sprout-bible < sprout-base',
    'sprout-blend < sprout-bible < 0.4',
    'sprout-blend < sprout-python < 0.6',
    'sprout-man-fp32 < sprout-base',
    'sprout-python < sprout-base',
    'sprout-python-v2 < sprout-python',
  ]);
});

test('compress, verify, reclaim, undo, reclaim, purge, reconstruct: every byte is where it should be', async () => {
  await using library = await watched();
  const before = await library.hashes('models');

  const compressed = await library.done(library.ask('compress', { all: true }));
  expect(compressed).toMatchObject({ state: 'done', share: 1 });
  expect(await states(library)).toEqual({ ...everyOne(children, 'compressed'), 'sprout-base': 'original' });
  expect(await library.hashes('models')).toEqual(before);

  expect(await library.done(library.ask('verify', { all: true }))).toMatchObject({ state: 'done' });
  const { models: verified } = await library.ask('list', {});
  for (const { name, verifiedAt } of verified) {
    if (name !== 'sprout-base') expect(verifiedAt, name).not.toBeNull();
  }

  const plan = await library.ask('reclaimPlan', { all: true });
  expect(plan.moved).toBe(false);
  expect(await library.hashes('models')).toEqual(before);
  const reclaimed = await library.done(library.ask('reclaim', { all: true }));
  expect(reclaimed).toMatchObject({ state: 'done' });
  const { entries, bytes } = await library.ask('quarantine', {});
  expect(entries.map(({ name }) => name).sort()).toEqual(children);
  expect(bytes).toBe(plan.bytes);
  for (const { path } of plan.models.flatMap(({ files }) => files)) {
    expect(Object.keys(await library.hashes('models'))).not.toContain(
      path.replace(`${library.at('models')}/`, ''),
    );
  }

  // Taken back one by one, and taken again.
  for (let taken = 0; taken < children.length; taken++) await library.ask('undo', {});
  expect(await library.hashes('models')).toEqual(before);
  expect(await states(library)).toEqual({ ...everyOne(children, 'compressed'), 'sprout-base': 'original' });
  await library.done(library.ask('reclaim', { all: true }));

  const purgePlan = await library.ask('purgePlan', { now: true });
  expect(purgePlan).toMatchObject({ purged: false, bytes: plan.bytes });
  const shown = purgePlan.models.map(({ entry }) => entry);
  expect(await library.done(library.ask('purge', { now: true, entries: shown }))).toMatchObject({
    state: 'done',
  });
  expect(await states(library)).toEqual({ ...everyOne(children, 'stored'), 'sprout-base': 'original' });
  expect((await library.ask('quarantine', {})).entries).toEqual([]);

  const rebuilt = await library.ask('reconstruct', { all: true });
  expect(await library.done(Promise.resolve(rebuilt))).toMatchObject({ state: 'done' });
  const outcome = await library.ask('outcome', rebuilt);
  expect(outcome).toMatchObject({ call: 'reconstruct' });
  expect(await library.hashes('models')).toEqual(before);

  const [last] = (await library.ask('activity', {})).steps;
  expect(last?.undo).not.toBeNull();
  await library.ask('undo', {});
  expect(Object.values(await states(library)).filter((state) => state === 'stored')).toHaveLength(1);
});

test('a model is rebuilt into a folder that a person chose, and only there', async () => {
  await using library = await watched(['sprout-base', 'sprout-python']);
  const before = await library.hashes('models/sprout-python');
  await library.done(library.ask('compress', { all: true }));
  await mkdir(library.at('rebuilt'));
  const target = await library.choose(library.at('rebuilt'));
  if (!('result' in target)) throw new Error(target.error.sentence);
  const model = await idOf(library, 'sprout-python');
  const { place } = target.result;
  const started = await library.ask('reconstruct', { models: [model], to: place });
  expect((await library.done(Promise.resolve(started))).state).toBe('done');
  const { result } = await library.ask('outcome', started);
  expect(result).toMatchObject({
    models: [{ outcome: 'done', output: library.at('rebuilt/sprout-python') }],
  });
  expect(await library.hashes('rebuilt/sprout-python')).toEqual(before);
  expect(await readdir(library.at('rebuilt'))).toEqual(['sprout-python']);
  // Nothing is written over: once more is refused, and what is there stays.
  const again = await library.ask('reconstruct', { models: [model], to: place });
  await library.done(Promise.resolve(again));
  expect((await library.ask('outcome', again)).result).toMatchObject({ models: [{ outcome: 'failed' }] });
  expect(await library.hashes('rebuilt/sprout-python')).toEqual(before);
});

test.each([
  ['a path', (path: string) => path],
  ['a path as an address', (path: string) => `file://${path}`],
  ['a number', () => '1'],
  ['a name that was given out by another', () => '3b241101-e2bb-4255-8caf-4136c566a962'],
])('%s in place of a folder that was chosen is refused', async (_, forged) => {
  await using library = await serveLibrary();
  await library.put(['sprout-base']);
  const place = forged(library.at('models'));
  expect(await library.failureOf('addFolder', { place })).toMatchObject({ code: 'usage' });
  expect((await library.ask('overview', {})).folders).toEqual([]);
});

test('a folder outside the roots cannot be chosen', async () => {
  await using library = await serveLibrary();
  for (const path of ['/', '/etc', `${library.at('')}/../..`]) {
    expect(await library.choose(path)).toMatchObject({ error: { code: 'refused' } });
  }
});

test('a job that is cancelled ends as cancelled, and leaves no part of a file', async () => {
  await using library = await watched();
  const before = await library.hashes('models');
  const { job } = await library.ask('compress', { all: true });
  await library.until(
    () => library.ask('jobs', {}),
    ({ jobs }) => jobs.some(({ id, state, share }) => id === job && state === 'running' && share > 0),
  );
  await library.ask('controlJob', { id: job, action: 'cancel' });
  expect(await library.done(Promise.resolve({ job }))).toMatchObject({ state: 'cancelled' });
  expect(await library.hashes('models')).toEqual(before);
  expect(await partsBelow(library.at('home'))).toEqual([]);
  // What was finished before stays, and the rest can be asked for again.
  expect(await library.done(library.ask('compress', { all: true }))).toMatchObject({ state: 'done' });
  expect(Object.values(await states(library)).filter((state) => state === 'compressed')).toHaveLength(5);
});

test('killed in the middle of a job, the host goes on with it at its next start', async () => {
  await using library = await watched();
  const before = await library.hashes('models');
  const { job } = await library.ask('compress', { all: true });
  await library.until(
    () => library.ask('jobs', {}),
    ({ jobs }) => jobs.some(({ id, state, share }) => id === job && state === 'running' && share > 0),
  );
  await library.stop('SIGKILL');
  expect(await library.hashes('models')).toEqual(before);
  await library.start();
  expect(await library.done(Promise.resolve({ job }))).toMatchObject({ state: 'done', share: 1 });
  expect(await states(library)).toEqual({ ...everyOne(children, 'compressed'), 'sprout-base': 'original' });
  expect(await partsBelow(library.at('home'))).toEqual([]);
  expect(await library.done(library.ask('check', { all: true }))).toMatchObject({ state: 'done' });
});

test('Ctrl+C ends the host within a moment, also while a job runs; it goes on next time', async () => {
  await using library = await watched();
  const { job } = await library.ask('compress', { all: true });
  const start = performance.now();
  expect(await library.stop('SIGINT')).toBe(0);
  expect(performance.now() - start).toBeLessThan(5000);
  await library.start();
  expect(await library.done(Promise.resolve({ job }))).toMatchObject({ state: 'done' });
});

test('a folder that is gone keeps its rows, and is found again when it is back', async () => {
  await using library = await watched(['sprout-base', 'sprout-python']);
  await rename(library.at('models'), library.at('elsewhere'));
  await library.done(library.ask('scan', {}));
  expect(await states(library)).toEqual(everyOne(['sprout-base', 'sprout-python'], 'missing'));
  await rename(library.at('elsewhere'), library.at('models'));
  await library.done(library.ask('scan', {}));
  expect(await states(library)).toEqual(everyOne(['sprout-base', 'sprout-python'], 'original'));
});

test('a folder whose disk is away is offline: what is known of it stays, and comes back with it', async () => {
  await using library = await watched(['sprout-base', 'sprout-python']);
  await library.stop('SIGINT');
  const known = otherDisk(library.at('home/catalogue.sqlite'), 'a disk that is not here');
  await library.start();
  await library.done(library.ask('scan', {}));
  expect((await library.ask('overview', {})).folders).toMatchObject([{ state: 'offline', models: 2 }]);
  expect(await states(library)).toEqual(everyOne(['sprout-base', 'sprout-python'], 'offline'));
  const { models } = await library.ask('lineage', {});
  expect(models.find(({ name }) => name === 'sprout-python')?.parents).toMatchObject([
    { name: 'sprout-base' },
  ]);
  await library.stop('SIGINT');
  otherDisk(library.at('home/catalogue.sqlite'), known);
  await library.start();
  await library.done(library.ask('scan', {}));
  expect(await states(library)).toEqual(everyOne(['sprout-base', 'sprout-python'], 'original'));
});

/** As if the folder had been seen on another disk than the one that is here. @returns what was known before */
function otherDisk(catalogue: string, identity: string): string {
  const database = new Database(catalogue);
  try {
    const known = database.prepare('SELECT identity FROM volumes').pluck().get() as string;
    database.prepare('UPDATE volumes SET identity = ?').run(identity);
    return known;
  } finally {
    database.close();
  }
}

/** Files that are being written, below a folder. */
async function partsBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.tmp'));
}
