// The page's side of the web host, in a real browser: the key, calls, events, and what becomes of it all when the host
// goes away.
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { beforeAll, expect, test } from 'vitest';
import { startHost, type StartedHost } from '../web/started-host.ts';
import { openPage, until, useBrowser, type WatchedPage } from './index.ts';

const shared = useBrowser();
const client = fileURLToPath(new URL('../../src/renderer/host/web-host.ts', import.meta.url));

/** A page that does nothing but to hand out the client and keep what it is told. */
let files: Record<string, string>;

beforeAll(async () => {
  const [{ output }] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib: { entry: client, formats: ['es'], fileName: 'client' } },
  })) as [Rolldown.RolldownOutput];
  files = {
    'index.html': '<!doctype html><title>Test</title><script type="module" src="./assets/main.js"></script>',
    'assets/client.js': output[0].code,
    'assets/main.js': `import { connectWebHost } from './client.js';
      globalThis.host = connectWebHost();
      globalThis.told = [];
      host.onEvent((event) => told.push(event));`,
  };
});

async function open(started: StartedHost, address = started.host.address): Promise<WatchedPage> {
  const shown = await openPage(shared.browser, address);
  await until(shown.page, 'globalThis.host !== undefined');
  return shown;
}

/** Waits until the page listens: what is told before reaches nobody. */
async function listening({ service }: StartedHost, { page }: WatchedPage): Promise<void> {
  for (let heard = 0; heard === 0; heard = await page.evaluate<number>('told.length')) {
    service.emit({ event: 'changed' });
    await page.waitForTimeout(20);
  }
  await page.evaluate('told.length = 0');
}

const toldStates = `told.filter(({ event }) => event === 'service').map(({ state }) => state)`;

test('a call goes to the host and back, with nothing of the page in between', async () => {
  await using started = await startHost(files);
  await using shown = await open(started);
  expect(await shown.page.evaluate('host.calls.list({ text: "llama" })')).toEqual({
    result: { name: 'list', args: { text: 'llama' } },
  });
  expect(await shown.page.evaluate('[host.kind, host.platform, host.folders.kind]')).toEqual([
    'web',
    process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
    'typed',
  ]);
});

test('the key leaves the address at once, and stays with the tab alone', async () => {
  await using started = await startHost(files);
  await using shown = await open(started);
  const { page } = shown;
  expect(page.url()).toBe(`${started.origin}/`);
  expect(shown.asked.filter((address) => address.includes(started.token))).toEqual([]);
  expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual([
    '',
    0,
    1,
  ]);
  await page.reload();
  await until(page, 'globalThis.host !== undefined');
  expect(await page.evaluate('host.calls.list({})')).toHaveProperty('result');
  // Another window of the same browser knows nothing of it.
  await using other = await open(started, started.origin);
  expect(await other.page.evaluate('host.calls.list({})')).toMatchObject({ error: { code: 'refused' } });
  other.problems.length = 0;
});

test('a ticket in the address is changed for the key, before anything else is asked', async () => {
  await using started = await startHost(files);
  await using shown = await open(started, started.host.addressForOnce());
  expect(shown.page.url()).toBe(`${started.origin}/`);
  expect(await shown.page.evaluate('host.calls.list({})')).toHaveProperty('result');
  await shown.page.reload();
  await until(shown.page, 'globalThis.host !== undefined');
  expect(await shown.page.evaluate('host.calls.list({})')).toHaveProperty('result');
});

test('a page without the key says so once, and does not ask on', async () => {
  await using started = await startHost(files);
  await using shown = await open(started, started.origin);
  await until(shown.page, `${toldStates}.includes('gone')`);
  const [event] = await shown.page.evaluate<[{ sentence: string }]>('told');
  expect(event.sentence).toContain('Open the address that it printed');
  await shown.page.waitForTimeout(1500);
  expect(shown.asked.filter((address) => address.endsWith('/api/events'))).toHaveLength(1);
  shown.problems.length = 0;
});

test('a new address in the same tab takes the new key', async () => {
  await using started = await startHost(files);
  await using shown = await open(started, `${started.origin}/#token=old`);
  expect(await shown.page.evaluate('host.calls.list({})')).toMatchObject({ error: { code: 'refused' } });
  const loaded = shown.page.waitForEvent('load');
  await shown.page.evaluate(`location.href = '#token=${started.token}'`);
  await loaded;
  await until(shown.page, `location.hash === '' && globalThis.host !== undefined`);
  expect(await shown.page.evaluate('host.calls.list({})')).toHaveProperty('result');
  shown.problems.length = 0;
});

test('what happens in the library is told to all who listen, until they do not', async () => {
  await using started = await startHost(files);
  await using shown = await open(started);
  const { page } = shown;
  await listening(started, shown);
  await page.evaluate(
    'globalThis.second = []; globalThis.stop = host.onEvent((event) => second.push(event))',
  );
  started.service.emit({ event: 'alarm', sentence: 'First “one”\n\ndata: {}', models: ['a'] });
  await until(page, `second.some(({ event }) => event === 'alarm')`);
  await page.evaluate('stop()');
  started.service.emit({ event: 'alarm', sentence: 'Second', models: [] });
  await until(page, `told.filter(({ event }) => event === 'alarm').length === 2`);
  expect(await page.evaluate(`second.filter(({ event }) => event === 'alarm')`)).toEqual([
    { event: 'alarm', sentence: 'First “one”\n\ndata: {}', models: ['a'] },
  ]);
});

test('a stream that breaks is opened again, and the page told to look anew', async () => {
  await using started = await startHost(files);
  await using shown = await open(started);
  await listening(started, shown);
  started.host.endStreams();
  await until(shown.page, `${toldStates}.includes('restarted')`);
  expect(await shown.page.evaluate(toldStates)).toEqual(['restarted']);
  await listening(started, shown);
});

test('a host that is gone is told as gone, in words for a person; calls fail as values', async () => {
  await using started = await startHost(files);
  await using shown = await open(started);
  await listening(started, shown);
  await started.host.close();
  await until(shown.page, `${toldStates}.includes('gone')`);
  expect(await shown.page.evaluate(`told.find(({ event }) => event === 'service').sentence`)).toContain(
    'Start it again',
  );
  expect(await shown.page.evaluate('host.calls.list({})')).toMatchObject({
    error: { code: 'in-use', place: {} },
  });
  expect(await shown.page.evaluate('host.folders.complete("/")')).toEqual([]);
  shown.problems.length = 0;
});

test('folders are completed and chosen by their path', async () => {
  await using started = await startHost(files);
  await using shown = await open(started);
  const home = `${started.folder}/home`;
  expect(await shown.page.evaluate(`host.folders.complete(${JSON.stringify(home.slice(0, -2))})`)).toEqual([
    home,
  ]);
  expect(await shown.page.evaluate(`host.folders.choose(${JSON.stringify(home)})`)).toEqual({
    result: { place: 'place-1', path: home },
  });
  expect(await shown.page.evaluate(`host.folders.choose('/etc')`)).toMatchObject({
    error: { code: 'refused' },
  });
});
