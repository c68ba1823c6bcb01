import { join } from 'node:path';
import {
  isTemporaryName,
  placeFile,
  takeBack,
  temporaryBeside,
  writeFailure,
  type FileSystem,
} from '../disk/index.ts';
import type { Connection } from './connection.ts';
import { catalogueFailure } from './failures.ts';
import { makeHome, makePrivateFile } from './home.ts';

const kept = 3;
const ofUs = /^catalogue-\d{8}T\d{9}Z-v\d+\.sqlite$/u;

/**
 * Writes a sound copy of the catalogue to `<home>/backups` and keeps the last three.
 * @returns its path
 * @throws DeltashelfError where it cannot be written: then the catalogue must not be migrated
 */
export async function backUp(
  fs: FileSystem,
  home: string,
  connection: Connection,
  version: number,
  now: Date,
): Promise<string> {
  const folder = join(home, 'backups');
  await makeHome(fs, folder);
  const path = join(folder, `catalogue-${fileTime(now)}-v${version}.sqlite`);
  const temporary = temporaryBeside(path);
  await makePrivateFile(fs, temporary);
  try {
    connection.prepare<[string]>('VACUUM INTO ?').run(temporary);
    const file = await fs.open(temporary, 'modify');
    await file.sync().finally(() => file.close());
    await placeFile(fs, temporary, path);
  } catch (error) {
    await takeBack(() => fs.unlink(temporary));
    const failure = catalogueFailure(error, path);
    throw failure === error ? writeFailure(error, path) : failure;
  }
  await keepLast(fs, home);
  return path;
}

/** Backups from the newest to the oldest; empty where there are none. */
export async function listBackups(fs: FileSystem, home: string): Promise<string[]> {
  const folder = join(home, 'backups');
  const names = await fs.readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => ofUs.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

/** A time as part of a file's name: `20261129T233437123Z`. */
export function fileTime(time: Date): string {
  return time.toISOString().replaceAll(/[-:.]/gu, '');
}

/** Removes older copies, and what a crash left unfinished. What cannot be removed now goes with the next backup. */
async function keepLast(fs: FileSystem, home: string): Promise<void> {
  const folder = join(home, 'backups');
  const names = await fs.readdir(folder).catch((): string[] => []);
  const unfinished = names.filter(isTemporaryName).map((name) => join(folder, name));
  const old = (await listBackups(fs, home)).slice(kept);
  for (const path of [...old, ...unfinished]) await fs.unlink(path).catch(() => undefined);
}
