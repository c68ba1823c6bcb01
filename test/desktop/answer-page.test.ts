// The handler of app:// gives out the page's own files and nothing else, whatever an address looks like.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerPage } from '../../src/main/desktop/page/answer-page.ts';
import { isOurs, pageUrl } from '../../src/main/desktop/page/page-origin.ts';

let root: string;
let answer: ReturnType<typeof answerPage>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deltashelf-page-'));
  await mkdir(join(root, 'page/assets'), { recursive: true });
  await mkdir(join(root, 'page-2'));
  await writeFile(join(root, 'page/index.html'), '<p>page</p>');
  await writeFile(join(root, 'page/assets/main.js'), 'export {};');
  await writeFile(join(root, 'page/assets/notes.txt'), 'not part of a page');
  await writeFile(join(root, 'secret.html'), 'secret');
  await writeFile(join(root, 'page-2/secret.html'), 'secret');
  await symlink(join(root, 'secret.html'), join(root, 'page/link.html'));
  await symlink(root, join(root, 'page/up'));
  answer = answerPage(join(root, 'page'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** Addresses as they are written: a `Request` of Node would tidy them up first. */
const ask = (url: string, method = 'GET') => answer({ url, method });

test('files of the page come with their type and the policy', async () => {
  const page = await ask(pageUrl);
  expect(page.status).toBe(200);
  expect(await page.text()).toBe('<p>page</p>');
  expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  const script = await ask('app://deltashelf/assets/main.js?v=1#x');
  expect(script.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
  for (const response of [page, script, await ask('app://deltashelf/none.js')]) {
    expect(response.headers.get('Content-Security-Policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  }
});

test.each([
  ['parent folder', 'app://deltashelf/../secret.html'],
  ['parent folder behind a name', 'app://deltashelf/assets/../../secret.html'],
  ['dots encoded', 'app://deltashelf/%2e%2e/secret.html'],
  ['slash encoded', 'app://deltashelf/..%2fsecret.html'],
  ['slash encoded, behind a name', 'app://deltashelf/assets%2f..%2f..%2fsecret.html'],
  ['all encoded', 'app://deltashelf/%2e%2e%2fsecret.html'],
  ['encoded twice', 'app://deltashelf/%252e%252e%252fsecret.html'],
  ['backslash', 'app://deltashelf/..\\secret.html'],
  ['backslash encoded', 'app://deltashelf/..%5csecret.html'],
  ['NUL', 'app://deltashelf/index.html%00.js'],
  ['NUL before the type', 'app://deltashelf/secret%00.html'],
  ['absolute path', 'app://deltashelf//etc/passwd.html'],
  ['drive', 'app://deltashelf/C:/secret.html'],
  ['folder of the same beginning', 'app://deltashelf/..%2fpage-2/secret.html'],
  ['link to a file', 'app://deltashelf/link.html'],
  ['link to a folder', 'app://deltashelf/up/secret.html'],
  ['folder', 'app://deltashelf/assets'],
  ['no name', 'app://deltashelf/'],
  ['file of a type that no page has', 'app://deltashelf/assets/notes.txt'],
  ['broken encoding', 'app://deltashelf/%E0%A4%A'],
  ['another host', 'app://other/index.html'],
  ['another port', 'app://deltashelf:81/index.html'],
  ['a user', 'app://deltashelf@other/index.html'],
  ['another scheme', 'file:///etc/passwd.html'],
])('refused: %s', async (_, url) => {
  const response = await ask(url);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(await response.text()).toBe('');
});

test.each(['POST', 'PUT', 'HEAD', 'OPTIONS'])('refused: method %s', async (method) => {
  expect((await ask(pageUrl, method)).status).toBe(405);
});

test.each([
  ['app://deltashelf/index.html', true],
  ['app://deltashelf/', true],
  ['app://deltashelf.other/index.html', false],
  ['app://user@deltashelf/', false],
  ['https://deltashelf/index.html', false],
  ['file:///index.html', false],
  ['null', false],
  ['about:blank', false],
  ['', false],
])('%s is ours: %s', (address, ours) => {
  expect(isOurs(address)).toBe(ours);
});
