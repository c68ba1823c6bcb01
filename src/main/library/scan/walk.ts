import { basename, relative, sep } from 'node:path';
import { collectFiles, mostNamesOfModel, type CollectedFile } from './collect-files.ts';
import { decideFolder } from './decide-folder.ts';
import {
  isPartialName,
  isQuarantine,
  isSystemFolder,
  isUnvisited,
  isVault,
  mayBeModel,
} from './file-names.ts';
import type { Finding, KnownModels, ScanTools } from './findings.ts';
import type { ModelOrigin, SkippedPlace, SkipReason } from './found-model.ts';
import { hubFolders, isHubCache, repositoryOf, revisionName, snapshotsOf } from './hub-cache.ts';
import { lookInto, type Look, type SeenFile, type SeenFolder } from './look.ts';
import type { ModelPlace } from './make-model.ts';
import { Offers } from './offers.ts';
import { isOllama, readOllama } from './ollama.ts';
import { isTrainingRun, originOfFolder } from './origin.ts';
import { skipped, skippedBy } from './skipped.ts';

const deepest = 64;
/** Links and unfinished files that are told one by one; a whole drive may have very many. */
const mostTold = 1000;
const rarelyTold: ReadonlySet<SkipReason> = new Set(['link', 'link-loop', 'temporary', 'name']);

/** Where in a tree a folder lies. */
interface Way {
  readonly origin: ModelOrigin;
  readonly depth: number;
  /** `dev:ino` of the folders above, on volumes that number them. */
  readonly above: readonly string[];
  /** A revision in a Hugging Face cache: its folder and its name. */
  readonly revision?: { readonly path: string; readonly name: string };
}

/** A folder in which something was still changing at the first look. */
interface Pending {
  readonly way: Way;
  /** Which files of a folder of many; absent where the folder is one model. */
  readonly files?: Set<string>;
}

/** One walk through a watched folder. It goes on while models are read: whoever takes the findings sets the pace. */
export class Walk {
  folders = 0;
  path = '';
  readonly #tools: ScanTools;
  readonly #offers: Offers;
  readonly #signal: AbortSignal | undefined;
  /** By path. */
  readonly #pending = new Map<string, Pending>();
  #lastTry = false;
  #told = 0;

  constructor(tools: ScanTools, known: KnownModels, signal: AbortSignal | undefined) {
    this.#tools = tools;
    this.#offers = new Offers(tools, known, signal);
    this.#signal = signal;
  }

  async *root(folder: SeenFolder, look: Look, origin: ModelOrigin): AsyncGenerator<Finding> {
    try {
      yield* this.#enter(folder, look, { origin, depth: 0, above: [] });
    } catch (error) {
      yield* this.#failed(error, folder.path);
    }
  }

