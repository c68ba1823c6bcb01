import type { Connection } from './connection.ts';
import { catalogueNewer } from './failures.ts';
import type { Migration } from './migrations/index.ts';

/** The version of the schema of an open catalogue; 0 where it is empty. */
export function schemaVersion(connection: Connection): number {
  return Number(connection.pragma('user_version'));
}

/**
 * The migrations that an open catalogue still needs.
 * @throws DeltashelfError `catalogue-newer`
 */
export function pendingMigrations(connection: Connection, known: readonly Migration[]): Migration[] {
  const version = schemaVersion(connection);
  const newest = known.at(-1)?.version ?? 0;
  if (version > newest) throw catalogueNewer(connection.path, version, newest);
  return known.filter((migration) => migration.version > version);
}

/** Applies migrations in their order, each whole or not at all. */
export function migrate(connection: Connection, pending: readonly Migration[]): void {
  for (const { version, sql } of pending) {
    connection.writeDurably(() => {
      connection.exec(sql);
      connection.pragma(`user_version = ${version}`);
    });
  }
}
