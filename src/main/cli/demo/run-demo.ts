import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeltashelfError,
  type CompressResult,
  type DemoResult,
  type DemoRow,
  type PlanResult,
  type TreeResult,
} from '../../../shared/index.ts';
import { megabytesPerSecond } from '../../bench/index.ts';
import type { CallControl, LibraryClient } from '../../service/index.ts';
import { hashFolder, sameFiles } from './hash-folder.ts';

/** What the demo shows while it goes on. */
export interface DemoShow {
  /** What is done next. */
  readonly step: (command: string, sentence: string) => void;
  readonly tree: (tree: TreeResult) => void;
  readonly plan: (plan: PlanResult) => void;
}

/** Opens the library of a home that the demo made. */
type OpenLibrary = (home: string) => Promise<LibraryClient>;

/**
 * Takes a copy of the sample library through all that a library is for: found, compressed, verified, its originals
 * reclaimed and purged, reconstructed, and each file compared with the sample library's. All of it in a temporary
 * folder, which is gone afterwards.
 */
export async function runDemo(
  openLibrary: OpenLibrary,
  library: string,
  control: CallControl,
  show: DemoShow,
): Promise<DemoResult> {
  const start = performance.now();
  if (!existsSync(library)) throw libraryMissing(library);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'deltashelf-demo-')));
  try {
    const models = join(folder, 'models');
    await cp(library, models, { recursive: true });
    await makeDeletable(models);
    const client = await openLibrary(join(folder, 'home'));
    try {
      const rows = await new Demo(client, library, models, control, show).run();
      const identical = rows.length > 0 && rows.every((row) => row.identical);
      return { models: rows, identical, seconds: (performance.now() - start) / 1000 };
    } finally {
      await client.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Demo {
  readonly #client: LibraryClient;
  readonly #library: string;
  readonly #folder: string;
  readonly #control: CallControl;
  readonly #show: DemoShow;

  constructor(client: LibraryClient, library: string, folder: string, control: CallControl, show: DemoShow) {
    this.#client = client;
    this.#library = library;
    this.#folder = folder;
    this.#control = control;
    this.#show = show;
  }

  async run(): Promise<DemoRow[]> {
    const { step, tree, plan } = this.#show;
    step('add <folder>', 'Looking what is in a copy of the sample library');
    await this.#client.call('addFolder', { path: this.#folder }, this.#control);
    step('tree', 'Finding out what came from what');
    tree(await this.#client.call('tree', {}, this.#control));
    step('plan', 'Planning what to store against what');
    plan(await this.#client.call('plan', {}, this.#control));
    step('compress --all', 'Storing each as a delta, and verifying it');
    const stored = await this.#compress();
    step('reclaim --all', 'Moving the originals into quarantine');
    await this.#client.call('reclaim', { all: true, confirmed: true }, this.#control);
    step('purge --now', 'Deleting the originals for good');
    await this.#client.call('purge', { confirmed: true, now: true }, this.#control);
    step('reconstruct --all', 'Writing the models back, and comparing every file');
    return this.#reconstruct(stored);
  }

  async #compress(): Promise<CompressResult['models']> {
    const { models } = await this.#client.call('compress', { all: true }, this.#control);
    for (const row of models) if (!row.verified) throw notStored(row.name, row.sentence ?? row.outcome);
    return models;
  }

  async #reconstruct(stored: CompressResult['models']): Promise<DemoRow[]> {
    const { models } = await this.#client.call('reconstruct', { all: true }, this.#control);
    const rows: DemoRow[] = [];
    for (const { name, parent, path, originalBytes, storedBytes, ratio, seconds } of stored) {
      const back = models.find((each) => each.path === path)?.seconds ?? 0;
      rows.push({
        model: name,
        parent,
        originalBytes,
        storedBytes,
        ratio,
        createMBps: megabytesPerSecond(originalBytes, seconds * 1000),
        applyMBps: megabytesPerSecond(originalBytes, back * 1000),
        identical: await this.#isIdentical(path),
      });
    }
    return rows;
  }

  /** Against the sample library itself: the copy might have been damaged before it was stored. */
  async #isIdentical(path: string): Promise<boolean> {
    const name = path.slice(this.#folder.length + 1);
    return sameFiles(await hashFolder(join(this.#library, name)), await hashFolder(path));
  }
}

/** The library may be installed read-only, and a copy keeps that. */
async function makeDeletable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeDeletable(join(folder, entry.name));
  }
}

function libraryMissing(library: string): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    'The sample library is not part of this installation. Nothing was done; run the demo in a checkout of Deltashelf.',
    { file: library },
  );
}

function notStored(name: string, reason: string): DeltashelfError {
  return new DeltashelfError(
    'internal',
    `${name} of the sample library could not be stored: ${reason} Only temporary copies were touched.`,
  );
}
