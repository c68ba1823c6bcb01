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
import { jobTitle, type JobParameters } from './job-calls.ts';
import { refreshLineage } from './learn.ts';
import { Preparing } from './preparing.ts';

const minuteMs = 60_000;

/**
 * Keeps looking at the watched folders: what the system tells of is scanned at once, all of it now and then. What scans
 * find is then looked into in the background.
 */
export class Watching {
  readonly #context: LibraryContext;
  readonly #watchers = new Map<string, FolderWatcher>();
  readonly #ending = new AbortController();
  readonly #preparing: Preparing;
  #following: Promise<void> = Promise.resolve();
  #work: Promise<unknown> = Promise.resolve();
  #stopReconciling: (() => Promise<void>) | undefined;

  /** @param rest lets go of threads and memory when there is nothing more to be found out */
  constructor(context: LibraryContext, rest: () => Promise<void>) {
    this.#context = context;
    this.#preparing = new Preparing(context, rest);
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

  /** Something in the library is not as it was: folders may have come or gone, and models. */
  changed(): void {
    void this.#follow();
    this.#preparing.request();
  }

  /** Ends it, and waits for what is under way. */
  async close(): Promise<void> {
    this.#ending.abort(new DeltashelfError('cancelled', 'Watching ends.'));
    await this.#preparing.close();
    await this.#following;
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
        await this.#follow();
        await scanAll(this.#context, folders(), { signal });
      } catch (error) {
        if (!signal.aborted) this.#tell(error);
      }
    });
    this.#work = look;
    return look;
  }

  /** One after the other: each takes what the one before it left. */
  #follow(): Promise<void> {
    this.#following = this.#following
      .then(() => (this.#ending.signal.aborted ? undefined : this.#followFolders()))
      .catch((error: unknown) => this.#tell(error));
    return this.#following;
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
