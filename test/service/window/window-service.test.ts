// What a page may ask of the service, and what it is refused. Whatever a page sends, the answer is a value.
import { expect, test } from 'vitest';
import { WindowService } from '../../../src/main/service/index.ts';
import {
  DeltashelfError,
  windowCallNames,
  windowCalls,
  type LibraryEvent,
} from '../../../src/shared/index.ts';
import { FakeLibrary } from '../host/fake-library.ts';

const noQuarantine = { entries: [], bytes: 0 };

/** A window over a library that answers nothing but what the test says. */
function windowOver(answers: ConstructorParameters<typeof FakeLibrary>[0] = {}) {
  const library = new FakeLibrary(answers);
  return { library, window: new WindowService(library) };
}

const refused = (sentence: RegExp | string) => ({
  error: {
    code: 'usage',
    sentence: sentence instanceof RegExp ? (expect.stringMatching(sentence) as string) : sentence,
    place: {},
  },
});

test.each(['', 'rebuildCatalogue', 'rebase', 'toString', '__proto__', 'constructor', 'list ', 'tree'])(
  'a call that no window has is refused: %j',
  async (name) => {
    const { library, window } = windowOver();
    expect(await window.answer(name, {})).toEqual(
      refused('A window cannot make that call. Nothing was done.'),
    );
    expect(library.calls).toEqual([]);
  },
);

test('a name of a call that is no text is refused', async () => {
  const { window } = windowOver();
  const name = { toString: () => 'list' } as unknown as string;
  expect(await window.answer(name, {})).toMatchObject({ error: { code: 'usage' } });
});

test.each(windowCallNames)('%s refuses a key that it does not know', async (call) => {
  const { library, window } = windowOver();
  const wide = { model: 1, child: 1, place: 'p', folder: 1, job: 1, id: 1, action: 'pause', set: {} };
  const known = Object.keys(windowCalls[call].args.shape);
  const args = Object.fromEntries(Object.entries(wide).filter(([key]) => known.includes(key)));
  expect(await window.answer(call, { ...args, path: '/etc' })).toEqual(refused(/Unrecognized key: "path"/u));
  expect(library.calls).toEqual([]);
});

test.each([
  ['a text of 10 MB', { text: 'x'.repeat(10_000_000) }],
  ['a key of 10 MB', { ['x'.repeat(10_000_000)]: 1 }],
  ['a million values', { models: Array.from({ length: 1_000_000 }, () => 1) }],
  ['a list of a length that is not there', { models: new Array(4_000_000_000) }],
  ['values inside values', [1, 2, 3, 4, 5, 6, 7, 8, 9].reduce<object>((inner) => ({ inner }), {})],
])('%s is refused before anything is made of it', async (_what, args) => {
  const { library, window } = windowOver();
  expect(await window.answer('list', args)).toEqual(refused(/too much/u));
  expect(library.calls).toEqual([]);
});

test('what refers to itself is refused', async () => {
  const args: Record<string, unknown> = {};
  args['text'] = args;
  expect(await windowOver().window.answer('list', args)).toEqual(refused(/too much/u));
});

test.each(['/etc/passwd', '#1', 'name', -1, 0, 1.5, Number.NaN, null, ['1'], { toString: () => '/etc' }])(
  'what is no number of a model is refused where one is wanted: %j',
  async (model) => {
    const { library, window } = windowOver();
    for (const call of ['show', 'changes', 'candidates', 'delete', 'deletePlan', 'repair'] as const) {
      expect(await window.answer(call, { model })).toMatchObject({ error: { code: 'usage' } });
    }
    expect(await window.answer('compress', { models: [model] })).toMatchObject({ error: { code: 'usage' } });
    expect(await window.answer('setEdge', { child: 1, parents: [{ model }] })).toMatchObject({
      error: { code: 'usage' },
    });
    expect(library.calls).toEqual([]);
  },
);

test.each([
  ['addFolder', {}],
  ['moveVault', {}],
  ['locate', { model: 1 }],
] as const)('%s takes no folder that nobody chose', async (call, args) => {
  const { library, window } = windowOver();
  const sentence =
    'That folder was not chosen in this window, or too long ago. Nothing was done; choose it again.';
  for (const place of ['/etc', '..', 'C:\\', crypto.randomUUID()]) {
    expect(await window.answer(call, { ...args, place })).toEqual(refused(sentence));
  }
  expect(library.calls).toEqual([]);
});

