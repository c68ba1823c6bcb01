import { appendFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { Settler } from '../../../src/main/library/scan/index.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { config, frozenClock, plantTree, scanAll, st } from './trees.ts';

const now = 1_800_000_000_000;
const quietMs = 2000;
const oldMs = 60_000;
const file = (ageMs: number, size = 10, ino = 1n) => ({
  size,
  ino,
  mtimeNs: BigInt(now - ageMs) * 1_000_000n,
});

interface Look {
  readonly afterMs: number;
  readonly file: ReturnType<typeof file>;
  readonly settled: boolean;
}

const table: Readonly<Record<string, readonly Look[]>> = {
  'a file that is old needs one look': [{ afterMs: 0, file: file(oldMs), settled: true }],
  'a young file needs two looks some time apart': [
    { afterMs: 0, file: file(0), settled: false },
    { afterMs: quietMs - 1, file: file(0), settled: false },
    { afterMs: 1, file: file(0), settled: true },
  ],
  'a file that grows waits anew': [
    { afterMs: 0, file: file(0), settled: false },
    { afterMs: quietMs, file: file(0, 11), settled: false },
    { afterMs: quietMs, file: file(0, 11), settled: true },
  ],
  'a file whose time changes waits anew': [
    { afterMs: 0, file: file(100), settled: false },
    { afterMs: quietMs, file: file(50), settled: false },
  ],
  'a file that was replaced waits anew': [
    { afterMs: 0, file: file(0), settled: false },
    { afterMs: quietMs, file: file(0, 10, 2n), settled: false },
  ],
  'a time in the future (a clock that went backwards) proves nothing': [
    { afterMs: 0, file: file(-1e9), settled: false },
    { afterMs: quietMs, file: file(-1e9), settled: true },
  ],
};

test.for(Object.entries(table))('%s', ([, looks]) => {
  const clock = frozenClock(now);
  const settler = new Settler({ ...clock, wallMs: () => now }, { quietMs, oldMs });
  for (const look of looks) {
    clock.advance(look.afterMs);
    expect(settler.look('/x', look.file)).toBe(look.settled);
  }
});

test('young models are found in one scan, after one pause', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, {
    'm/config.json': config,
    'm/model.safetensors': st('a'),
    'a.safetensors': st('a'),
  });
  const young = new Date();
  for (const path of ['m/model.safetensors', 'a.safetensors'])
    await utimes(join(scratch.path, path), young, young);
  const clock = frozenClock();
  const { models, skipped } = await scanAll(scratch.path, { settler: new Settler(clock) });
  expect(models.map(({ name }) => name).sort()).toEqual(['a.safetensors', 'm']);
  expect(skipped).toEqual([]);
  expect(clock.pauses).toBe(1);
});

test('nothing waits where all has settled', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, { 'a.safetensors': st('a') });
  const clock = frozenClock();
  await scanAll(scratch.path, { settler: new Settler(clock) });
  expect(clock.pauses).toBe(0);
});

test('a file that is still written is left until it has stopped', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, { 'a.safetensors': st('a') });
  const place = join(scratch.path, 'a.safetensors');
  await utimes(place, new Date(), new Date());
  const clock = frozenClock();
  const writing = {
    ...clock,
    pause: async (ms: number) => {
      await appendFile(place, 'more');
      await clock.pause(ms);
    },
  };
  const settler = new Settler(writing);
  const first = await scanAll(scratch.path, { settler });
  expect(first.models).toEqual([]);
  expect(first.skipped.map(({ why }) => why)).toEqual(['unsettled']);
});

test('a model waits for the download that lies in its folder, but not for ever', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, {
    'm/config.json': config,
    'm/model.safetensors': st('a'),
    'm/x.safetensors.part': 'half',
  });
  const part = join(scratch.path, 'm/x.safetensors.part');
  await utimes(part, new Date(), new Date());
  const clock = frozenClock();
  const writing = {
    ...clock,
    pause: async (ms: number) => {
      await appendFile(part, 'more');
      await clock.pause(ms);
    },
  };
  const first = await scanAll(scratch.path, { settler: new Settler(writing) });
  expect(first.skipped.map(({ why, path }) => [why, path])).toEqual([['unsettled', join(scratch.path, 'm')]]);
  await utimes(part, 1, 1);
  const second = await scanAll(scratch.path, { settler: new Settler(clock) });
  expect(second.models[0]?.files.map(({ path }) => path)).toEqual(['config.json', 'model.safetensors']);
});

test('a folder of many young files is listed once more, however many there are', async () => {
  await using scratch = await scratchFolder();
  const names = Array.from({ length: 40 }, (_, at) => `m${at}.safetensors`);
  await plantTree(scratch.path, Object.fromEntries(names.map((name) => [name, st('a')])));
  for (const name of names) await utimes(join(scratch.path, name), new Date(), new Date());
  const fs = new FaultyFileSystem(nodeFileSystem);
  const { models } = await scanAll(scratch.path, { fs });
  expect(models).toHaveLength(40);
  expect(fs.calls.filter((call) => call.startsWith('readdir '))).toHaveLength(2);
});
