// What arrives from a page is plain data of modest size, before anything looks into it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { droppedFolders } from '../../src/main/desktop/calls/dropped-folders.ts';
import { isModest } from '../../src/main/desktop/calls/modest.ts';
import { isOurPage } from '../../src/main/desktop/calls/sender.ts';

const nested = (depth: number): unknown => (depth === 0 ? 1 : { deeper: nested(depth - 1) });

test('what a call may be passes', () => {
  const models = Array.from({ length: 100_000 }, (_, at) => at);
  expect(isModest(['compress', { models, level: 'fast', all: false, none: null, absent: undefined }])).toBe(
    true,
  );
});

test.each([
  ['a text of 10 MB', 'x'.repeat(10_000_000)],
  ['texts that are too long together', Array.from({ length: 20 }, () => 'x'.repeat(60_000))],
  ['a name of a field that is too long', { ['x'.repeat(1_100_000)]: 1 }],
  ['too many values', Array.from({ length: 250_000 }, () => 0)],
  ['too deep', nested(50)],
  ['bytes', new Uint8Array(8)],
  ['a map', new Map([[1, 2]])],
  ['a date', new Date(0)],
  ['an error', new Error('x')],
  ['a big integer', 1n],
])('%s is refused', (_, value) => {
  expect(isModest(['list', { value }])).toBe(false);
});

test('only the main frame of our page may ask', () => {
  const frame = { url: 'app://deltashelf/index.html', parent: null };
  const from = (senderFrame: unknown) => isOurPage({ senderFrame } as Parameters<typeof isOurPage>[0]);
  expect(from(frame)).toBe(true);
  expect(from({ ...frame, parent: frame })).toBe(false);
  expect(from({ ...frame, url: 'https://example.org/' })).toBe(false);
  expect(from({ ...frame, url: 'about:blank' })).toBe(false);
  expect(from(null)).toBe(false);
});

test('what is dropped is a folder, or a file that stands for its folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deltashelf-drop-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'a.safetensors'), '');
  await writeFile(join(folder, 'b.safetensors'), '');
  expect(
    await droppedFolders([join(folder, 'a.safetensors'), join(folder, 'b.safetensors'), folder]),
  ).toEqual([folder]);
  expect(await droppedFolders(['relative', join(folder, 'none'), `${folder}\0`, '/dev/null'])).toEqual([]);
});