test('optional folders are taken by name as well', async () => {
  const { library, window } = windowOver();
  for (const [call, args] of [
    ['reconstruct', { all: true, to: '/etc' }],
    ['repair', { model: 1, from: '/etc' }],
    ['setSettings', { set: { vaultCopyPath: '/etc' } }],
    ['setSettings', { set: { vaultCopyPath: ['/etc'] } }],
  ] as const) {
    expect(await window.answer(call, args)).toMatchObject({ error: { code: 'usage' } });
  }
  expect(library.calls).toEqual([]);
});

test('a folder that was chosen has the same name each time, and its path goes to the library', async () => {
  const { library, window } = windowOver({
    addFolder: () => Promise.resolve(7),
    moveVault: () => Promise.resolve(8),
    reconstruct: () => Promise.resolve(9),
    repair: () => Promise.resolve(10),
    locate: () => Promise.resolve({}),
    settings: () => Promise.resolve({ settings: {} }),
  });
  const { place, path } = window.chosen('/models');
  expect(path).toBe('/models');
  expect(window.chosen('/models')).toEqual({ place, path });
  expect(window.chosen('/other').place).not.toBe(place);
  expect(await window.answer('addFolder', { place })).toEqual({ result: { job: 7 } });
  expect(await window.answer('moveVault', { place })).toEqual({ result: { job: 8 } });
  expect(await window.answer('reconstruct', { models: [3], to: place })).toEqual({ result: { job: 9 } });
  expect(await window.answer('repair', { model: 3, from: place })).toEqual({ result: { job: 10 } });
  await window.answer('locate', { model: 3, place });
  await window.answer('setSettings', { set: { vaultCopyPath: place, planDepth: 2 } });
  await window.answer('setSettings', { set: { vaultCopyPath: null } });
  expect(library.calls).toEqual([
    { call: 'addFolder', args: { path: '/models' } },
    { call: 'moveVault', args: { path: '/models' } },
    { call: 'reconstruct', args: { models: ['#3'], all: false, to: '/models' } },
    { call: 'repair', args: { model: '#3', from: '/models' } },
    { call: 'locate', args: { model: '#3', path: '/models' } },
    { call: 'settings', args: { set: { planDepth: 2, vaultCopyPath: '/models' } } },
    { call: 'settings', args: { set: { vaultCopyPath: null } } },
  ]);
});

test('of very many chosen folders the first are forgotten, and nothing grows', async () => {
  const { window } = windowOver({ addFolder: () => Promise.resolve(1) });
  const first = window.chosen('/first').place;
  const second = window.chosen('/second').place;
  for (let at = 0; at < 999; at += 1) window.chosen(`/folder-${at}`);
  expect(await window.answer('addFolder', { place: first })).toMatchObject({ error: { code: 'usage' } });
  expect(await window.answer('addFolder', { place: second })).toEqual({ result: { job: 1 } });
});

test('long work is begun and not waited for, what is confirmed in the page is confirmed', async () => {
  const begin = () => Promise.resolve(12);
  const { library, window } = windowOver({
    addSample: begin,
    scan: begin,
    compress: begin,
    verify: begin,
    reclaim: begin,
    purge: begin,
    delete: begin,
    check: begin,
  });
  const job = { result: { job: 12 } };
  expect(await window.answer('addSample', {})).toEqual(job);
  expect(await window.answer('scan', {})).toEqual(job);
  expect(await window.answer('compress', { models: [1, 2] })).toEqual(job);
  expect(await window.answer('verify', { all: true })).toEqual(job);
  expect(await window.answer('reclaim', { models: [1], sideFiles: true })).toEqual(job);
  expect(await window.answer('purge', { now: true, entries: ['q1'] })).toEqual(job);
  expect(await window.answer('delete', { model: 5 })).toEqual(job);
  expect(await window.answer('check', { models: [1] })).toEqual(job);
  expect(library.begun).toEqual(library.calls);
  expect(library.calls).toEqual([
    { call: 'addSample', args: {} },
    { call: 'scan', args: {} },
    { call: 'compress', args: { models: ['#1', '#2'], all: false, level: 'fast', asYouGo: false } },
    { call: 'verify', args: { models: [], all: true } },
    { call: 'reclaim', args: { models: ['#1'], all: false, sideFiles: true, confirmed: true } },
    { call: 'purge', args: { now: true, entries: ['q1'], confirmed: true } },
    { call: 'delete', args: { model: '#5', confirmed: true } },
    { call: 'check', args: { models: ['#1'], all: false } },
  ]);
});

