import { basename, dirname, join, resolve } from 'node:path';
import { DeltashelfError, formatBytes } from '../../../shared/index.ts';
import {
  DeltaSource,
  findParents,
  type DeltaFile,
  type DeltaIndex,
  type DeltaParent,
} from '../../engine/delta/index.ts';
import type { Pool } from '../../engine/pool/index.ts';
import { ModelSource, type Source } from '../../engine/sources/index.ts';
import type { Control } from '../../engine/streams.ts';
import { shownPath, type FileStatus, type FileSystem } from '../disk/index.ts';
import { likelyFirst, mayHold, neighboursOf } from './candidates.ts';
import type { JobControl } from '../job-meter.ts';
import type { OpenedModel, OpenedPaths } from './opened-paths.ts';

/** The base of a delta file that is itself a base. */
export interface BaseOf {
  /** The delta file. */
  readonly file: string;
  /** The folder, file or delta file that it needs. */
  readonly base: string;
}

/** Where parents are to be taken from. */
export interface BaseOptions {
  /** Folders, files or delta files, in order of preference. */
  readonly bases: readonly string[];
  /** For bases that are delta files; what is not named here is searched by content. */
  readonly basesOf: readonly BaseOf[];
  /** Beside what to search: the child, or the delta that is read. */
  readonly near: string;
  /** Files of the model that is being stored: what it needs to come back must not be itself. */
  readonly own?: ReadonlySet<string>;
}