  /** Looks again at what was still changing, once it may have settled. */
  async *again(): AsyncGenerator<Finding> {
    if (this.#pending.size === 0) return;
    await this.#tools.settler.pause(this.#signal);
    this.#lastTry = true;
    for (const [folder, { way, files }] of this.#pending) {
      try {
        const look = await lookInto(this.#tools.fs, folder);
        if (files === undefined) yield* this.#offerFolder(look, way, false);
        else yield* this.#offerFiles(look, way, files);
      } catch (error) {
        yield* this.#failed(error, folder);
      }
    }
  }

  /** @param look what is in the folder, where it was looked at already */
  async *#visit(folder: SeenFolder, way: Way, look?: Look): AsyncGenerator<Finding> {
    this.#signal?.throwIfAborted();
    if (isUnvisited(folder.name) || isSystemFolder(folder.path)) return;
    if (isQuarantine(folder.name)) yield* this.#tell(skipped.quarantine(folder.path));
    else if (identity(folder).some((each) => way.above.includes(each)))
      yield* this.#tell(skipped.loop(folder.path));
    else if (way.depth >= deepest) yield* this.#tell(skipped.tooDeep(folder.path));
    else {
      try {
        yield* this.#enter(folder, look ?? (await lookInto(this.#tools.fs, folder.path)), way);
      } catch (error) {
        yield* this.#failed(error, folder.path);
      }
    }
  }

  async *#enter(folder: SeenFolder, look: Look, around: Way): AsyncGenerator<Finding> {
    this.folders += 1;
    this.path = look.path;
    const names = look.files.map(({ name }) => name);
    if (isVault(names)) {
      yield* this.#tell(skipped.vault(look.path));
      return;
    }
    yield* this.#tellAll(look.skipped);
    const folders = look.folders.map(({ name }) => name);
    const above = [...around.above, ...identity(folder)];
    const way = {
      ...around,
      above,
      depth: around.depth + 1,
      origin: originOfFolder(folder.name, folders, around.origin),
    };
    const repository = repositoryOf(folder.name, look);
    if (repository !== undefined) yield* this.#visitRevisions(repository, look, way);
    else if (isHubCache(look)) for (const inner of hubFolders(look)) yield* this.#visit(inner, way);
    else if (!(isOllama(look) && (yield* this.#offerOllama(look, way))))
      yield* this.#offerFolder(look, way, true);
  }

  async *#visitRevisions(repository: string, look: Look, way: Way): AsyncGenerator<Finding> {
    const revisions = await lookInto(this.#tools.fs, snapshotsOf(look));
    yield* this.#tellAll(revisions.skipped);
    for (const folder of revisions.folders) {
      const revision = { path: folder.path, name: revisionName(repository, folder.name) };
      yield* this.#visit(folder, { ...way, origin: 'hugging-face-cache', revision });
    }
  }

  /** @returns whether the folder was a store of Ollama */
  async *#offerOllama(look: Look, way: Way): AsyncGenerator<Finding, boolean> {
    const store = await readOllama(this.#tools.fs, look);
    if (store === undefined) return false;
    yield* this.#tellAll(store.skipped);
    for (const { file, names } of store.blobs) {
      const [name = file.name, ...others] = names;
      const sentence = `Ollama also lists it as ${others.join(', ')}.`;
      const warnings = others.length > 0 ? [{ file: file.name, sentence }] : [];
      const place = { ...this.#single(file, { ...way, origin: 'ollama' }), name, warnings };
      // Ollama gives a blob its name when it is whole.
      yield this.#offers.take(place);
    }
    return true;
  }

  async *#offerFolder(look: Look, way: Way, walkOn: boolean): AsyncGenerator<Finding> {
    const names = [...look.files, ...look.folders].map(({ name }) => name);
    const kind = decideFolder(look.files.map(({ name }) => name));
    if (kind === 'many') {
      yield* this.#offerFiles(look, way);
      if (walkOn) for (const folder of look.folders) yield* this.#visit(folder, way);
      return;
    }
    const collected = await collectFiles(this.#tools.fs, look, kind);
    const { files, partial, own, leftOut } = collected;
    if (walkOn) yield* this.#tellAll(collected.skipped);
    if (collected.tooMany) {
      yield* this.#tell(skipped.tooManyNames(look.path, mostNamesOfModel));
      return;
    }
    const origin = way.origin !== 'hugging-face-cache' && isTrainingRun(basename(look.path), names);
    const place: ModelPlace = {
      path: look.path,
      name: this.#nameOf(look.path, way),
      layout: kind,
      origin: origin ? 'training-run' : way.origin,
      files,
      leftOut,
      warnings: [],
    };
    const finding = this.#offers.takeSettled(place, partial);
    if (finding !== undefined) yield finding;
    else if (this.#lastTry) yield* this.#tell(skipped.unsettled(look.path));
    else this.#pending.set(look.path, { way });
    if (walkOn) for (const { folder, look: inner } of own) yield* this.#visit(folder, way, inner);
  }

  async *#offerFiles(look: Look, way: Way, only?: ReadonlySet<string>): AsyncGenerator<Finding> {
    const changing = new Set<string>();
    for (const file of look.files) {
      if (only !== undefined && !only.has(file.name)) continue;
      if (isPartialName(file.name)) yield* this.#tell(skipped.temporary(file.path));
      else if (mayBeModel(file.name, file.status.size)) {
        const finding = this.#offers.takeSettled(this.#single(file, way));
        if (finding !== undefined) yield finding;
        else if (this.#lastTry) yield* this.#tell(skipped.unsettled(file.path));
        else changing.add(file.name);
      }
    }
    if (changing.size > 0) this.#pending.set(look.path, { way, files: changing });
  }

  #single(file: SeenFile, way: Way): ModelPlace {
    const files: CollectedFile[] = [{ ...file, relative: file.name }];
    const name = this.#nameOf(file.path, way);
    return { path: file.path, name, layout: 'file', origin: way.origin, files, leftOut: [], warnings: [] };
  }

  #nameOf(path: string, { revision }: Way): string {
    if (revision === undefined) return basename(path) || path;
    const inside = relative(revision.path, path).split(sep).join('/');
    return inside === '' ? revision.name : `${revision.name}/${inside}`;
  }

  async *#failed(error: unknown, path: string): AsyncGenerator<Finding> {
    this.#signal?.throwIfAborted();
    yield* this.#tell(skippedBy(error, path));
  }

  async *#tellAll(places: readonly SkippedPlace[]): AsyncGenerator<Finding> {
    for (const place of places) yield* this.#tell(place);
  }

  async *#tell(place: SkippedPlace): AsyncGenerator<Finding> {
    if (rarelyTold.has(place.why)) this.#told += 1;
    if (!rarelyTold.has(place.why) || this.#told <= mostTold) yield { kind: 'skipped', place };
  }
}

/** Which folder it is, whatever path led there; nothing on volumes that number none. */
function identity({ status }: SeenFolder): string[] {
  return status.ino === 0n ? [] : [`${status.dev}:${status.ino}`];
}
