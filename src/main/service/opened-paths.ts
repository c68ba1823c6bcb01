import { basename, resolve } from 'node:path';
import { DeltashelfError } from '../../shared/index.ts';
import { openDelta, type DeltaFile } from '../engine/delta/index.ts';
import { ModelSource } from '../engine/sources/index.ts';
import { openFile, openModel, type FileSystem, type OpenModel } from '../library/index.ts';

/** A path that a person gave, opened as what its content is. */
export type OpenedPath =
  | { readonly kind: 'model'; readonly path: string; readonly model: OpenModel; readonly source: ModelSource }
  | { readonly kind: 'delta'; readonly path: string; readonly delta: DeltaFile };

/** Opens each path once, whoever asks for it, and closes all of them together. */
export class OpenedPaths {
  readonly #fs: FileSystem;
  readonly #opened = new Map<string, Promise<OpenedPath>>();
  readonly #closings = new Map<string, () => Promise<void>>();

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Opens a model's folder or file, or a delta file: what it is, its first bytes tell, not its name. */
  open(path: string): Promise<OpenedPath> {
    const place = resolve(path);
    let opened = this.#opened.get(place);
    if (!opened) this.#opened.set(place, (opened = this.#open(place)));
    return opened;
  }

  /** Whether a path was opened, or is being opened. */
  has(path: string): boolean {
    return this.#opened.has(resolve(path));
  }

  /** Opens a model's folder or file; a delta file is taken for a file like any other. */
  async openModel(path: string): Promise<Extract<OpenedPath, { kind: 'model' }>> {
    const place = resolve(path);
    const model = await openModel(this.#fs, place);
    this.#closings.set(place, () => model.close());
    return { kind: 'model', path: place, model, source: await ModelSource.open(model.name, model.files) };
  }

  /**
   * Opens a delta file.
   * @param salvage takes one of which an index, the head or the footer is damaged
   */
  async openDelta(path: string, salvage = false, signal?: AbortSignal): Promise<DeltaFile> {
    const place = resolve(path);
    const file = await openFile(this.#fs, place);
    this.#closings.set(place, () => file.close());
    try {
      return await openDelta(file, { name: basename(place), salvage, ...(signal && { signal }) });
    } catch (error) {
      await this.#giveUp(place);
      throw error;
    }
  }

  /** Closes what was opened for nothing: whether it stays as it was is no matter. */
  async forget(path: string): Promise<void> {
    const place = resolve(path);
    this.#opened.delete(place);
    await this.#giveUp(place);
  }

  /**
   * Closes all, then tells whether they stayed as they were while they were open. Does nothing a second time.
   * @throws DeltashelfError `changed-while-reading`
   */
  async close(): Promise<void> {
    const all = [...this.#closings.values()];
    this.#closings.clear();
    const closings = await Promise.allSettled(all.map((close) => close()));
    for (const closing of closings) if (closing.status === 'rejected') throw closing.reason;
  }

  async #giveUp(place: string): Promise<void> {
    const close = this.#closings.get(place);
    this.#closings.delete(place);
    await close?.().catch(() => undefined);
  }

  async #open(path: string): Promise<OpenedPath> {
    if (await this.#isFile(path)) {
      try {
        return { kind: 'delta', path, delta: await this.openDelta(path) };
      } catch (error) {
        if (!(error instanceof DeltashelfError) || error.code !== 'delta-foreign') throw error;
      }
    }
    return this.openModel(path);
  }

  /** What cannot be looked at is left to `openModel`, which tells why. */
  async #isFile(path: string): Promise<boolean> {
    try {
      return (await this.#fs.stat(path)).kind === 'file';
    } catch {
      return false;
    }
  }
}
