import { shownPath, type FileSystem } from '../disk/index.ts';
import { errnoOf } from '../disk/failures.ts';
import { Coalescer } from './coalesce.ts';
import { openChokidar, type EventSource, type OpenEventSource } from './event-source.ts';
import { FolderTimes } from './folder-times.ts';
import type { Timer } from './timer.ts';

/** How changes in a folder are noticed. */
export interface WatchMode {
  /**
   * `events`: the system tells, nothing is polled. `sweep`: the times of all folders are looked at now and then;
   * names in the folder itself are told at once where the system can.
   */
  readonly kind: 'events' | 'sweep';
  /** Why it sweeps, for a person; undefined with events. */
  readonly sentence: string | undefined;
}

/** Changed paths of one watched folder, gathered over a moment. A hint to scan, never a fact about a model. */
export type ChangeListener = (paths: readonly string[]) => void;

/** Watches one folder. What it tells is a hint: a scan says what is there. */
export interface FolderWatcher {
  /** Begins; resolves when changes from now on are noticed. Call it once. */
  start(folder: string): Promise<WatchMode>;
  /** @returns takes the listener away */
  onChange(listener: ChangeListener): () => void;
  /** Tells when the way of watching had to change, with the reason. */
  onMode(listener: (mode: WatchMode) => void): () => void;
  close(): Promise<void>;
}

export interface WatcherOptions {
  readonly fs: FileSystem;
  readonly timer: Timer;
  /** Whether the folder lies on a network volume: systems tell nothing of what other computers do there. */
  readonly onNetwork?: boolean;
  /** Folders up to which each gets a watch of its own; a watch takes some 20 kB. */
  readonly mostWatches?: number;
  /** Time between two sweeps. Milliseconds. */
  readonly sweepMs?: number;
  /** Where events come from; default chokidar. */
  readonly openEvents?: OpenEventSource;
}

const usualWatches = 1000;
const usualSweepMs = 60_000;

export function createFolderWatcher(options: WatcherOptions): FolderWatcher {
  return new Watcher(options);
}

class Watcher implements FolderWatcher {
  readonly #options: WatcherOptions;
  readonly #listeners = new Set<ChangeListener>();
  readonly #modeListeners = new Set<(mode: WatchMode) => void>();
  #coalescer: Coalescer | undefined;
  #times: FolderTimes | undefined;
  #events: EventSource | undefined;
  #stopSweeping: (() => void) | undefined;
  #sweeping = false;
  #closed = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  async start(folder: string): Promise<WatchMode> {
    const { fs, timer, onNetwork = false, mostWatches = usualWatches } = this.#options;
    this.#coalescer = new Coalescer(timer, folder, (paths) => {
      for (const listener of this.#listeners) listener(paths);
    });
    const times = new FolderTimes(fs, folder);
    if (onNetwork) return this.#sweep(times, sentences.network(folder));
    if (await times.fill(mostWatches)) {
      const problem = await this.#listen(folder, 0);
      return this.#sweep(times, problem ?? sentences.large(folder, mostWatches));
    }
    const problem = await this.#listen(folder, undefined);
    return problem === undefined ? { kind: 'events', sentence: undefined } : this.#sweep(times, problem);
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onMode(listener: (mode: WatchMode) => void): () => void {
    this.#modeListeners.add(listener);
    return () => void this.#modeListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#modeListeners.clear();
    this.#stopSweeping?.();
    this.#coalescer?.close();
    await this.#events?.close();
    this.#events = undefined;
  }

  /** @returns why there are no events, if so */
  async #listen(folder: string, depth: number | undefined): Promise<string | undefined> {
    let problem: string | undefined;
    let ready = false;
    const onError = (error: unknown): void => {
      const sentence = sentences.failed(folder, error);
      if (sentence === undefined) return;
      problem = sentence;
      if (ready) void this.#fallBack(folder, sentence);
    };
    const open = this.#options.openEvents ?? openChokidar;
    const onPath = (path: string): void => this.#coalescer?.add(path);
    const events = await open(folder, depth, { onPath, onError });
    if (problem !== undefined || this.#closed) {
      await events.close();
      return problem;
    }
    ready = true;
    this.#events = events;
    return undefined;
  }

  /** The system ran out of watches later on. */
  async #fallBack(folder: string, sentence: string): Promise<void> {
    // Each folder that gets no watch fails by itself: the first failure closes the source, the others find none.
    const events = this.#events;
    if (events === undefined) return;
    this.#events = undefined;
    await events.close();
    if (this.#closed || this.#stopSweeping !== undefined) return;
    const mode = await this.#sweep(new FolderTimes(this.#options.fs, folder), sentence);
    // What happened between the failure and the first look is found by a scan.
    this.#coalescer?.add(folder);
    for (const listener of this.#modeListeners) listener(mode);
  }

  async #sweep(times: FolderTimes, sentence: string): Promise<WatchMode> {
    await times.fill(Number.POSITIVE_INFINITY);
    this.#times = times;
    if (!this.#closed) {
      const { timer, sweepMs = usualSweepMs } = this.#options;
      this.#stopSweeping = timer.every(sweepMs, () => void this.#sweepOnce());
    }
    return { kind: 'sweep', sentence };
  }

  async #sweepOnce(): Promise<void> {
    if (this.#sweeping || this.#times === undefined) return;
    this.#sweeping = true;
    try {
      const changed = await this.#times.sweep();
      if (!this.#closed) for (const path of changed) this.#coalescer?.add(path);
    } finally {
      this.#sweeping = false;
    }
  }
}

const everyMinute = 'so changes are looked for once a minute';

const sentences = {
  network: (folder: string): string =>
    `${shownPath(folder)} is on a network volume, which does not tell of changes, ${everyMinute}.`,
  large: (folder: string, most: number): string =>
    `${shownPath(folder)} holds more than ${most} folders, ${everyMinute} instead of watching each of them.`,
  /** Undefined for failures that concern single names only. */
  failed: (folder: string, error: unknown): string | undefined => {
    const code = errnoOf(error);
    if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE') {
      return `The system has no watches left for ${shownPath(folder)}, ${everyMinute}; a higher limit for inotify watches lets them be seen at once.`;
    }
    if (code === 'ENOSYS' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') {
      return `The volume of ${shownPath(folder)} does not tell of changes, ${everyMinute}.`;
    }
    return undefined;
  },
};
