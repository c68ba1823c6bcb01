// The window opens where it was left, if that is still a place.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  placeWindow,
  readWindowState,
  writeWindowState,
} from '../../src/main/desktop/window/window-state.ts';
import { nodeFileSystem } from '../../src/main/library/index.ts';

const main = { x: 0, y: 0, width: 1920, height: 1040 };
const left = { x: -1280, y: 0, width: 1280, height: 984 };
const at = (x: number, y: number, width = 1200, height = 800, maximised = false) => ({
  bounds: { x, y, width, height },
  maximised,
});

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deltashelf-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a first window has a good size, on a small display that of the display', () => {
  expect(placeWindow(null, [main])).toEqual({ bounds: { width: 1440, height: 900 }, maximised: false });
  expect(placeWindow(null, [{ ...main, width: 1280, height: 720 }]).bounds).toEqual({
    width: 1280,
    height: 720,
  });
});

test('a window comes back where it was, maximised or not', () => {
  expect(placeWindow(at(100, 50), [main])).toEqual(at(100, 50));
  expect(placeWindow(at(100, 50, 1200, 800, true), [main])).toEqual(at(100, 50, 1200, 800, true));
  expect(placeWindow(at(-1200, 10), [main, left])).toEqual(at(-1200, 10));
});

test.each([
  ['its display is gone', at(-1200, 10)],
  ['it is below the display', at(100, 1100)],
  ['it is above the display', at(100, -700)],
  ['only a sliver of it is left', at(1900, 50)],
])('only its size comes back: %s', (_, state) => {
  expect(placeWindow(state, [main]).bounds).toEqual({ width: 1200, height: 800 });
});

test('a window is never smaller than the page can bear', () => {
  expect(placeWindow(at(100, 50, 300, 200), [main]).bounds).toEqual({
    x: 100,
    y: 50,
    width: 1000,
    height: 640,
  });
});

test('what was written is read again, and nothing lies beside it', async () => {
  const folder = await scratch();
  const path = join(folder, 'window.json');
  await writeWindowState(nodeFileSystem, path, at(1, 2));
  await writeWindowState(nodeFileSystem, path, at(3, 4));
  expect(await readWindowState(path)).toEqual(at(3, 4));
  expect(await readdir(folder)).toEqual(['window.json']);
});

test.each([
  ['no JSON', 'not json'],
  ['half a file', '{"bounds":{"x":1'],
  ['numbers that are none', '{"bounds":{"x":"1","y":2,"width":3,"height":4},"maximised":false}'],
  ['numbers beyond any display', '{"bounds":{"x":1e9,"y":2,"width":3,"height":4},"maximised":false}'],
  ['a field too many', '{"bounds":{"x":1,"y":2,"width":3,"height":4},"maximised":false,"x":1}'],
])('a file that makes no sense is no state: %s', async (_, text) => {
  const path = join(await scratch(), 'window.json');
  await writeFile(path, text);
  expect(await readWindowState(path)).toBeNull();
});

test('no file is no state, and a place that cannot be written to is no failure', async () => {
  const folder = await scratch();
  expect(await readWindowState(join(folder, 'window.json'))).toBeNull();
  await writeWindowState(nodeFileSystem, join(folder, 'none/window.json'), at(1, 2));
  expect(await readdir(folder)).toEqual([]);
});
