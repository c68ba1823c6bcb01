import Sqlite from 'better-sqlite3';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockHome, openCatalogue } from '../../../src/main/library/catalogue/index.ts';
import { library } from '../../../src/main/library/catalogue/migrations/0001-library.ts';
import { migrations } from '../../../src/main/library/catalogue/migrations/index.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { foundModel } from './found-models.ts';

const open = (home: string) => openCatalogue(nodeFileSystem, home);
const newest = migrations.at(-1)?.version;

/** A catalogue as the first version wrote it, with a row in it. */
function writeFirstVersion(path: string): void {
  const database = new Sqlite(path);
  database.exec(library.sql);
  database.exec("INSERT INTO folders (path, added_at) VALUES ('/models', '2026-01-01T00:00:00.000Z')");
  database.pragma('user_version = 1');
  database.close();
}

test('the home and the files in it are for their owner alone', async () => {
  await using scratch = await scratchFolder();
  const home = join(scratch.path, 'deep/home');
  const { catalogue } = await open(home);
  catalogue.folders.add('/models', null);
  const lock = await lockHome(nodeFileSystem, home);
  expect((await stat(home)).mode & 0o777).toBe(0o700);
  const names = await readdir(home);
  expect(names).toContain('catalogue.sqlite-wal');
  for (const name of names)
    expect([name, (await stat(join(home, name))).mode & 0o777]).toEqual([name, 0o600]);
  lock.release();
  catalogue.close();
});

test('migrations are numbered without a gap', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
});

test('a catalogue of the first version is backed up and brought up to date', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'catalogue.sqlite');
  writeFirstVersion(path);
  const { catalogue, report } = await open(scratch.path);
  expect(catalogue.folders.list().map((folder) => folder.path)).toEqual(['/models']);
  expect(catalogue.jobs.open()).toEqual([]);
  catalogue.close();

  const backup = new Sqlite(report.backup ?? '', { readonly: true });
  expect(backup.pragma('user_version', { simple: true })).toBe(1);
  expect(backup.prepare('SELECT path FROM folders').pluck().get()).toBe('/models');
  backup.close();
  expect((await stat(report.backup ?? '')).mode & 0o777).toBe(0o600);
  const again = await open(scratch.path);
  expect(again.report).toEqual({ fresh: false, setAside: null, sentence: null, backup: null });
  again.catalogue.close();
});

test('the last three backups are kept', async () => {
  await using scratch = await scratchFolder();
  for (let second = 0; second < 5; second++) {
    const home = scratch.path;
    const path = join(home, 'catalogue.sqlite');
    await writeFile(path, '');
    writeFirstVersion(path);
    const { catalogue } = await openCatalogue(nodeFileSystem, home, () => new Date(1e12 + second * 1000));
    catalogue.close();
  }
  expect(await readdir(join(scratch.path, 'backups'))).toEqual([
    'catalogue-20010909T014642000Z-v1.sqlite',
    'catalogue-20010909T014643000Z-v1.sqlite',
    'catalogue-20010909T014644000Z-v1.sqlite',
  ]);
});

test('a migration that fails leaves the catalogue at its version', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'catalogue.sqlite');
  writeFirstVersion(path);
  const spoilt = new Sqlite(path);
  spoilt.exec('CREATE TABLE activity (x)');
  spoilt.close();
  await expect(open(scratch.path)).rejects.toThrow('activity');
  const left = new Sqlite(path, { readonly: true });
  expect(left.pragma('user_version', { simple: true })).toBe(1);
  expect(left.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'jobs'").pluck().get()).toBe(0);
  left.close();
});

test('a newer schema is refused and left as it is', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'catalogue.sqlite');
  const newer = new Sqlite(path);
  newer.pragma(`user_version = ${Number(newest) + 1}`);
  newer.close();
  const before = await readFile(path);
  await expect(open(scratch.path)).rejects.toMatchObject({ code: 'catalogue-newer' });
  expect(await readFile(path)).toEqual(before);
});

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'no database at all': () =>
    Buffer.from('this is not a database, and long enough to be looked at '.repeat(20)),
  'cut in half': (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2 / 4096) * 4096),
  'pages overwritten': (bytes) =>
    Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]),
};

test.each(Object.entries(damages))(
  'a damaged catalogue (%s) is set aside, and a fresh one begun',
  async (_, damage) => {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'catalogue.sqlite');
    const first = await open(scratch.path);
    first.catalogue.folders.add('/models', null);
    first.catalogue.close();
    const damaged = damage(await readFile(path));
    await writeFile(path, damaged);

    const { catalogue, report } = await open(scratch.path);
    expect(report.sentence).toContain('set aside');
    expect(await readFile(report.setAside ?? '')).toEqual(damaged);
    expect(catalogue.models.ids()).toEqual([]);
    catalogue.close();
  },
);

test('watched folders and settings are taken over from what can still be read', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'catalogue.sqlite');
  const first = await open(scratch.path);
  first.catalogue.settings.set('planDepth', 2);
  const folder = first.catalogue.folders.add('/models', null);
  const session = first.catalogue.scan(folder);
  for (let number = 0; number < 400; number++) session.found(foundModel(`/models/${number}`), 's');
  session.finish();
  first.catalogue.close();
  const bytes = await readFile(path);
  // The last pages hold models; folders and settings lie before them.
  bytes.fill(0xa5, bytes.length - 40 * 4096);
  await writeFile(path, bytes);

  const { catalogue, report } = await open(scratch.path);
  expect(report.setAside).not.toBeNull();
  expect(catalogue.folders.list().map((row) => row.path)).toEqual(['/models']);
  expect(catalogue.settings.get('planDepth')).toBe(2);
  expect(catalogue.models.ids()).toEqual([]);
  catalogue.close();
});

test('the log of a catalogue that is gone is not taken for that of a fresh one', async () => {
  await using scratch = await scratchFolder();
  const first = await open(scratch.path);
  first.catalogue.folders.add('/models', null);
  const log = await readFile(join(scratch.path, 'catalogue.sqlite-wal'));
  first.catalogue.close();
  const home = join(scratch.path, 'other');
  (await lockHome(nodeFileSystem, home)).release();
  await writeFile(join(home, 'catalogue.sqlite-wal'), log);
  const { catalogue } = await open(home);
  expect(catalogue.folders.list()).toEqual([]);
  catalogue.close();
});

test('a home has one service at a time', async () => {
  await using scratch = await scratchFolder();
  const lock = await lockHome(nodeFileSystem, scratch.path);
  await expect(lockHome(nodeFileSystem, scratch.path)).rejects.toMatchObject({ code: 'in-use' });
  lock.release();
  (await lockHome(nodeFileSystem, scratch.path)).release();
});
