import { basename, relative, sep } from 'node:path';
import type { FileSystem } from '../disk/index.ts';
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
import type { FoundModel, ModelOrigin, SkippedPlace, SkipReason } from './found-model.ts';
import { hubFolders, isHubCache, repositoryOf, revisionName, snapshotsOf } from './hub-cache.ts';
import { lookInto, type Look, type SeenFile, type SeenFolder } from './look.ts';
import { makeModel, signedFile, type ModelPlace } from './make-model.ts';
import { isOllama, readOllama } from './ollama.ts';
import { isTrainingRun, originOfFolder } from './origin.ts';
import type { Settler } from './settler.ts';
import { sign } from './signature.ts';
import { skipped, skippedBy } from './skipped.ts';

const deepest = 64;
/** Links and unfinished files that are told one by one; a whole drive may have very many. */
const mostTold = 1000;
const rarelyTold: ReadonlySet<SkipReason> = new Set(['link', 'link-loop', 'temporary', 'name']);

/** What a scan works with. */
export interface ScanTools {
  readonly fs: FileSystem;
  readonly settler: Settler;
}

/** What a scan came upon. */
export type ScanFinding =
  /** A model that is new or changed. Keep its signature for the next scan. */
  | { readonly kind: 'model'; readonly model: FoundModel; readonly signature: string }
  /** A model that is as it was; it was not opened. */
  | { readonly kind: 'unchanged'; readonly path: string; readonly signature: string }
  | { readonly kind: 'skipped'; readonly place: SkippedPlace };

/** A finding, or one that is still being read. */
type Finding = ScanFinding | { readonly kind: 'reading'; readonly finding: Promise<ScanFinding | undefined> };

/** Signature that the model at a path had when it was last found. */
export type KnownModels = (path: string) => string | undefined;

/** Where in a tree a folder lies. */
interface Way {
  readonly origin: ModelOrigin;
  /** `dev:ino` of the folders above. */
  readonly above: readonly string[];
  /** A revision in a Hugging Face cache: its folder and its name. */
  readonly revision?: { readonly path: string; readonly name: string };
}

/** Something that was still changing at the first look. */
interface Pending {
  readonly folder: string;
  readonly way: Way;
  /** Files of a folder of many; absent where the folder is one model. */
  readonly files?: ReadonlySet<string>;
}

/** One walk through a watched folder. It goes on while models are read: whoever takes the findings sets the pace. */
export class Walk {
  folders = 0;
  path = '';
  readonly #tools: ScanTools;
  readonly #known: KnownModels;
  readonly #signal: AbortSignal | undefined;
  readonly #pending: Pending[] = [];
  #lastTry = false;
  #told = 0;

  constructor(tools: ScanTools, known: KnownModels, signal: AbortSignal | undefined) {
    this.#tools = tools;
    this.#known = known;
    this.#signal = signal;
  }

  async *root(folder: SeenFolder, look: Look, origin: ModelOrigin): AsyncGenerator<Finding> {
    try {
      yield* this.#enter(folder, look, { origin, above: [] });
    } catch (error) {
      yield* this.#failed(error, folder.path);
    }
  }

  /** Looks again at what was still changing, once it may have settled. */
  async *again(): AsyncGenerator<Finding> {
    if (this.#pending.length === 0) return;
    await this.#tools.settler.pause(this.#signal);
    this.#lastTry = true;
    for (const { folder, way, files } of this.#pending) {
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
    else if (way.above.includes(identity(folder))) yield* this.#tell(skipped.loop(folder.path));
    else if (way.above.length >= deepest) yield* this.#tell(skipped.tooDeep(folder.path));
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
    const above = [...around.above, identity(folder)].filter((each) => each !== noIdentity);
    const way = { ...around, above, origin: originOfFolder(folder.name, folders, around.origin) };
    const repository = repositoryOf(folder.name, look);
    if (repository !== undefined) yield* this.#visitRevisions(repository, look, way);
    else if (isHubCache(look)) for (const inner of hubFolders(look)) yield* this.#visit(inner, way);
    else if (!(isOllama(look) && (yield* this.#offerOllama(look)))) yield* this.#offerFolder(look, way, true);
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
  async *#offerOllama(look: Look): AsyncGenerator<Finding, boolean> {
    const store = await readOllama(this.#tools.fs, look);
    if (store === undefined) return false;
    yield* this.#tellAll(store.skipped);
    for (const { file, names } of store.blobs) {
      const [name = file.name, ...others] = names;
      const sentence = `Ollama also lists it as ${others.join(', ')}.`;
      const warnings = others.length > 0 ? [{ file: file.name, sentence }] : [];
      const place = { ...this.#single(file, { origin: 'ollama', above: [] }), name, warnings };
      // Ollama gives a blob its name when it is whole.
      yield* this.#offer(place, undefined);
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
    yield* this.#offer(place, { folder: look.path, way }, partial);
    if (walkOn) for (const { folder, look: inner } of own) yield* this.#visit(folder, way, inner);
  }

  async *#offerFiles(look: Look, way: Way, only?: ReadonlySet<string>): AsyncGenerator<Finding> {
    for (const file of look.files) {
      if (only !== undefined && !only.has(file.name)) continue;
      if (isPartialName(file.name)) yield* this.#tell(skipped.temporary(file.path));
      else if (mayBeModel(file.name, file.status.size)) {
        const pending = { folder: look.path, way, files: new Set([file.name]) };
        yield* this.#offer(this.#single(file, way), pending);
      }
    }
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

  /** @param pending how to look at it again; absent where it needs no settling */
  async *#offer(
    place: ModelPlace,
    pending: Pending | undefined,
    partial: readonly SeenFile[] = [],
  ): AsyncGenerator<Finding> {
    this.#signal?.throwIfAborted();
    const signature = sign(place.name, place.files.map(signedFile));
    if (this.#known(place.path) === signature) {
      yield { kind: 'unchanged', path: place.path, signature };
      return;
    }
    if (pending !== undefined && !this.#hasSettled([...place.files, ...partial])) {
      if (this.#lastTry) yield* this.#tell(skipped.unsettled(place.path));
      else this.#pending.push(pending);
      return;
    }
    yield { kind: 'reading', finding: this.#read(place, signature) };
  }

  /** Never rejects. @returns undefined for what is no model, and no news */
  async #read(place: ModelPlace, signature: string): Promise<ScanFinding | undefined> {
    const made = await makeModel(this.#tools.fs, place).catch((error: unknown) =>
      skippedBy(error, place.path),
    );
    if (!('why' in made)) return { kind: 'model', model: made, signature };
    return this.#isWorthTelling(place, made) ? { kind: 'skipped', place: made } : undefined;
  }

  /** Every file is looked at, so that the second look finds them all noted. */
  #hasSettled(files: readonly SeenFile[]): boolean {
    const settled = files.map(({ path, status }) => this.#tools.settler.look(path, status));
    return !settled.includes(false);
  }

  /** A file with a name of no format was only opened to find out: that it is no model is no news. */
  #isWorthTelling({ layout, path }: ModelPlace, { why }: SkippedPlace): boolean {
    if (layout !== 'file' || why !== 'malformed') return true;
    return /\.(?:safetensors|sft|gguf|ckpt|wdelta)$/iu.test(path);
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

const noIdentity = '';

/** Which folder it is, whatever path led there; empty on volumes that number none. */
function identity({ status }: SeenFolder): string {
  return status.ino === 0n ? noIdentity : `${status.dev}:${status.ino}`;
}
