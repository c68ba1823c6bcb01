import { homedir } from 'node:os';
import { DeltashelfError, type LibraryEvent } from '../../../shared/index.ts';
import { availableThreads, createPool } from '../../engine/pool/index.ts';
import {
  jobClock,
  Jobs,
  lockHome,
  openCatalogue,
  Settler,
  systemClock,
  type Catalogue,
  type FileSystem,
  type Steps,
  type Surroundings,
} from '../../library/index.ts';
import type { LibraryClient } from '../client.ts';
import { homeOf } from '../home.ts';
import { connectTo } from '../host/connect.ts';
import { listen } from '../host/listen.ts';
import { socketPath } from '../host/socket-path.ts';
import type { Runtime } from '../runtime.ts';
import type { LibraryContext } from './context.ts';
import { agreeOnDecisions, decisionsMirrored } from './decisions.ts';
import { Exclusive } from './exclusive.ts';
import { hintsFor } from './guard.ts';
import { jobDisks } from './job-disks.ts';
import { jobSummary } from './jobs.ts';
import { LazyPool } from './lazy-pool.ts';
import { letGoOfMemory } from './let-go-of-memory.ts';
import { OwnLibrary } from './own-library.ts';
import { openVaultSteps } from './open-vault-steps.ts';
import { jobRunners } from './run-job.ts';
import { compressWhatLanded, Watching } from './watching.ts';

/** What the library of a home is opened with. */
export interface OpenLibraryOptions {
  readonly fs: FileSystem;
  readonly loadRuntime: () => Promise<Runtime>;
  /** Program and version, written into delta files for people. */
  readonly writer: string;
  /** Folder of the sample library that came with the program; absent: none is offered. */
  readonly sample?: string;
  /** Where other programs may keep models; default those of this person. */
  readonly surroundings?: Surroundings;
  /** Folder of catalogue and default vault; default the data folder of this system. */
  readonly home?: string;
  /** Threads that code; default all cores. */
  readonly threads?: number;
  /** Keeps looking at the watched folders while it is open. */
  readonly watching?: boolean;
}

/**
 * Opens the library of a home. The first process to do so owns the service and lets others call it over a local
 * socket; in a later one the answer talks to that.
 * @throws DeltashelfError `in-use` where another process owns it and does not answer, `catalogue-newer`,
 * `not-writable`, `disk-full`
 */
export async function openLibrary(options: OpenLibraryOptions): Promise<LibraryClient> {
  const home = homeOf(options.home);
  let lock: Awaited<ReturnType<typeof lockHome>>;
  try {
    lock = await lockHome(options.fs, home);
  } catch (error) {
    if (!(error instanceof DeltashelfError) || error.code !== 'in-use') throw error;
    return connectTo(socketPath(home), home);
  }
  try {
    return await own(options, home, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Brings the catalogue in step with the vault. On a disk that takes nothing, what it knew before is shown.
 * @returns what a person is to know of that
 */
function keepInStep(catalogue: Catalogue, { state }: Steps): string[] {
  try {
    catalogue.vault.sync(state);
    return [];
  } catch (error) {
    if (!(error instanceof DeltashelfError) || !takesNothing.has(error.code)) throw error;
    return [error.message];
  }
}

const takesNothing: ReadonlySet<string> = new Set(['disk-full', 'write-failed', 'not-writable']);

async function own(
  options: OpenLibraryOptions,
  home: string,
  lock: Awaited<ReturnType<typeof lockHome>>,
): Promise<LibraryClient> {
  const { fs, writer } = options;
  const runtime = await options.loadRuntime();
  const { catalogue, report } = await openCatalogue(fs, home);
  const threads = options.threads ?? catalogue.settings.get('threads') ?? availableThreads();
  const pool = new LazyPool(threads, () => createPool({ ...runtime, threads }));
  const listeners = new Set<(event: LibraryEvent) => void>();
  const closings: (() => Promise<void> | void)[] = [
    () => lock.release(),
    () => catalogue.close(),
    () => pool.close(),
  ];
  const closeAll = async (): Promise<void> => {
    for (const close of closings.reverse()) await close();
  };
  try {
    const { steps, away } = await openVaultSteps({ fs, pool, writer }, catalogue, home, (parent) =>
      Promise.resolve(hintsFor(catalogue, parent)),
    );
    closings.push(() => steps.close());
    closings.push(() => decisionsMirrored(catalogue));
    const jobs = new Jobs({
      store: catalogue.jobs,
      clock: jobClock,
      concurrency: () => catalogue.settings.get('concurrency'),
      disks: jobDisks(fs, catalogue, steps.vaultPath),
      runners: jobRunners(() => context),
    });
    closings.push(() => jobs.close());
    const notices = [
      ...(report.sentence === null ? [] : [report.sentence]),
      ...(away ? [away.message] : []),
      ...steps.problems.map(({ sentence }) => sentence),
      ...steps.recovered.map(({ sentence }) => sentence),
    ];
    const context: LibraryContext = {
      fs,
      home,
      version: writer.replace(/^\D*/u, ''),
      sample: options.sample,
      catalogue,
      steps,
      away,
      notices,
      jobs,
      pool,
      surroundings: options.surroundings ?? {
        platform: process.platform,
        home: homedir(),
        variables: process.env,
      },
      unreadable: new Set(),
      scanTools: { fs, settler: new Settler(systemClock) },
      now: () => new Date(),
      landed: (report) => (options.watching ? compressWhatLanded(context, report) : Promise.resolve()),
      emit: (event) => {
        for (const listener of listeners) listener(event);
      },
    };
    jobs.onEvent((job) => context.emit({ event: 'job', job: jobSummary(job) }));
    if (away) catalogue.vault.setOnline(false);
    else notices.push(...keepInStep(catalogue, steps));
    await agreeOnDecisions(context, report.fresh);
    const writing = new Exclusive();
    const library = new OwnLibrary(context, listeners, writing, closeAll);
    closings.push(await listen(library, socketPath(home)));
    if (options.watching) {
      jobs.start();
      const rest = (): Promise<void> =>
        writing.run(async () => {
          if (jobs.isBusy) return;
          await pool.close();
          await letGoOfMemory();
        });
      const watching = new Watching(context, rest);
      closings.push(() => watching.close());
      listeners.add((event) => {
        if (event.event === 'changed') watching.changed();
      });
      watching.start();
    }
    return library;
  } catch (error) {
    await closeAll();
    throw error;
  }
}