/** Names the bytes of a file on this machine, whatever paths lead there. */
export function identityOf({ dev, ino }: Pick<FileStatus, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** Deltas laid over deltas at most. */
const deepestChain = 16;

/**
 * Opens parents as sources. One that is a delta file is laid over its own parents: those that were named for it,
 * or else what is found among all given bases, beside the delta file and beside the work itself, and has the
 * content that the delta names.
 */
export class Bases {
  readonly #fs: FileSystem;
  readonly #pool: Pool;
  readonly #paths: OpenedPaths;
  readonly #options: BaseOptions;
  readonly #control: Control;
  readonly #deltas = new Map<string, Promise<DeltaSource>>();
  readonly #models = new Map<string, Promise<Source>>();
  /** Where a search does not look. */
  readonly #never = new Set<string>();

  constructor(fs: FileSystem, pool: Pool, paths: OpenedPaths, options: BaseOptions, control: JobControl) {
    this.#fs = fs;
    this.#pool = pool;
    this.#paths = paths;
    this.#options = options;
    // Looking for bases is not part of the progress of the work.
    this.#control = control.signal ? { signal: control.signal } : {};
  }

  /** The bases that were given, as sources. */
  async given(): Promise<Source[]> {
    const sources: Source[] = [];
    for (const path of this.#options.bases) sources.push(await this.#source(path, []));
    return sources;
  }

  /** Sources for the parents of a delta that is to be read: the given bases, or else what a search finds. */
  async forDelta(delta: DeltaFile): Promise<Source[]> {
    const { bases, near } = this.#options;
    if (bases.length > 0) return await this.given();
    // Beside its delta mostly lies the model itself. With that as a base, nothing would be proven.
    this.#never.add(join(dirname(resolve(near)), delta.index.name));
    const found = await this.#search(delta.index, near, [resolve(near)]);
    return found.filter((source) => source !== undefined);
  }

  /** Frees what the delta files among them keep ready. The files themselves stay open. */
  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.#deltas.values());
    for (const source of sources) if (source.status === 'fulfilled') await source.value.close();
  }

  /** @param trail delta files that this source is needed for, outermost first */
  async #source(path: string, trail: readonly string[]): Promise<Source> {
    this.#control.signal?.throwIfAborted();
    const opened = await this.#paths.open(path);
    if (opened.kind === 'model') return await this.#withoutOwn(opened);
    if (trail.includes(opened.path)) throw endless(opened.path);
    if (trail.length >= deepestChain) throw tooDeep(opened.path);
    let source = this.#deltas.get(opened.path);
    if (!source) {
      source = this.#layOver(opened.path, opened.delta, [...trail, opened.path]);
      this.#deltas.set(opened.path, source);
      source.catch(() => this.#deltas.delete(opened.path));
    }
    return source;
  }

  /** A base without the files that are those of the model itself, as where one folder holds the other. */
  #withoutOwn({ path, model, source }: OpenedModel): Promise<Source> {
    const { own } = this.#options;
    const files = model.files.filter(({ status }) => own?.has(identityOf(status)) !== true);
    if (files.length === model.files.length) return Promise.resolve(source);
    if (files.length === 0) throw isItself(path);
    const known = this.#models.get(path) ?? ModelSource.open(model.name, files);
    this.#models.set(path, known);
    return known;
  }

  async #layOver(path: string, delta: DeltaFile, trail: readonly string[]): Promise<DeltaSource> {
    const named = this.#options.basesOf.filter(({ file }) => resolve(file) === path);
    const sources: Source[] = [];
    for (const { base } of named) sources.push(await this.#source(base, trail));
    const searched = named.length > 0 ? [] : await this.#search(delta.index, path, trail);
    for (const [number, source] of searched.entries()) {
      if (!source) throw notFound(path, delta.index.parents[number]);
      sources.push(source);
    }
    const found = await findParents(delta.index, sources, basename(path), this.#control);
    return new DeltaSource(this.#pool, delta, found);
  }

  /** A source for each parent, in their order, where one can be found. */
  async #search(index: DeltaIndex, path: string, trail: readonly string[]): Promise<(Source | undefined)[]> {
    const { bases, basesOf, near } = this.#options;
    const given = [...bases, ...basesOf.map(({ base }) => base)].map((base) => resolve(base));
    const around = index.parents.length > 0 ? await neighboursOf(this.#fs, [path, near]) : [];
    const sources: (Source | undefined)[] = [];
    for (const parent of index.parents) {
      sources.push(await this.#firstThatFits(parent, index, [...given, ...around], trail));
    }
    return sources;
  }

  async #firstThatFits(
    parent: DeltaParent,
    index: DeltaIndex,
    paths: readonly string[],
    trail: readonly string[],
  ): Promise<Source | undefined> {
    for (const path of likelyFirst(parent, new Set(paths))) {
      this.#control.signal?.throwIfAborted();
      if (trail.includes(path) || this.#never.has(path)) continue;
      if (!(await mayHold(this.#fs, path, parent))) continue;
      const source = await this.#ifItFits(parent, index, path, trail);
      if (source) return source;
    }
    return undefined;
  }

  /** A candidate that cannot be read, or lacks a parent of its own, is not the one; that is no failure. */
  async #ifItFits(
    parent: DeltaParent,
    index: DeltaIndex,
    path: string,
    trail: readonly string[],
  ): Promise<Source | undefined> {
    const inUse = this.#paths.has(path);
    try {
      const opened = await this.#paths.open(path);
      if (opened.kind === 'model' || holds(opened.delta, parent)) {
        const source = await this.#source(path, trail);
        await findParents({ ...index, parents: [parent] }, [source], basename(path), this.#control);
        return source;
      }
    } catch (error) {
      this.#control.signal?.throwIfAborted();
      if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    }
    if (!inUse && !this.#deltas.has(path)) await this.#paths.forget(path);
    return undefined;
  }
}

/** Whether a delta says that it gives back all files of a parent that are needed. */
function holds({ index }: DeltaFile, parent: DeltaParent): boolean {
  const hashes = new Set(index.files.map(({ sha256 }) => sha256));
  return parent.files.every(({ sha256 }) => hashes.has(sha256));
}

function notFound(path: string, parent: DeltaParent | undefined): DeltashelfError {
  const file = basename(path);
  const first = parent?.files[0];
  const size = first ? ` (${shownPath(first.path)}, ${formatBytes(first.size)})` : '';
  return new DeltashelfError(
    'parent-missing',
    `${shownPath(file)} is itself a delta, and its own base ${shownPath(parent?.name ?? '')}${size} was found neither ` +
      'among the bases given nor beside it. Nothing was written. Name its base too, with --base-of.',
    { file },
  );
}

/** With itself as its base a model would cost nothing, and could never be given back without itself. */
function isItself(base: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `${shownPath(base)} is the model itself or a part of it, and a model is no base of itself. Nothing was written. ` +
      'Give the model that it was made from, or no base.',
    { file: base },
  );
}

function endless(path: string): DeltashelfError {
  const file = basename(path);
  return new DeltashelfError(
    'parent-missing',
    `${shownPath(file)} is needed to read itself: the bases named for deltas form a circle. Nothing was written. ` +
      'Name a base that is a model, or a delta over one.',
    { file },
  );
}

function tooDeep(path: string): DeltashelfError {
  const file = basename(path);
  return new DeltashelfError(
    'parent-missing',
    `${shownPath(file)} lies below more than ${deepestChain} deltas laid over each other, which is not read. ` +
      'Nothing was written. Reconstruct a model from the middle of the chain and give that as a base.',
    { file },
  );
}