test('plans confirm nothing', async () => {
  const nothing = { moved: false, purged: false, models: [], bytes: 0 };
  const { library, window } = windowOver({
    reclaim: () => Promise.resolve(nothing),
    purge: () => Promise.resolve(nothing),
    delete: () => Promise.resolve(noQuarantine),
    tree: () => Promise.resolve({ models: [] }),
  });
  await window.answer('reclaimPlan', { all: true });
  await window.answer('purgePlan', {});
  await window.answer('deletePlan', { model: 5 });
  await window.answer('lineage', {});
  await window.answer('lineage', { model: 5 });
  expect(library.begun).toEqual([]);
  expect(library.calls).toEqual([
    { call: 'reclaim', args: { models: [], all: true, sideFiles: false, confirmed: false } },
    { call: 'purge', args: { now: false, confirmed: false } },
    { call: 'delete', args: { model: '#5', confirmed: false } },
    { call: 'tree', args: { asKnown: true } },
    { call: 'tree', args: { model: '#5', asKnown: true } },
  ]);
});

test('a failure is a value with its code and place', async () => {
  const failure = new DeltashelfError('refused', 'It stays.', { file: 'base', tensor: 'w' });
  const { window } = windowOver({ quarantine: () => Promise.reject(failure) });
  expect(await window.answer('quarantine', {})).toEqual({
    error: { code: 'refused', sentence: 'It stays.', place: { file: 'base', tensor: 'w' } },
  });
});

test('what is no failure of ours is a value as well', async () => {
  const { window } = windowOver({ quarantine: () => Promise.reject(new TypeError('oops')) });
  expect(await window.answer('quarantine', {})).toMatchObject({ error: { code: 'internal' } });
});

test('places of other programs can be added by their names', async () => {
  const found = { name: 'Ollama', path: '/ollama', models: 3, bytes: 5, freesBytes: 1, watched: false };
  const { library, window } = windowOver({
    places: () => Promise.resolve({ places: [found], seconds: 1 }),
    addFolder: () => Promise.resolve(1),
  });
  const answer = windowCalls.places.result.parse(
    ((await window.answer('places', {})) as { result: unknown }).result,
  );
  const place = answer.places[0]?.place ?? '';
  expect(answer).toEqual({ places: [{ ...found, place }], seconds: 1 });
  expect(await window.answer('addFolder', { place })).toEqual({ result: { job: 1 } });
  expect(library.calls.at(-1)).toEqual({ call: 'addFolder', args: { path: '/ollama' } });
});

test('a watched folder is removed by its number', async () => {
  const { library, window } = windowOver({
    overview: () => Promise.resolve({ folders: [{ id: 4, path: '/models' }] }),
    removeFolder: () => Promise.resolve({ path: '/models', forgotten: 2 }),
  });
  expect(await window.answer('removeFolder', { folder: 3 })).toMatchObject({ error: { code: 'not-found' } });
  expect(await window.answer('removeFolder', { folder: 4 })).toEqual({
    result: { path: '/models', forgotten: 2 },
  });
  expect(library.calls.at(-1)).toEqual({ call: 'removeFolder', args: { path: '/models' } });
});

test('the place of a model, and of what a job wrote, can be shown', async () => {
  const back = { name: 'a', path: '/a', sentence: null, bytes: 1, seconds: 1 };
  const models = [
    { ...back, outcome: 'refused', output: null },
    { ...back, outcome: 'done', output: '/written/a' },
  ];
  const { window } = windowOver({
    show: () => Promise.resolve({ path: '/models/a' }),
    outcome: ({ job }: { job: number }) =>
      Promise.resolve(
        job === 1
          ? { call: 'reconstruct', result: { models, warnings: [], seconds: 1 } }
          : { call: 'verify', result: { models: [], seconds: 1 } },
      ),
  });
  expect(await window.pathOf({ model: 3 })).toBe('/models/a');
  expect(await window.pathOf({ job: 1 })).toBe('/written/a');
  await expect(window.pathOf({ job: 2 })).rejects.toMatchObject({ code: 'usage' });
});

test('events go on to the page until it has enough', () => {
  const { library, window } = windowOver();
  const events: LibraryEvent[] = [];
  const stop = window.onEvent((event) => events.push(event));
  library.emit({ event: 'changed' });
  stop();
  library.emit({ event: 'changed' });
  expect(events).toEqual([{ event: 'changed' }]);
  expect(library.listeners).toBe(0);
});
