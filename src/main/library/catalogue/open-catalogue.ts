import { orMissing, writeFailure, shownPath, type FileSystem } from '../disk/index.ts';
import { backUp } from './backup.ts';
import { Catalogue } from './catalogue.ts';
import { carryOver } from './carry-over.ts';
import { Connection } from './connection.ts';
import { catalogueFailure, isDamage } from './failures.ts';
import { cataloguePath, makeHome, makePrivateFile } from './home.ts';
import { migrate, pendingMigrations, schemaVersion } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { setAside } from './set-aside.ts';

/** What opening a catalogue had to do. */
export interface CatalogueReport {
  /** It was not there, or was set aside: what the vault keeps of watched folders and settings is to be taken over. */
  readonly fresh: boolean;
  /** A damaged catalogue was given this name, and a fresh one made: folders are to be scanned, the vault to be read. */
  readonly setAside: string | null;
  /** For a person; null where nothing was set aside. */
  readonly sentence: string | null;
  /** Copy that was made before the schema was brought up to date; null where it was. */
  readonly backup: string | null;
}

/**
 * Opens the catalogue of a home, or makes it. The caller holds the home's lock (`lockHome`). A schema of an older
 * version is brought up to date, after a check and a backup; a damaged file is set aside under another name, and what
 * can still be read of its watched folders and settings is taken over.
 * @throws DeltashelfError `catalogue-newer`, `not-writable`, `disk-full`, `write-failed`
 */
export async function openCatalogue(
  fs: FileSystem,
  home: string,
  now: () => Date = () => new Date(),
): Promise<{ readonly catalogue: Catalogue; readonly report: CatalogueReport }> {
  await makeHome(fs, home);
  const path = cataloguePath(home);
  try {
    await removeLoneLog(fs, path);
    const { connection, backup, fresh } = await openSound(fs, home, now);
    const report = { fresh, setAside: null, sentence: null, backup };
    return { catalogue: new Catalogue(connection, now), report };
  } catch (error) {
    if (!isDamage(error)) throw catalogueFailure(error, path);
  }
  const aside = await setAside(fs, home, 'damaged', now());
  const { connection } = await openSound(fs, home, now);
  const catalogue = new Catalogue(connection, now);
  await carryOver(fs, home, aside, catalogue);
  const sentence = `The catalogue was damaged, so it was set aside as ${shownPath(aside)} and a fresh one begun. No model and no delta is affected; scan the folders to fill it again.`;
  return { catalogue, report: { fresh: true, setAside: aside, sentence, backup: null } };
}

/** @throws SqliteError where the file is damaged */
async function openSound(
  fs: FileSystem,
  home: string,
  now: () => Date,
): Promise<{ connection: Connection; backup: string | null; fresh: boolean }> {
  const path = cataloguePath(home);
  await makePrivateFile(fs, path);
  const connection = new Connection(path);
  try {
    const pending = pendingMigrations(connection, migrations);
    const version = schemaVersion(connection);
    const old = version > 0 && pending.length > 0;
    connection.assertSound(old ? 'integrity_check' : 'quick_check');
    const backup = old ? await backUp(fs, home, connection, version, now()) : null;
    connection.useLog();
    migrate(connection, pending);
    return { connection, backup, fresh: version === 0 };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A log whose database is gone belongs to no other: SQLite would take it for that of the new one. */
async function removeLoneLog(fs: FileSystem, path: string): Promise<void> {
  try {
    if ((await orMissing(fs.stat(path))) !== undefined) return;
    for (const ending of ['-wal', '-shm']) await orMissing(fs.unlink(path + ending));
  } catch (error) {
    throw writeFailure(error, path);
  }
}
