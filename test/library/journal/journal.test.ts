import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { Journal, type Taken } from '../../../src/main/library/journal/index.ts';
import { forEachFault } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const folder = (): string => join(scratch.path, 'journal');
const open = (): Promise<Journal> => Journal.open(nodeFileSystem, folder());
const taken = (name: string, closes: string[] = []): Taken => ({
  kind: 'reclaim',
  name,
  undo: `Moves ${name} back.`,
  sentence: `${name} was moved.`,
  subject: name,
  closes,
});

beforeEach(async () => {
  scratch = await scratchFolder();
});
afterEach(() => scratch[Symbol.asyncDispose]());

const unfinishedLog = async (): Promise<string> => {
  const name = (await readdir(folder())).find((each) => each.endsWith('.jsonl'));
  return join(folder(), name ?? 'none');
};

/** As a new process finds it. */
async function afterRestart() {
  const { entries, unreadable } = await (await open()).unfinished();
  return {
    entries: entries.map(({ kind, plan, notes, damaged }) => ({ kind, plan, notes, damaged })),
    unreadable,
  };
}

test('a step that was begun is found with its plan and notes after a restart, until it ends', async () => {
  const entry = await (await open()).begin('reclaim', { files: ['a\nb', 'ü'] });
  await entry.note({ moved: 1 });
  await entry.note({ moved: 2 });
  const unfinished = {
    kind: 'reclaim',
    plan: { files: ['a\nb', 'ü'] },
    notes: [{ moved: 1 }, { moved: 2 }],
    damaged: false,
  };
  expect(await afterRestart()).toEqual({ entries: [unfinished], unreadable: [] });
  await entry.end(taken('a'));
  expect(await afterRestart()).toEqual({ entries: [], unreadable: [] });
  const journal = await open();
  const [step] = await journal.activity();
  expect(step).toMatchObject({ kind: 'reclaim', name: 'a', undo: 'Moves a back.' });
  expect(await journal.finished(step?.id ?? '')).toMatchObject({
    plan: unfinished.plan,
    notes: unfinished.notes,
  });
});

test('a step that is under way in this process is not taken for an interrupted one', async () => {
  const journal = await open();
  const entry = await journal.begin('reclaim', {});
  expect(await journal.unfinished()).toEqual({ entries: [], unreadable: [] });
  await entry.end();
  expect(await readdir(folder())).toEqual(['done']);
});

test('numbers go on after a restart, also over those of finished steps', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const entry = await (await open()).begin('reclaim', {});
    ids.push(entry.id);
    await entry.end(taken(name));
  }
  expect(ids).toEqual(['000001', '000002', '000003']);
});

test('what a later step closes cannot be taken back; the newest stands first', async () => {
  const journal = await open();
  const first = await journal.begin('reclaim', {});
  await first.end(taken('a'));
  expect(await journal.stepsAbout('a')).toEqual([first.id]);
  const second = await journal.begin('undo', {});
  await second.end({ ...taken('b', [first.id]), kind: 'undo', undo: null });
  for (const each of [journal, await open()]) {
    expect((await each.activity()).map(({ name, undo }) => [name, undo])).toEqual([
      ['b', null],
      ['a', null],
    ]);
    expect(await each.stepsAbout('a')).toEqual([]);
  }
});

test('cut at any byte, a log gives the lines that are whole, and can be gone on with', async () => {
  const entry = await (await open()).begin('reclaim', { a: 1 });
  await entry.note('first');
  await entry.note('second');
  const path = await unfinishedLog();
  const whole = await readFile(path);
  const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1);
  for (let size = whole.length; size >= 0; size -= 1) {
    await writeFile(path, whole.subarray(0, size));
    const lines = ends.filter((end) => end <= size).length;
    const { entries, unreadable } = await (await open()).unfinished();
    expect(unreadable).toEqual([]);
    expect(entries.map(({ notes }) => notes)).toEqual(
      lines === 0 ? [] : [['first', 'second'].slice(0, lines - 1)],
    );
    if (lines === 0) {
      expect(await readdir(folder())).toEqual(['done']);
      continue;
    }
    await entries[0]?.note('third');
    const again = await afterRestart();
    expect(again.entries[0]).toMatchObject({
      notes: [...['first', 'second'].slice(0, lines - 1), 'third'],
      damaged: false,
    });
  }
});

test('a line lost in the middle is reported; what stands before it is still used', async () => {
  const entry = await (await open()).begin('reclaim', { a: 1 });
  await entry.note('first');
  await entry.note('second');
  const path = await unfinishedLog();
  const lines = (await readFile(path, 'utf8')).split('\n');
  const flipped = [lines[0], lines[1]?.replace('first', 'fist'), lines[2], ''].join('\n');
  await writeFile(path, flipped);
  expect((await afterRestart()).entries).toEqual([
    { kind: 'reclaim', plan: { a: 1 }, notes: [], damaged: true },
  ]);
  await writeFile(path, [lines[0], lines[2], ''].join('\n'));
  expect((await afterRestart()).entries).toEqual([
    { kind: 'reclaim', plan: { a: 1 }, notes: [], damaged: true },
  ]);
});

test('a log without a readable beginning is set aside, never removed', async () => {
  await (await open()).begin('reclaim', { a: 1 });
  const path = await unfinishedLog();
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"a":1', '"a":2'));
  expect(await afterRestart()).toEqual({ entries: [], unreadable: [`${path}.damaged`] });
  expect(await readFile(`${path}.damaged`, 'utf8')).toBe(text.replace('"a":1', '"a":2'));
  expect(await afterRestart()).toEqual({ entries: [], unreadable: [] });
});

test('a beginning that was being written when the power went was never begun', async () => {
  await (await open()).begin('reclaim', { a: 1 });
  const path = await unfinishedLog();
  await truncate(path, 0);
  await truncate(path, 100);
  expect(await afterRestart()).toEqual({ entries: [], unreadable: [] });
  expect(await readdir(folder())).toEqual(['done']);
});

test('a finished log that was not put away is finished all the same', async () => {
  const entry = await (await open()).begin('reclaim', {});
  const name = (await unfinishedLog()).slice(folder().length + 1);
  await entry.end(taken('a'));
  const bytes = await readFile(join(folder(), 'done', name));
  await writeFile(join(folder(), name), bytes);
  expect(await afterRestart()).toEqual({ entries: [], unreadable: [] });
  expect(await (await open()).activity()).toHaveLength(1);
});

test('a fault at every call: begun or not, noted or not, never in between', { timeout: 60_000 }, async () => {
  await forEachFault({
    faults: ['ENOSPC', 'EROFS', 'EIO', 'EACCES', 'crash'],
    async action(fs, place) {
      const journal = await Journal.open(fs, join(place, 'journal'));
      const entry = await journal.begin('reclaim', { a: 1 });
      await entry.note('first');
      await entry.end(taken('a'));
    },
    async check({ folder: place, error, fault, openHandles }) {
      if (fault !== 'crash') expect(openHandles).toBe(0);
      const journal = await Journal.open(nodeFileSystem, join(place, 'journal'));
      const { entries, unreadable } = await journal.unfinished();
      const finished = await journal.activity();
      expect(unreadable).toEqual([]);
      expect(entries.length + finished.length).toBeLessThanOrEqual(1);
      if (error === undefined) expect(finished).toHaveLength(1);
      for (const entry of entries) {
        expect(entry).toMatchObject({ plan: { a: 1 }, damaged: false });
        await entry.end();
      }
      expect(await (await Journal.open(nodeFileSystem, join(place, 'journal'))).unfinished()).toEqual({
        entries: [],
        unreadable: [],
      });
    },
  });
});
