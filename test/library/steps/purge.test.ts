import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QuarantineEntry } from '../../../src/main/library/quarantine/index.ts';
import { listing, namesIn } from '../deltas/listing.ts';
import { openLibrary, type Library } from './library.ts';
import { storeFamily, wish } from './reclaimed.ts';

const day = 86_400_000;
let library: Library;
let entry: QuarantineEntry;
const at = (path: string): string => library.at(path);

beforeEach(async () => {
  library = await openLibrary();
  const [child] = await storeFamily(library.steps, library.folder);
  const [first] = await library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {});
  if (first === undefined) throw new Error('Nothing was moved.');
  entry = first;
});
afterEach(() => library[Symbol.asyncDispose]());

/** Opens the vault with a clock that shows so many days after the reclaim. */
const after = (days: number) =>
  library.reopen({ clock: () => new Date(Date.parse(entry.trustedAt) + days * day) });

async function staysWhole(sentence: RegExp): Promise<void> {
  const before = await listing(entry.folder);
  const [outcome] = await library.steps.purge([entry.id], { now: true }, {});
  expect(outcome).toMatchObject({
    purged: false,
    bytes: 0,
    gained: null,
    sentence: expect.stringMatching(sentence) as string,
  });
  expect(await listing(entry.folder)).toEqual(before);
  expect([...library.steps.state.quarantine.keys()]).toEqual([entry.id]);
}

test('purging deletes the compared files, their folders and descriptions, and says how much', async () => {
  const [outcome] = await library.steps.purge([entry.id], { now: true }, {});
  expect(outcome).toMatchObject({
    entry: entry.id,
    name: 'child',
    bytes: entry.bytes,
    purged: true,
    sentence: null,
  });
  expect(typeof outcome?.gained).toBe('number');
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
  expect(await namesIn(at('vault/quarantine'))).toEqual([]);
  expect(library.steps.state.quarantine.size).toBe(0);
  const activity = await library.steps.activity();
  expect(activity.slice(0, 2).map(({ kind, undo }) => [kind, undo])).toEqual([
    ['purge', null],
    ['reclaim', null],
  ]);
  await expect(library.steps.undo(activity[1]?.id, {})).rejects.toMatchObject({ code: 'refused' });
});

test('not before 14 days, unless it is asked for at once', async () => {
  for (const [days, left] of [
    [0, '14 days'],
    [0.9, '14 days'],
  ] as const) {
    const steps = await after(days);
    const [outcome] = await steps.purge([entry.id], { now: false }, {});
    expect(outcome).toMatchObject({ purged: false, sentence: expect.stringContaining(left) as string });
  }
  expect(await library.steps.purge([entry.id], { now: true }, {})).toMatchObject([{ purged: true }]);
});

test('day after day the age grows, until it may go', async () => {
  let purgedOn = 0;
  for (let days = 1; days <= 20 && purgedOn === 0; days += 1) {
    const [outcome] = await (await after(days)).purge([entry.id], { now: false }, {});
    if (outcome?.purged) purgedOn = days;
  }
  expect(purgedOn).toBe(14);
});

test('a clock that jumped forwards is not believed', async () => {
  const [outcome] = await (await after(3650)).purge([entry.id], { now: false }, {});
  expect(outcome).toMatchObject({ purged: false, sentence: expect.stringContaining('13 days') as string });
});

test('a clock that went backwards makes nothing older', async () => {
  for (const days of [0.5, -3650, 0, -10, 0]) {
    const [outcome] = await (await after(days)).purge([entry.id], { now: false }, {});
    expect(outcome?.purged).toBe(false);
  }
});

test('a lost or damaged clock does not let time pass', async () => {
  for (const damage of [() => rm(at('vault/vault.clock')), () => writeFile(at('vault/vault.clock'), '{')]) {
    await damage();
    const [outcome] = await (await after(30)).purge([entry.id], { now: false }, {});
    expect(outcome?.purged).toBe(false);
  }
});

test('a delta that does not decode any more keeps the originals', async () => {
  const [child] = library.steps.state.stored.values();
  const file = at(`vault/${child?.delta.file ?? ''}`);
  const bytes = await readFile(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(file, bytes);
  await staysWhole(/damaged/u);
});

test('a delta that is gone keeps the originals', async () => {
  const [child] = library.steps.state.stored.values();
  await rm(at(`vault/${child?.delta.file ?? ''}`));
  await staysWhole(/not found/u);
});

test('a base that is nowhere keeps the originals', async () => {
  await rename(at('models/base'), at('gone'));
  await rm(at('vault/bases'), { recursive: true });
  await library.reopen();
  await staysWhole(/not held by the vault/u);
});

test('a base that was written to in place, and with it the link that holds it, keeps the originals', async () => {
  const file = at('models/base/model.safetensors');
  const bytes = await readFile(file);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(file, bytes);
  await writeFile(at('vault/bases/base/model.safetensors'), bytes);
  await staysWhole(/./u);
});

test('a file changed in quarantine is never deleted', async () => {
  await appendFile(entry.files[0]?.to ?? '', 'x');
  await staysWhole(/is not what child was/u);
});

test('a file that somebody put into quarantine stays, and so does the way to it', async () => {
  await writeFile(join(entry.folder, 'stranger.txt'), 'mine');
  const [outcome] = await library.steps.purge([entry.id], { now: true }, {});
  expect(outcome?.purged).toBe(true);
  expect(await readFile(join(entry.folder, 'stranger.txt'), 'utf8')).toBe('mine');
});

test('an original that somebody removed from quarantine is no obstacle', async () => {
  await rm(entry.files[0]?.to ?? '');
  const [outcome] = await library.steps.purge([entry.id], { now: true }, {});
  expect(outcome).toMatchObject({ purged: true, bytes: 0 });
  expect(await namesIn(library.folder)).toEqual(['models', 'vault']);
});

test('an unknown entry is named, and the others are purged', async () => {
  const unknown = crypto.randomUUID();
  const outcomes = await library.steps.purge([unknown, entry.id, entry.id], { now: true }, {});
  expect(outcomes.map(({ entry: id, purged }) => [id, purged])).toEqual([
    [unknown, false],
    [entry.id, true],
  ]);
});
