import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/disk/index.ts';
import type { EventHandlers } from '../../../src/main/library/watch/event-source.ts';
import { createFolderWatcher, systemTimer, type WatchMode } from '../../../src/main/library/watch/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { FakeTimer } from './fake-timer.ts';

/** Events that a test makes up. */
function fakeEvents(error?: string) {
  const opened: { folder: string; depth: number | undefined; handlers: EventHandlers; closed: boolean }[] =
    [];
  const open = async (folder: string, depth: number | undefined, handlers: EventHandlers) => {
    const source = { folder, depth, handlers, closed: false };
    opened.push(source);
    if (error !== undefined) handlers.onError(Object.assign(new Error(error), { code: error }));
    return {
      close: async () => {
        source.closed = true;
      },
    };
  };
  return { open, opened };
}

/** Counts the calls to the disk. */
function counting(): FileSystem & { calls: number } {
  const fs = {
    ...nodeFileSystem,
    calls: 0,
    lstat: (path: string) => {
      fs.calls += 1;
      return nodeFileSystem.lstat(path);
    },
    readdir: (path: string) => {
      fs.calls += 1;
      return nodeFileSystem.readdir(path);
    },
  };
  return fs;
}

test('a small library is watched by events, each path once, and idle means no call to the disk', async () => {
  await using scratch = await scratchFolder();
  await mkdir(join(scratch.path, 'a/b'), { recursive: true });
  const timer = new FakeTimer();
  const events = fakeEvents();
  const fs = counting();
  const watcher = createFolderWatcher({ fs, timer, openEvents: events.open });
  const told: (readonly string[])[] = [];
  watcher.onChange((paths) => told.push(paths));
  expect(await watcher.start(scratch.path)).toEqual({ kind: 'events', sentence: undefined });
  const [source] = events.opened;
  expect(source?.depth).toBeUndefined();
  const calls = fs.calls;
  timer.advance(24 * 3_600_000);
  expect(fs.calls).toBe(calls);
  expect(timer.pending).toBe(0);
  for (const path of ['/b', '/a', '/b']) source?.handlers.onPath(path);
  expect(told).toEqual([]);
  timer.advance(500);
  expect(told).toEqual([['/a', '/b']]);
  await watcher.close();
  expect(source?.closed).toBe(true);
});

test('events that keep coming are told all the same after a while; very many are told as the folder', async () => {
  await using scratch = await scratchFolder();
  const timer = new FakeTimer();
  const events = fakeEvents();
  const watcher = createFolderWatcher({ fs: nodeFileSystem, timer, openEvents: events.open });
  const told: (readonly string[])[] = [];
  watcher.onChange((paths) => told.push(paths));
  await watcher.start(scratch.path);
  for (let number = 0; number < 20; number += 1) {
    events.opened[0]?.handlers.onPath(`/${number}`);
    timer.advance(400);
  }
  expect(told[0]).toHaveLength(13);
  timer.advance(5000);
  for (let number = 0; number < 2000; number += 1) events.opened[0]?.handlers.onPath(`/${number}`);
  timer.advance(500);
  expect(told.at(-1)).toEqual([scratch.path]);
  await watcher.close();
});

test('after close nothing is told', async () => {
  await using scratch = await scratchFolder();
  const timer = new FakeTimer();
  const events = fakeEvents();
  const watcher = createFolderWatcher({ fs: nodeFileSystem, timer, openEvents: events.open });
  const listener = vi.fn();
  watcher.onChange(listener);
  await watcher.start(scratch.path);
  events.opened[0]?.handlers.onPath('/a');
  await watcher.close();
  timer.advance(10_000);
  expect(listener).not.toHaveBeenCalled();
});

