// What the web host promises, as a real browser keeps it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startHost } from '../web/started-host.ts';
import { openPage, until, useBrowser } from './index.ts';

const shared = useBrowser();

const page = (body: string): Record<string, string> => ({
  'index.html': `<!doctype html><title>Test</title><body>${body}<script type="module" src="./assets/main.js"></script>`,
});

test('a script of the page itself runs, in a context that others cannot reach into', async () => {
  await using started = await startHost({
    ...page(''),
    'assets/main.js': 'document.title = `${isSecureContext} ${crossOriginIsolated}`;',
  });
  await using shown = await openPage(shared.browser, started.host.address);
  await until(shown.page, 'document.title === "true true"');
});

test('a script that stands in a text does not run', async () => {
  await using started = await startHost({
    ...page(
      '<script>document.title = "stolen"</script><img src="data:," onerror="document.title = `stolen`">',
    ),
    'assets/main.js': 'document.body.append("done");',
  });
  await using shown = await openPage(shared.browser, started.host.address);
  await shown.page.getByText('done').waitFor();
  expect(await shown.page.title()).toBe('Test');
  expect(shown.problems.filter((each) => each.includes('script-src')).length).toBeGreaterThan(0);
  shown.problems.length = 0;
});

test.each([
  ['eval', 'eval("1")'],
  ['a call elsewhere', 'await fetch("OTHER/api/list", { method: "POST" })'],
  ['a socket', 'await new Promise((_, no) => { new WebSocket("ws://127.0.0.1:PORT").onerror = no; })'],
  [
    'a form',
    'await new Promise((_, no) => { addEventListener("securitypolicyviolation", no); const form = document.createElement("form"); form.action = "OTHER/"; form.method = "post"; form.target = "_blank"; document.body.append(form); form.submit(); })',
  ],
  [
    'a picture elsewhere',
    'await new Promise((_, no) => { const image = new Image(); image.onerror = no; image.src = "OTHER/x.png"; })',
  ],
  [
    'a frame',
    'await new Promise((_, no) => { addEventListener("securitypolicyviolation", no); const frame = document.createElement("iframe"); frame.src = "OTHER/"; document.body.append(frame); })',
  ],
  [
    'another base',
    'await new Promise((_, no) => { addEventListener("securitypolicyviolation", no); const base = document.createElement("base"); base.href = "OTHER/"; document.head.append(base); })',
  ],
])('%s is stopped, although the page asks for it', async (_, code) => {
  await using other = await startHost();
  await using started = await startHost({
    ...page(''),
    'assets/main.js': `try { ${code.replace('OTHER', other.origin).replace('PORT', String(other.host.port))}; document.title = 'went through'; } catch { document.title = 'stopped'; }`,
  });
  await using shown = await openPage(shared.browser, started.host.address);
  await until(shown.page, 'document.title !== "Test"');
  expect(await shown.page.title()).toBe('stopped');
  expect(shown.problems.some((each) => each.startsWith('Content security policy'))).toBe(true);
  shown.problems.length = 0;
  expect(other.service.asked).toEqual([]);
});

/** What a page elsewhere tries; each throws where it got nothing. */
const foreignTries = `
const json = { 'Content-Type': 'application/json', Authorization: 'Bearer TOKEN' };
const tries = {
  call: () => fetch('OWN/api/list', { method: 'POST', headers: json, body: '{}' }),
  simple: async () => { if ((await fetch('OWN/api/list', { method: 'POST', mode: 'no-cors', body: '{}' })).status === 0) throw 0; },
  credentials: () => fetch('OWN/api/list', { method: 'POST', credentials: 'include', headers: json, body: '{}' }),
  events: () => fetch('OWN/api/events', { headers: json }),
  page: () => fetch('OWN/'),
  module: () => import('OWN/assets/main.js'),
  script: () => new Promise((yes, no) => { const script = document.createElement('script'); script.onload = yes; script.onerror = no; script.src = 'OWN/assets/main.js'; document.head.append(script); }),
  frame: () => new Promise((yes, no) => { const frame = document.createElement('iframe'); frame.onload = () => { try { frame.contentDocument.title; yes(); } catch { no(); } }; frame.src = 'OWN/'; document.body.append(frame); }),
};
const results = {};
for (const [name, attempt] of Object.entries(tries)) results[name] = await attempt().then(() => 'read', () => 'refused');
document.title = JSON.stringify(results);
`;

test('the page of another site, of this machine even, gets no answer and cannot load or frame this one', async () => {
  await using own = await startHost();
  const script = foreignTries.replaceAll('OWN', own.origin).replaceAll('TOKEN', own.token);
  await using foreign = await startSite(`<!doctype html><body><script type="module">${script}</script>`);
  await using shown = await openPage(shared.browser, foreign.address);
  await until(shown.page, 'document.title.startsWith("{")');
  const seen = JSON.parse(await shown.page.title()) as Record<string, string>;
  expect(seen).toEqual(Object.fromEntries(Object.keys(seen).map((name) => [name, 'refused'])));
  expect(Object.keys(seen)).toHaveLength(8);
  expect(own.service.asked).toEqual([]);
  expect(own.service.listeners).toBe(1);
  shown.problems.length = 0;
});

/** A site without any of our headers. */
async function startSite(html: string): Promise<{ readonly address: string } & AsyncDisposable> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a page asks nobody but its own host', async () => {
  await using started = await startHost();
  await using shown = await openPage(shared.browser, started.host.address);
  await shown.page.waitForLoadState('networkidle');
  expect(shown.asked.length).toBeGreaterThan(1);
  expect(shown.asked.filter((address) => new URL(address).origin !== started.origin)).toEqual([]);
});
