import { join } from 'node:path';
import { writeFailure } from '../disk/failures.ts';
import type { FileSystem } from '../disk/index.ts';
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
  await makePrivateFile(fs, path);
  try {
    connection.prepare<[string]>('VACUUM INTO ?').run(path);
    const file = await fs.open(path, 'modify');
    await file.sync().finally(() => file.close());
  } catch (error) {
    await fs.unlink(path).catch(() => undefined);
    const failure = catalogueFailure(error, path);
    throw failure === error ? writeFailure(error, path) : failure;
  }
  await keepLast(fs, folder);
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

async function keepLast(fs: FileSystem, folder: string): Promise<void> {
  const names = (await fs.readdir(folder)).filter((name) => ofUs.test(name)).sort();
  for (const name of names.slice(0, -kept)) await fs.unlink(join(folder, name)).catch(() => undefined);
}
