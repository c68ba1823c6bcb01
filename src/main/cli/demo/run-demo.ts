import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeltashelfError, type DemoResult, type DemoRow } from '../../../shared/index.ts';
import { megabytesPerSecond } from '../../bench/index.ts';
import type { Deltas, JobControl } from '../../service/index.ts';
import { family, type DemoPair } from './family.ts';
import { hashFolder, sameFiles } from './hash-folder.ts';

/** What the demo is doing, for people. */
export type DemoStep = (sentence: string) => void;

/**
 * Stores every child of the sample library as a delta, deletes the copies of the children, reconstructs them and
 * compares each file with its original. All of it in a temporary folder, which is gone afterwards.
 */
export async function runDemo(
  deltas: Deltas,
  library: string,
  control: JobControl,
  tell: DemoStep,
): Promise<DemoResult> {
  const start = performance.now();
  if (!existsSync(library)) throw libraryMissing(library);
  const folder = await mkdtemp(join(tmpdir(), 'deltashelf-demo-'));
  try {
    const models = await new Demo(deltas, library, folder, control, tell).run();
    return { models, identical: models.every((row) => row.identical), seconds: secondsSince(start) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Demo {
  readonly #deltas: Deltas;
  readonly #library: string;
  readonly #folder: string;
  readonly #control: JobControl;
  readonly #tell: DemoStep;

  constructor(deltas: Deltas, library: string, folder: string, control: JobControl, tell: DemoStep) {
    this.#deltas = deltas;
    this.#library = library;
    this.#folder = folder;
    this.#control = control;
    this.#tell = tell;
  }

  async run(): Promise<DemoRow[]> {
    await cp(this.#library, this.#folder, { recursive: true });
    await makeDeletable(this.#folder);
    const stored = [];
    for (const pair of family) {
      this.#tell(`Storing ${pair.child} ...`);
      stored.push({ pair, created: await this.#create(pair) });
    }
    for (const { child } of family) await rm(this.#place(child), { recursive: true });
    this.#tell('Deleted the copies of all children.');
    const rows: DemoRow[] = [];
    for (const { pair, created } of stored) {
      this.#tell(`Reconstructing ${pair.child} ...`);
      const { originalBytes, storedBytes, ratio, seconds } = created;
      const applied = await this.#apply(pair);
      rows.push({
        model: pair.child,
        parent: pair.parent,
        originalBytes,
        storedBytes,
        ratio,
        createMBps: megabytesPerSecond(originalBytes, seconds * 1000),
        applyMBps: megabytesPerSecond(applied.bytes, applied.seconds * 1000),
        identical: await this.#isIdentical(pair.child),
      });
    }
    return rows;
  }

  #create({ child, parent }: DemoPair) {
    const bases = parent === null ? [] : [this.#place(parent)];
    const request = { child: this.#place(child), bases, output: this.#deltaOf(child) };
    return this.#deltas.createDelta(request, this.#control);
  }

  #apply({ child, parent }: DemoPair) {
    const bases = parent === null ? [] : [this.#place(parent)];
    const request = { file: this.#deltaOf(child), bases, output: this.#place(child) };
    return this.#deltas.applyDelta(request, this.#control);
  }

  /** Against the library itself: the copy might have been damaged before it was stored. */
  async #isIdentical(child: string): Promise<boolean> {
    return sameFiles(await hashFolder(join(this.#library, child)), await hashFolder(this.#place(child)));
  }

  #place(model: string): string {
    return join(this.#folder, model);
  }

  #deltaOf(model: string): string {
    return `${this.#place(model)}.dshelf`;
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

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