const sweepMs = 1000;
test.for<[string, object, string]>([
  ['a large library', { mostWatches: 2 }, 'holds more than 2 folders'],
  ['a network volume', { onNetwork: true }, 'network volume'],
  ['a system without watches (ENOSPC)', { openEvents: fakeEvents('ENOSPC').open }, 'no watches left'],
  ['a volume that tells of nothing (ENOSYS)', { openEvents: fakeEvents('ENOSYS').open }, 'does not tell'],
])('%s is swept: what came, went and moved is told', async ([, options, words]) => {
  await using scratch = await scratchFolder();
  for (const path of ['a/b', 'c', 'gone']) await mkdir(join(scratch.path, path), { recursive: true });
  const timer = new FakeTimer();
  const watcher = createFolderWatcher({
    fs: nodeFileSystem,
    timer,
    sweepMs,
    openEvents: fakeEvents().open,
    ...options,
  });
  const told: (readonly string[])[] = [];
  watcher.onChange((paths) => told.push(paths.map((path) => path.slice(scratch.path.length))));
  const mode = await watcher.start(scratch.path);
  expect(mode.kind).toBe('sweep');
  expect(mode.sentence).toContain(words);
  const sweep = async (expected: readonly string[]): Promise<void> => {
    timer.advance(sweepMs);
    await vi.waitFor(
      () => {
        timer.advance(500);
        expect(told.flat().sort()).toEqual(expected);
      },
      { timeout: 10_000, interval: 5 },
    );
    told.length = 0;
  };
  await writeFile(join(scratch.path, 'a/b/x.safetensors'), 'x');
  await sweep(['/a/b']);
  await mkdir(join(scratch.path, 'c/new/deep'), { recursive: true });
  await sweep(['/c']);
  // The new folders are swept from now on.
  await writeFile(join(scratch.path, 'c/new/deep/x'), 'x');
  await sweep(['/c/new/deep']);
  await rm(join(scratch.path, 'gone'), { recursive: true });
  await sweep(['', '/gone']);
  await rename(join(scratch.path, 'a/b'), join(scratch.path, 'a/z'));
  await sweep(['/a', '/a/b']);
  await watcher.close();
  expect(timer.pending).toBe(0);
});

test('a system that runs out of watches later on is swept from then on, and a scan is asked for', async () => {
  await using scratch = await scratchFolder();
  const timer = new FakeTimer();
  const events = fakeEvents();
  const watcher = createFolderWatcher({ fs: nodeFileSystem, timer, openEvents: events.open, sweepMs });
  const modes: WatchMode[] = [];
  const told: (readonly string[])[] = [];
  watcher.onMode((mode) => modes.push(mode));
  watcher.onChange((paths) => told.push(paths));
  await watcher.start(scratch.path);
  const [source] = events.opened;
  source?.handlers.onError(Object.assign(new Error('x'), { code: 'EACCES' }));
  source?.handlers.onError(Object.assign(new Error('x'), { code: 'ENOSPC' }));
  source?.handlers.onError(Object.assign(new Error('x'), { code: 'ENOSPC' }));
  await vi.waitFor(() => expect(modes.map(({ kind }) => kind)).toEqual(['sweep']));
  expect(source?.closed).toBe(true);
  timer.advance(500);
  expect(told).toEqual([[scratch.path]]);
  await watcher.close();
});

test('chokidar tells of files deep inside, not of unfinished ones, and follows no link', async () => {
  await using scratch = await scratchFolder();
  await using outside = await scratchFolder();
  await mkdir(join(scratch.path, 'a/b'), { recursive: true });
  await symlink(outside.path, join(scratch.path, 'link'));
  const watcher = createFolderWatcher({ fs: nodeFileSystem, timer: systemTimer });
  const told = new Set<string>();
  watcher.onChange((paths) => {
    for (const path of paths) told.add(path.slice(scratch.path.length));
  });
  expect(await watcher.start(scratch.path)).toEqual({ kind: 'events', sentence: undefined });
  await writeFile(join(scratch.path, 'a/b/x.safetensors.part'), 'half');
  await writeFile(join(outside.path, 'y.safetensors'), 'y');
  await writeFile(join(scratch.path, 'a/b/x.safetensors'), 'x');
  await mkdir(join(scratch.path, 'new'));
  await vi.waitFor(
    () => expect([...told].sort()).toEqual(expect.arrayContaining(['/a/b/x.safetensors', '/new'])),
    { timeout: 20_000, interval: 20 },
  );
  expect([...told].filter((path) => path.endsWith('.part') || path.includes('y.safetensors'))).toEqual([]);
  await watcher.close();
});
