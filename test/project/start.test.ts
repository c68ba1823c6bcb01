// What `npm start` opens: the app where its program is or can be fetched, else the browser, and why.
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { electronProgram, fetchElectron } from '../../scripts/electron.mjs';
import { whyNoApp } from '../../scripts/start.mjs';

let root: string;
const at = (path: string): string => join(root, path);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'deltashelf-start-'));
  await mkdir(at('node_modules/electron/dist'), { recursive: true });
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** The script that stands for the package's installer. */
function installer(code: string): Promise<void> {
  return writeFile(at('node_modules/electron/install.js'), code);
}

test('the program is where the package says, if that file exists', async () => {
  expect(electronProgram(root, {})).toBeUndefined();
  await writeFile(at('node_modules/electron/path.txt'), 'electron');
  expect(electronProgram(root, {})).toBeUndefined();
  await writeFile(at('node_modules/electron/dist/electron'), '');
  expect(electronProgram(root, {})).toBe(at('node_modules/electron/dist/electron'));
});

test('it may be elsewhere', async () => {
  await writeFile(at('node_modules/electron/path.txt'), 'electron');
  await mkdir(at('own'));
  await writeFile(at('own/electron'), '');
  expect(electronProgram(root, { ELECTRON_OVERRIDE_DIST_PATH: at('own') })).toBe(at('own/electron'));
});

test('it is fetched where it can be', async () => {
  await installer(`
    const { writeFileSync } = require('node:fs');
    writeFileSync(__dirname + '/dist/electron', '');
    writeFileSync(__dirname + '/path.txt', 'electron');
  `);
  expect(await fetchElectron(root)).toBeUndefined();
  expect(electronProgram(root, {})).toBe(at('node_modules/electron/dist/electron'));
});

test('a failure is told in its own words, and remembered for a day', async () => {
  await installer('console.error("TypeError: fetch failed\\n    at somewhere"); process.exit(1);');
  expect(await fetchElectron(root)).toBe('TypeError: fetch failed');
  await installer('require("node:fs").writeFileSync(__dirname + "/asked-again", "");');
  expect(await fetchElectron(root)).toBe('TypeError: fetch failed');
  expect(await readdir(at('node_modules/electron'))).not.toContain('asked-again');
  const yesterday = Date.now() / 1000 - 25 * 3600;
  await utimes(at('node_modules/.cache/deltashelf/electron-failed'), yesterday, yesterday);
  expect(await fetchElectron(root)).toBeUndefined();
  expect(await readdir(at('node_modules/electron'))).toContain('asked-again');
});

test('an installer that does not end is ended', async () => {
  await installer('setInterval(() => undefined, 1000);');
  expect(await fetchElectron(root, 300)).toBe('it took longer than 0.3 s');
});

test.each([
  ['no display', {}, 'linux', 1000, /no display/u],
  ['a display', { DISPLAY: ':0' }, 'linux', 1000, undefined],
  ['a display of another kind', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', 1000, undefined],
  ['an empty name of a display', { DISPLAY: '' }, 'linux', 1000, /no display/u],
  ['the root of a Linux', { DISPLAY: ':0' }, 'linux', 0, /root/u],
  ['a Mac', {}, 'darwin', 501, undefined],
  ['Windows, which knows no number of a user', {}, 'win32', undefined, undefined],
] as const)('%s', (_, env, platform, user, reason) => {
  const why = whyNoApp(env, platform, user);
  if (reason === undefined) expect(why).toBeUndefined();
  else expect(why).toMatch(reason);
});
