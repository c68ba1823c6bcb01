import type { Connection } from './connection.ts';
import { Contents } from './contents.ts';
import { schemaVersion } from './migrate.ts';
import { Originals } from './originals.ts';
import { Queries } from './query/queries.ts';
import { ScanSession } from './scan-session.ts';
import { Statuses } from './statuses.ts';
import { Activity } from './tables/activity.ts';
import { Candidates } from './tables/candidates.ts';
import { Folders } from './tables/folders.ts';
import { Hashes } from './tables/hashes.ts';
import { JobRows } from './tables/job-rows.ts';
import { Layouts } from './tables/layouts.ts';
import { Lineage } from './tables/lineage.ts';
import { ModelFiles } from './tables/model-files.ts';
import { Models } from './tables/models.ts';
import { Planned } from './tables/planned.ts';
import { SettingsTable } from './tables/settings.ts';
import { Sketches } from './tables/sketches.ts';
import { Volumes } from './tables/volumes.ts';
import { WdeltaParents } from './tables/wdelta-parents.ts';
import { VaultMirror } from './vault-mirror.ts';

/**
 * What was seen, where, and what came from what: the one open database of a home. Everything is synchronous and quick;
 * nothing here reads a model's files. Where it disagrees with files or vault, they win.
 *
 * A scan writes through `scan`:
 * ```ts
 * const session = catalogue.scan(folderId);
 * session.found(model, signature); // or session.unchanged(path), for each finding
 * const { added, moved, gone } = session.finish(unreadablePaths);
 * ```
 * Lineage reads `models.profile(id)` and `sketches`, writes `lineage.replace`, and lets `lineage.decisions()` win. After
 * a step of the vault, `vault.stored(sidecar)`, `vault.quarantined(entry)` and so on, or `vault.sync(state)` for all of
 * it, bring states up to date. Faces read `queries`. `write` makes several calls one transaction.
 */
export class Catalogue {
  readonly folders: Folders;
  readonly volumes: Volumes;
  readonly models: Models;
  readonly sketches: Sketches;
  readonly wdeltaParents: WdeltaParents;
  readonly hashes: Hashes;
  readonly contents: Contents;
  readonly lineage: Lineage;
  readonly vault: VaultMirror;
  readonly candidates: Candidates;
  readonly planned: Planned;
  readonly settings: SettingsTable;
  readonly activity: Activity;
  /** For `Jobs` alone. */
  readonly jobs: JobRows;
  readonly queries: Queries;
  readonly #connection: Connection;
  readonly #layouts: Layouts;
  readonly #now: () => Date;

  /** @param now tells the time; `openCatalogue` makes catalogues */
  constructor(connection: Connection, now: () => Date) {
    this.#connection = connection;
    this.#now = now;
    this.#layouts = new Layouts(connection);
    const statuses = new Statuses(connection);
    const files = new ModelFiles(connection, this.#layouts);
    this.folders = new Folders(connection, now);
    this.volumes = new Volumes(connection, statuses, now);
    this.hashes = new Hashes(connection);
    const originals = new Originals(connection, files, this.hashes, statuses);
    this.wdeltaParents = new WdeltaParents(connection);
    this.models = new Models(connection, files, this.hashes, originals, now);
    this.sketches = new Sketches(connection);
    this.contents = new Contents(this.models, this.hashes);
    this.lineage = new Lineage(connection, now);
    this.vault = new VaultMirror(connection, this.models, this.hashes, originals, statuses);
    this.candidates = new Candidates(connection);
    this.planned = new Planned(connection);
    this.settings = new SettingsTable(connection);
    this.activity = new Activity(connection, now);
    this.jobs = new JobRows(connection);
    this.queries = new Queries(connection);
  }

  /** Where it lies. */
  get path(): string {
    return this.#connection.path;
  }

  /**
   * Begins to take what a scan of a watched folder finds.
   * @throws Error where there is no such folder
   */
  scan(folder: number): ScanSession {
    const found = this.folders.list().find(({ id }) => id === folder);
    if (found === undefined) throw new Error(`no watched folder has the id ${folder}`);
    return new ScanSession(this.#connection, this.models, this.folders, found);
  }

  /** All of `action` or nothing. */
  write<T>(action: () => T): T {
    return this.#connection.write(action);
  }

  /** Drops all that was seen or inferred. Folders, volumes, settings, jobs and activity stay. */
  forgetSeen(): void {
    this.#connection.write(() => {
      for (const table of derived) this.#connection.exec(`DELETE FROM ${table}`);
    });
    this.#layouts.prune();
  }

  /** Gives `write` what it needs to write a copy. */
  backUp(write: (connection: Connection, version: number, now: Date) => Promise<string>): Promise<string> {
    return write(this.#connection, schemaVersion(this.#connection), this.#now());
  }

  close(): void {
    this.#layouts.prune();
    this.#connection.pragma('optimize');
    this.#connection.close();
  }
}

/** Tables that folders and vault fill again; others go with the models they are about. */
const derived = [
  'models',
  'layouts',
  'hashes',
  'candidates',
  'families',
  'lineage_stamp',
  'planned',
] as const;
