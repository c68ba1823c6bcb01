import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeLine } from '../../../src/main/library/journal/line.ts';
import type { QuarantineEntry } from '../../../src/main/library/quarantine/index.ts';
import { listing } from '../deltas/listing.ts';
import { openLibrary, type Library } from './library.ts';
import { storeFamily, wish } from './reclaimed.ts';

// A vault that somebody else has written to: what its journal and its manifests name is never touched.

let library: Library;
let entry: QuarantineEntry;
const at = (path: string): string => library.at(path);
const temporary = '.deltashelf-0123456789abcdef.tmp';

beforeEach(async () => {
  library = await openLibrary();
  const [child] = await storeFamily(library.steps, library.folder);
  const [moved] = await library.steps.reclaim(wish(library.folder, [child?.id ?? '']), {});
  if (moved === undefined) throw new Error('Nothing was moved.');
  entry = moved;
  await mkdir(at('victim'));
  await writeFile(at('victim/thesis.txt'), 'years of work');
  await library.steps.close();
});
afterEach(() => library[Symbol.asyncDispose]());

/** Entries as an attacker would write them: each with one thing that leads elsewhere. */
function forgedEntries(): [string, QuarantineEntry][] {
  const [file] = entry.files;
  if (file === undefined) throw new Error('an entry has files');
  const thesis = at('victim/thesis.txt');
  const id = '99999999-9999-4999-8999-999999999999';
  const own = {
    ...entry,
    id,
    why: 'deleted' as const,
    stored: null,
    folder: join(entry.folder, '..', id),
    note: null,
  };
  return [
    ['a file outside quarantine', { ...own, files: [{ ...file, to: thesis }] }],
    [
      'a file reached over ..',
      { ...own, files: [{ ...file, to: `${own.folder}/0000/../../../victim/thesis.txt` }] },
    ],
    ['a folder that is no quarantine', { ...own, folder: at('victim'), files: [{ ...file, to: thesis }] }],
    ['a place outside the model', { ...own, files: [{ ...file, from: at('victim/other.txt') }] }],
    ['a note that is none', { ...own, files: [], note: thesis }],
  ];
}

/** The plans that recovery would act on. */
function forgedPlans(): [string, string, unknown][] {
  const id = '99999999-9999-4999-8999-999999999999';
  const victim = at('victim');
  return [
    ...forgedEntries().flatMap(([what, forged]): [string, string, unknown][] => [
      [`reclaim with ${what}`, 'reclaim', { entry: forged, temporary: null }],
      [`undo with ${what}`, 'undo', { entry: forged, closes: [] }],
      [`purge with ${what}`, 'purge', { entry: forged, files: [], bytes: 0, closes: [] }],
    ]),
    ['reclaim with a folder to remove', 'reclaim', { entry, temporary: victim }],
    ['anchor of a name with ..', 'anchor', { id, name: '../../victim' }],
    ['forget of a file elsewhere', 'forget', { id, name: 'x', file: '../victim/thesis.txt', closes: [] }],
    [
      'reconstruct with a folder to remove',
      'reconstruct',
      { id, output: at('x'), temporary: victim, way: 'whole', original: false, written: [] },
    ],
    [
      'probe of a folder elsewhere',
      'probe',
      { places: [victim], file: at(`victim/${temporary}`), moved: 'thesis.txt' },
    ],
    ['probe of a file elsewhere', 'probe', { places: [], file: at('victim/thesis.txt'), moved: temporary }],
    [
      'unwrite of a link elsewhere',
      'unwrite',
      {
        id,
        name: 'x',
        output: at('models'),
        files: [],
        links: [{ path: victim, target: 'y' }],
        folders: [victim],
        closes: [],
      },
    ],
    ['a plan that is none', 'purge', { nonsense: true }],
  ];
}

test('what a forged journal names is not touched, and stops nobody', async () => {
  const before = { victim: await listing(at('victim')), quarantine: await listing(entry.folder) };
  for (const [what, kind, plan] of forgedPlans()) {
    const log = at(`vault/journal/000900-${kind}.jsonl`);
    const begin = { begin: { kind, at: '2026-11-30T07:12:28.563Z', plan } };
    await writeFile(log, `${encodeLine({ number: 0, record: begin })}\n`);
    const steps = await library.reopen();
    expect(steps.recovered, what).toMatchObject([{ outcome: 'left' }]);
    expect({ victim: await listing(at('victim')), quarantine: await listing(entry.folder) }, what).toEqual(
      before,
    );
    await steps.relocate('99999999-9999-4999-8999-999999999999', at('x'));
    await steps.close();
    await rm(log);
  }
});

test('what a forged manifest names is not taken for quarantine', async () => {
  const before = await listing(at('victim'));
  for (const [what, forged] of forgedEntries()) {
    const manifest = at(`vault/quarantine/${forged.id}.json`);
    await writeFile(manifest, JSON.stringify(forged));
    const steps = await library.reopen();
    expect(steps.problems, what).toHaveLength(1);
    expect(await steps.purge([forged.id], { now: true }, {}).catch(() => 'refused'), what).not.toMatchObject([
      { purged: true },
    ]);
    expect(await listing(at('victim')), what).toEqual(before);
    await steps.close();
    await rm(manifest);
  }
});

test('a folder of quarantine that was replaced by a link is left alone, by purge and by undo', async () => {
  const [file] = entry.files;
  const folder = join(file?.to ?? '', '..');
  const bytes = await readFile(file?.to ?? '');
  await rename(folder, at('held'));
  await writeFile(at(`victim/${basename(file?.to ?? '')}`), bytes);
  await symlink(at('victim'), folder);
  const before = await listing(at('victim'));
  const steps = await library.reopen();
  expect(await steps.purge([entry.id], { now: true }, {})).toMatchObject([
    { purged: false, sentence: expect.stringContaining('is no folder but a link') as string },
  ]);
  await expect(steps.undo(undefined, {})).rejects.toMatchObject({ code: 'refused' });
  expect(await listing(at('victim'))).toEqual(before);
  await rm(folder);
  await rename(at('held'), folder);
  // The undo that was asked for is finished as soon as it can be.
  expect((await library.reopen()).recovered).toMatchObject([{ step: 'undo', outcome: 'finished' }]);
  expect(await readFile(file?.from ?? '')).toEqual(bytes);
});
