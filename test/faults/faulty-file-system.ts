import { chmod, truncate } from 'node:fs/promises';

import type {
  FileHandle,
  FileStatus,
  FileSystem,
  OpenPurpose,
} from '../../src/main/library/disk/file-system.ts';

/**
 * What goes wrong at a call.
 * - an errno name: that call fails, all others work; a `close` that fails has closed, as POSIX has it;
 * - `crash`: that call and every later one fail, as if the process had died; a write in progress is half done.
 */
export type Fault = 'crash' | (string & {});

/** The failure of every call after the crash; it has no errno. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface FaultPlan {
  /** Number of the call to hit, from 0. */
  readonly at: number;
  readonly fault: Fault;
}

/**
 * Another file system, which counts all calls, those on its handles included, and lets one of them fail. Call
 * `closeAll` at the end: a crash leaves handles open.
 */
export class FaultyFileSystem implements FileSystem {
  readonly renameReplacesEmptyFolder: boolean;
  /** Every call so far, as `write /folder/file`. */
  readonly calls: string[] = [];
  readonly #inner: FileSystem;
  readonly #plan: FaultPlan | undefined;
  readonly #open = new Set<FileHandle>();
  /** Files written to and not flushed since, by `dev:ino`, with the path they were opened under. */
  readonly #unflushed = new Map<string, string>();
  /** Bytes of each file when it was flushed last, by `dev:ino`. */
  readonly #flushed = new Map<string, number>();
  #crashed = false;

  constructor(inner: FileSystem, plan?: FaultPlan) {
    this.#inner = inner;
    this.#plan = plan;
    this.renameReplacesEmptyFolder = inner.renameReplacesEmptyFolder;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Whether the planned call was reached. */
  get struck(): boolean {
    return this.#plan !== undefined && this.calls.length > this.#plan.at;
  }

  /** Handles that were opened and not closed. */
  get openHandles(): number {
    return this.#open.size;
  }

  async closeAll(): Promise<void> {
    for (const handle of this.#open) await handle.close();
    this.#open.clear();
  }

  /**
   * What a power cut does besides: of what was written to each file below the given paths since it was flushed, only
   * the first half is there.
   */
  async loseUnflushed(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const status = await this.#inner.lstat(path);
      if (!this.#unflushed.has(identity(status))) continue;
      // A power cut needs no permission.
      await chmod(path, 0o600);
      const flushed = Math.min(this.#flushed.get(identity(status)) ?? 0, status.size);
      await truncate(path, flushed + Math.floor((status.size - flushed) / 2));
      await chmod(path, status.mode);
    }
  }

  async open(path: string, purpose: OpenPurpose): Promise<FileHandle> {
    const handle = await this.#call(`open-${purpose}`, path, () => this.#inner.open(path, purpose));
    this.#open.add(handle);
    const id = identity(await handle.stat());
    if (purpose === 'create') this.#unflushed.set(id, path);
    const close = async (): Promise<void> => {
      this.#open.delete(handle);
      await handle.close();
    };
    return {
      stat: () => this.#call('fstat', path, () => handle.stat()),
      read: (target, position) => this.#call('read', path, () => handle.read(target, position)),
      write: (bytes, position) =>
        this.#call(
          'write',
          path,
          () => {
            this.#unflushed.set(id, path);
            return handle.write(bytes, position);
          },
          async (fault) => {
            if (fault === 'crash') await handle.write(bytes.subarray(0, bytes.length >> 1), position);
          },
        ),
      chmod: (mode) => this.#call('fchmod', path, () => handle.chmod(mode)),
      utimes: (mtimeNs) => this.#call('futimes', path, () => handle.utimes(mtimeNs)),
      sync: () =>
        this.#call('fsync', path, async () => {
          await handle.sync();
          this.#unflushed.delete(id);
          this.#flushed.set(id, (await handle.stat()).size);
        }),
      close: () =>
        this.#call('close', path, close, (fault) => (fault === 'crash' ? Promise.resolve() : close())),
    };
  }

  stat(path: string) {
    return this.#call('stat', path, () => this.#inner.stat(path));
  }

  lstat(path: string) {
    return this.#call('lstat', path, () => this.#inner.lstat(path));
  }

  readdir(path: string) {
    return this.#call('readdir', path, () => this.#inner.readdir(path));
  }

  readlink(path: string) {
    return this.#call('readlink', path, () => this.#inner.readlink(path));
  }

  realpath(path: string) {
    return this.#call('realpath', path, () => this.#inner.realpath(path));
  }

  link(existing: string, path: string) {
    return this.#call('link', path, () => this.#inner.link(existing, path));
  }

  clone(existing: string, path: string) {
    return this.#call('clone', path, () => this.#inner.clone(existing, path));
  }

  unlink(path: string) {
    return this.#call('unlink', path, () => this.#inner.unlink(path));
  }

  rename(from: string, to: string) {
    return this.#call('rename', to, () => this.#inner.rename(from, to));
  }

  mkdir(path: string, mode?: number) {
    return this.#call('mkdir', path, () => this.#inner.mkdir(path, mode));
  }

  rmdir(path: string) {
    return this.#call('rmdir', path, () => this.#inner.rmdir(path));
  }

  symlink(target: string, path: string) {
    return this.#call('symlink', path, () => this.#inner.symlink(target, path));
  }

  chmod(path: string, mode: number) {
    return this.#call('chmod', path, () => this.#inner.chmod(path, mode));
  }

  statfs(path: string) {
    return this.#call('statfs', path, () => this.#inner.statfs(path));
  }

  async #call<T>(
    name: string,
    path: string,
    action: () => Promise<T>,
    meanwhile: (fault: Fault) => Promise<void> = () => Promise.resolve(),
  ): Promise<T> {
    if (this.#crashed) throw new Crash(`${name} ${path} after the crash`);
    const number = this.calls.push(`${name} ${path}`) - 1;
    if (number !== this.#plan?.at) return action();
    const { fault } = this.#plan;
    this.#crashed = fault === 'crash';
    await meanwhile(fault);
    if (this.#crashed) throw new Crash(`${name} ${path}`);
    throw Object.assign(new Error(`${fault}: injected at ${name} ${path}`), { code: fault });
  }
}

function identity(status: FileStatus): string {
  return `${status.dev}:${status.ino}`;
}
