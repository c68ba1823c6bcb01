import { basename, resolve } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { openDelta, type DeltaFile } from '../../engine/delta/index.ts';
import { ModelSource } from '../../engine/sources/index.ts';
import { openWdelta, type WdeltaFile } from '../../engine/wdelta/index.ts';
import { openFile, openModel, type FileSystem, type OpenModel } from '../disk/index.ts';

/** A model's folder or file that is open. */
export interface OpenedModel {
  readonly kind: 'model';
  readonly path: string;
  readonly model: OpenModel;
  readonly source: ModelSource;
}

/** A path that a person gave, opened as what its content is. */
export type OpenedPath =
  OpenedModel | { readonly kind: 'delta'; readonly path: string; readonly delta: DeltaFile };

/** A delta file that is open. */
export interface OpenedDelta {
  readonly delta: DeltaFile;
  /** Bytes of the file. */
  readonly storedBytes: number;
}

type Close = () => Promise<void>;

/** Opens each path once, whoever asks for it, and closes all of them together. */
export class OpenedPaths {
  readonly #fs: FileSystem;
  readonly #known = new Map<string, { readonly opened: Promise<OpenedPath>; readonly closings: Close[] }>();
  readonly #closings: Close[] = [];

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Opens a model's folder or file, or a delta file: what it is, its first bytes tell, not its name. */
  open(path: string): Promise<OpenedPath> {
    const place = resolve(path);
    const known = this.#known.get(place);
    if (known) return known.opened;
    const closings: Close[] = [];
    const opened = this.#open(place, closings);
    this.#known.set(place, { opened, closings });
    return opened;
  }

  /** Whether `open` was asked for a path. */
  has(path: string): boolean {
    return this.#known.has(resolve(path));
  }

  /** Closes what `open` opened for nothing: whether it stayed as it was is no matter. */
  async forget(path: string): Promise<void> {
    const place = resolve(path);
    const known = this.#known.get(place);
    this.#known.delete(place);
    await Promise.allSettled(known?.closings.map((close) => close()) ?? []);
  }

  /**
   * Opens a model's folder or file; a delta file is taken for a file like any other.
   * @param leaveOut folders inside it, relative, that are no part of it
   */
  openModel(path: string, leaveOut: readonly string[] = []): Promise<OpenedModel> {
    return this.#openModel(resolve(path), this.#closings, leaveOut);
  }

  /**
   * Opens a delta file.
   * @param salvage takes one of which an index, the head or the footer is damaged
   */
  openDelta(path: string, salvage = false, signal?: AbortSignal): Promise<OpenedDelta> {
    return this.#openDelta(resolve(path), this.#closings, salvage, signal);
  }

  /**
   * Opens a .wdelta file and checks every byte of it.
   * @param onBytes told how many bytes were checked, block by block
   */
  async openWdelta(
    path: string,
    signal?: AbortSignal,
    onBytes?: (bytes: number) => void,
  ): Promise<WdeltaFile> {
    const place = resolve(path);
    const file = await openFile(this.#fs, place);
    this.#closings.push(() => file.close());
    return openWdelta(file, {
      name: basename(place),
      ...(signal && { signal }),
      ...(onBytes && { onBytes }),
    });
  }

  /**
   * Closes all, then tells whether they stayed as they were while they were open. Does nothing a second time.
   * @throws DeltashelfError `changed-while-reading`
   */
  async close(): Promise<void> {
    const closings = [...this.#closings, ...[...this.#known.values()].flatMap((known) => known.closings)];
    this.#closings.length = 0;
    this.#known.clear();
    const closed = await Promise.allSettled(closings.map((close) => close()));
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }

  async #open(path: string, closings: Close[]): Promise<OpenedPath> {
    if (await this.#isFile(path)) {
      try {
        const { delta } = await this.#openDelta(path, closings);
        return { kind: 'delta', path, delta };
      } catch (error) {
        if (!(error instanceof DeltashelfError) || error.code !== 'delta-foreign') throw error;
      }
    }
    return this.#openModel(path, closings);
  }

  async #openModel(path: string, closings: Close[], leaveOut: readonly string[] = []): Promise<OpenedModel> {
    const model = await openModel(this.#fs, path, { leaveOut: new Set(leaveOut) });
    closings.push(() => model.close());
    return { kind: 'model', path, model, source: await ModelSource.open(model.name, model.files) };
  }

  async #openDelta(
    path: string,
    closings: Close[],
    salvage = false,
    signal?: AbortSignal,
  ): Promise<OpenedDelta> {
    const file = await openFile(this.#fs, path);
    try {
      const delta = await openDelta(file, { name: basename(path), salvage, ...(signal && { signal }) });
      closings.push(() => file.close());
      return { delta, storedBytes: file.size };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
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
