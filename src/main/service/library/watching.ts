import { DeltashelfError } from '../../../shared/index.ts';
import {
  createFolderWatcher,
  fineTunesThatLanded,
  placeOf,
  reconcile,
  systemTimer,
  volumeSystem,
  type CatalogueFolder,
  type FolderWatcher,
  type ScanReport,
} from '../../library/index.ts';
import type { LibraryContext } from './context.ts';
import { scanAll } from './folders.ts';
import { contentOf } from './identify.ts';
import { jobTitle, type JobParameters } from './job-calls.ts';
import { refreshLineage } from './lineage.ts';

const minuteMs = 60_000;

/**
 * Keeps looking at the watched folders: what the system tells of is scanned at once, all of it now and then. Between
 * scans the bytes of new models are read: who came from whom, and what is the same as what.
 */
export class Watching {
  readonly #context: LibraryContext;
  readonly #watchers = new Map<string, FolderWatcher>();
  readonly #ending = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #stopReconciling: (() => Promise<void>) | undefined;

  constructor(context: LibraryContext) {
    this.#context = context;
  }

  /** Begins; what it does goes on in the background. */
  start(): void {
    const { catalogue } = this.#context;
    this.#stopReconciling = reconcile(
      systemTimer,
      () => this.#look(() => catalogue.folders.list()),
      catalogue.settings.get('reconcileMinutes') * minuteMs,
    );
  }

  /** Ends it, and waits for what is under way. */
  async close(): Promise<void> {
    this.#ending.abort(new DeltashelfError('cancelled', 'Watching ends.'));
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()));
    await this.#stopReconciling?.();
    await this.#work;
  }

  /** One look at a time; what a look learns is told by events, and what goes wrong stops no later one. */
  #look(folders: () => readonly CatalogueFolder[]): Promise<void> {
    const look = this.#work.then(async () => {
      const { signal } = this.#ending;
      try {
        if (signal.aborted) return;
        await this.#followFolders();
        await scanAll(this.#context, folders(), { signal });
        await this.#identify();
      } catch (error) {
        if (!signal.aborted) this.#tell(error);
      }
    });
    this.#work = look;
    return look;
  }

  /** Watches the folders that are in the catalogue now, and no others. */
  async #followFolders(): Promise<void> {
    const { catalogue, fs } = this.#context;
    const folders = new Map(catalogue.folders.list().map((folder) => [folder.path, folder.id]));
    for (const [path, watcher] of this.#watchers) {
      if (folders.has(path)) continue;
      this.#watchers.delete(path);
      await watcher.close();
    }
    for (const [path, id] of folders) {
      if (this.#watchers.has(path)) continue;
      const onNetwork = (await placeOf(volumeSystem, path).catch(() => undefined))?.volume.onNetwork ?? false;
      const watcher = createFolderWatcher({ fs, timer: systemTimer, onNetwork });
      watcher.onChange(
        () => void this.#look(() => catalogue.folders.list().filter((each) => each.id === id)),
      );
      this.#watchers.set(path, watcher);
      await watcher.start(path).catch(() => {
        // A folder that is away is watched again once it is back.
        this.#watchers.delete(path);
      });
    }
  }

  /** Reads what was not read yet, unless a person's work is under way: that goes first. */
  async #identify(): Promise<void> {
    const { catalogue, jobs } = this.#context;
    const { signal } = this.#ending;
    await refreshLineage(this.#context, { signal });
    for (const id of catalogue.models.ids()) {
      if (signal.aborted || jobs.isBusy) return;
      if (catalogue.contents.keyOf(id) === null) await contentOf(this.#context, id, { signal });
    }
  }

  #tell(error: unknown): void {
    const sentence =
      error instanceof DeltashelfError ? error.message : 'Looking at the watched folders failed.';
    this.#context.emit({ event: 'alarm', sentence, models: [] });
  }
}

/** Puts fine-tunes that landed in a watched folder into the queue, where a person set so. */
export async function compressWhatLanded(context: LibraryContext, report: ScanReport): Promise<void> {
  const { catalogue, jobs } = context;
  if (!catalogue.settings.get('autoCompress') || report.firstScan) return;
  if (report.added.length + report.changed.length === 0) return;
  await refreshLineage(context);
  for (const model of fineTunesThatLanded(catalogue, report)) {
    const args = {
      models: [`#${model.id}`],
      all: false,
      level: catalogue.settings.get('level'),
      asYouGo: false,
    };
    const parameters: JobParameters = { call: 'compress', args };
    jobs.enqueue('compress', model.id, jobTitle('compress', { models: [model.name] }), parameters);
  }
}
