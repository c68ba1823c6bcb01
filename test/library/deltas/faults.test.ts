// Every call to the file system that create and apply make fails once, in several ways, and once the process dies
// there: models and bases stay as they were, nothing half-written has a final name, nothing existing is overwritten.
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { applyDeltaFile } from '../../../src/main/library/deltas/apply-delta.ts';
import { createDeltaFile } from '../../../src/main/library/deltas/create-delta.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { forEachFault, type FaultOutcome } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { listing, namesIn } from './listing.ts';
import { writeFileModel, writeFolderModel } from './small-family.ts';
import { toolsWith } from './tools.ts';

/** One more than needed to be sure would cost a minute: the library proves each of its steps with all of them. */
const faults = ['EIO', 'ENOSPC', 'crash'];
const temporary = /^\.deltashelf-[0-9a-f]{16}\.tmp$/u;

async function writeFamily(folder: string): Promise<void> {
  await writeFolderModel(join(folder, 'base'), 0);
  await writeFolderModel(join(folder, 'child'), 1);
}

async function writeFileFamily(folder: string): Promise<void> {
  await writeFileModel(join(folder, 'base'), 0);
  await writeFileModel(join(folder, 'child'), 1);
}

/** A folder with a child's delta, which is copied for each run. */
async function withDelta(write: (folder: string) => Promise<void>) {
  const scratch = await scratchFolder();
  await write(scratch.path);
  await create(nodeFileSystem, scratch.path);
  const copy = (folder: string) => cp(scratch.path, folder, { recursive: true, verbatimSymlinks: true });
  return Object.assign(scratch, { copy });
}

const create = (fs: FileSystem, folder: string) =>
  createDeltaFile(toolsWith(fs), { child: join(folder, 'child'), bases: [join(folder, 'base')] }, {});

const apply = (fs: FileSystem, folder: string) =>
  applyDeltaFile(
    toolsWith(fs),
    { file: join(folder, 'child.dshelf'), bases: [join(folder, 'base')], output: join(folder, 'again') },
    {},
  );

/** What must hold after any fault; the answer says whether the work is there. */
async function looked(outcome: FaultOutcome, before: readonly string[], target: string): Promise<boolean> {
  const { folder, fault, error, openHandles } = outcome;
  const names = await namesIn(folder);
  const left = names.filter((name) => temporary.test(name));
  const done = names.includes(target);
  expect(names.filter((name) => name !== target && !temporary.test(name))).toEqual(before);
  if (fault === 'crash') return done;
  expect(openHandles).toBe(0);
  // Where the disk also refuses to remove it, one temporary name stays, and the work itself succeeds or fails whole.
  const isRemoval = /^(unlink|rmdir) .*\.deltashelf-/u.test(outcome.call);
  if (!isRemoval) expect(left).toEqual([]);
  if (error === undefined) expect(done).toBe(true);
  else {
    expect(error).toBeInstanceOf(DeltashelfError);
    expect(done).toBe(false);
  }
  return done;
}

test('create: a fault at every call', { timeout: 120_000 }, async () => {
  await using scratch = await scratchFolder();
  await writeFamily(scratch.path);
  const models = await Promise.all(['base', 'child'].map((name) => listing(join(scratch.path, name))));
  const calls = await forEachFault({
    prepare: writeFamily,
    faults,
    action: create,
    async check(outcome) {
      const { folder } = outcome;
      if (await looked(outcome, ['base', 'child'], 'child.dshelf')) {
        await apply(nodeFileSystem, folder);
        await rm(join(folder, 'again'), { recursive: true });
      }
      const now = await Promise.all(['base', 'child'].map((name) => listing(join(folder, name))));
      expect(hashes(now)).toEqual(hashes(models));
    },
  });
  expect(calls.some((call) => call.startsWith('fsync'))).toBe(true);
});

test('apply to a folder: a fault at every call', { timeout: 120_000 }, async () => {
  await using made = await withDelta(writeFamily);
  const child = hashes([await listing(join(made.path, 'child'))]);
  await forEachFault({
    prepare: made.copy,
    faults,
    action: apply,
    async check(outcome) {
      const { folder } = outcome;
      if (!(await looked(outcome, ['base', 'child', 'child.dshelf'], 'again'))) return;
      // A crash between making way and moving in leaves an empty folder, never half of one.
      const names = await namesIn(join(folder, 'again'));
      if (outcome.fault !== 'crash' || names.length > 0) {
        expect(hashes([await listing(join(folder, 'again'))])).toEqual(child);
      }
    },
  });
});

test('apply to a file: a fault at every call', { timeout: 120_000 }, async () => {
  await using made = await withDelta(writeFileFamily);
  const child = await readFile(join(made.path, 'child'));
  await forEachFault({
    prepare: made.copy,
    faults,
    action: apply,
    async check(outcome) {
      const { folder, fault } = outcome;
      if (!(await looked(outcome, ['base', 'child', 'child.dshelf'], 'again'))) return;
      const names = (await namesIn(join(folder, 'again'))).filter((name) => !temporary.test(name));
      if (fault !== 'crash') expect(names).toEqual(['child']);
      if (names.length > 0) expect(await readFile(join(folder, 'again/child'))).toEqual(child);
    },
  });
});

/** Without the times, which are set on the way, and of folders only that they are there. */
function hashes(listings: readonly Record<string, string>[]): unknown {
  return listings.map((each) =>
    Object.fromEntries(
      Object.entries(each).map(([path, what]) => [path, what.replace(/^(file|folder) \d+ \d+ ?/u, '$1 ')]),
    ),
  );
}
