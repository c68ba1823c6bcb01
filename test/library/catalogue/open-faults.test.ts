import Sqlite from 'better-sqlite3';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCatalogue } from '../../../src/main/library/catalogue/index.ts';
import { library } from '../../../src/main/library/catalogue/migrations/0001-library.ts';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/disk/index.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { forEachFault, type FaultOutcome } from '../../faults/for-each-fault.ts';

const open = async (fs: FileSystem, home: string): Promise<string[]> => {
  const { catalogue } = await openCatalogue(fs, home);
  const folders = catalogue.folders.list().map(({ path }) => path);
  catalogue.close();
  return folders;
};

/** A person gets a sentence, and no handle stays open. */
function expectWords({ fault, error, openHandles }: FaultOutcome): void {
  if (fault === 'crash') return;
  expect(openHandles).toBe(0);
  if (error !== undefined) expect(error).toBeInstanceOf(DeltashelfError);
}

test('whatever fails while a catalogue is made, it is made the next time', async () => {
  const calls = await forEachFault({
    action: (fs, folder) => open(fs, join(folder, 'deep/home')),
    check: async (outcome) => {
      expectWords(outcome);
      expect(await open(nodeFileSystem, join(outcome.folder, 'deep/home'))).toEqual([]);
    },
  });
  expect(calls.length).toBeGreaterThan(3);
});

/** A catalogue as the first version wrote it. */
function firstVersion(): Buffer {
  const database = new Sqlite(':memory:');
  database.exec(library.sql);
  database.exec(`INSERT INTO folders (path, added_at) VALUES ('/models', '2026-01-01T00:00:00.000Z')`);
  database.pragma('user_version = 1');
  const bytes = database.serialize();
  database.close();
  return bytes;
}

test.each(['EIO', 'crash'])('%s at any call of a backup and migration loses nothing', async (fault) => {
  const old = firstVersion();
  const calls = await forEachFault({
    faults: [fault],
    prepare: (folder) => writeFile(join(folder, 'catalogue.sqlite'), old),
    action: open,
    check: async (outcome) => {
      expectWords(outcome);
      expect(await open(nodeFileSystem, outcome.folder)).toEqual(['/models']);
      const names = await readdir(join(outcome.folder, 'backups'));
      for (const name of names.filter((each) => each.endsWith('.sqlite'))) {
        const backup = new Sqlite(join(outcome.folder, 'backups', name), { readonly: true });
        expect(backup.pragma('integrity_check', { simple: true })).toBe('ok');
        backup.close();
      }
    },
  });
  expect(calls.some((call) => call.startsWith('fsync') || call.startsWith('sync'))).toBe(true);
});

test('whatever fails while a damaged catalogue is set aside, its bytes stay under one name', async () => {
  const damaged = Buffer.from('no database, and long enough to be looked at '.repeat(50));
  await forEachFault({
    prepare: (folder) => writeFile(join(folder, 'catalogue.sqlite'), damaged),
    action: open,
    check: async (outcome) => {
      expectWords(outcome);
      expect(await open(nodeFileSystem, outcome.folder)).toEqual([]);
      const names = (await readdir(outcome.folder)).filter((name) => /damaged-.*\.sqlite$/u.test(name));
      const kept = await Promise.all(names.map((name) => readFile(join(outcome.folder, name))));
      expect(kept.some((bytes) => bytes.equals(damaged))).toBe(true);
    },
  });
});
