import { basename, join, resolve } from 'node:path';
import { z } from 'zod';

import { DeltashelfError } from '../../../shared/index.ts';
import {
  foldName,
  isTemporaryName,
  makeFolder,
  orMissing,
  readFailure,
  removeTree,
  shownPath,
  syncFolder,
  writeFailure,
  type FileSystem,
} from '../disk/index.ts';
import type { QuarantineEntry } from '../quarantine/manifest.ts';
import { readJson, writeJson } from './json-file.ts';
import { deltaEnding, sidecarEnding, vaultLayout } from './layout.ts';
import { loadVault, namesIn, type LoadedVault, type Shelf, type VaultProblem } from './load.ts';
import { takeLock, type Lock } from './lock.ts';
import { makeVault, readMarker } from './marker.ts';
import { freeName } from './names.ts';
import type { Anchor, Sidecar } from './sidecar.ts';
import type { VaultState } from './vault-state.ts';

/** What opening a vault may be told. */
export interface OpenVaultOptions {
  /** Makes a vault where there is none. */
  readonly create: boolean;
}

/** Vaults that were moved from place to place are followed so far: one that was moved in a circle is nowhere. */
const longestTrail = 100;

/**
 * Opens a vault for writing and locks it. Follows it to where it was moved.
 * @throws DeltashelfError `in-use` while another process has it, `not-found` where there is none, `target-exists`
 * where the folder is to become one and holds something else, `vault-damaged`
 */
export async function openVault(fs: FileSystem, path: string, options: OpenVaultOptions): Promise<Vault> {
  let folder = resolve(path);
  for (let step = 0; step < longestTrail; step += 1) {
    // Where a vault was moved to there is one, or its disk is missing.
    const vault = await openAt(fs, folder, options.create && step === 0);
    if (typeof vault !== 'string') return vault;
    folder = resolve(vault);
  }
  throw missing(path);
}

/** @returns the vault, or where it was moved to */
async function openAt(fs: FileSystem, folder: string, create: boolean): Promise<Vault | string> {
  let marker = await readMarker(fs, folder);
  if (marker === undefined && create) marker = await makeVault(fs, folder);
  if (marker === undefined) throw missing(folder);
  if (marker.movedTo !== undefined) return marker.movedTo;
  const lock = takeLock(join(folder, vaultLayout.lock), `The vault ${shownPath(folder)}`);
  try {
    for (const name of [vaultLayout.bases, vaultLayout.quarantine, vaultLayout.journal]) {
      (await makeFolder(fs, join(folder, name))).keep();
    }
    return new Vault(fs, folder, marker.id, lock, await loadVault(fs, folder));
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * A vault that is open: what its files say, and the only way to change them. Each change is on the medium before it
 * is seen here.
 */
export class Vault implements VaultState {
  /** Absolute path of its folder. */
  readonly path: string;
  readonly id: string;
  /** What could not be used when it was opened. */
  readonly problems: readonly VaultProblem[];
  readonly #fs: FileSystem;
  readonly #lock: Lock;
  readonly #loaded: LoadedVault;

  /** Only `openVault` makes one. */
  constructor(fs: FileSystem, path: string, id: string, lock: Lock, loaded: LoadedVault) {
    this.#fs = fs;
    this.path = path;
    this.id = id;
    this.#lock = lock;
    this.#loaded = loaded;
    this.problems = loaded.problems;
  }

  get stored(): ReadonlyMap<string, Sidecar> {
    return this.#loaded.stored.values;
  }

  get anchors(): ReadonlyMap<string, Anchor> {
    return this.#loaded.anchors.values;
  }

  get quarantine(): ReadonlyMap<string, QuarantineEntry> {
    return this.#loaded.quarantine.values;
  }

  /** Absolute path of a delta file. */
  deltaPath(stored: Sidecar): string {
    return join(this.path, stored.delta.file);
  }

  /** Absolute path of the folder (`clone`, `link`) or delta file (`stored`) that holds an anchored base. */
  anchorPath(anchor: Anchor): string {
    const name = this.#loaded.anchors.names.get(anchor.id) ?? anchor.name;
    return join(this.path, vaultLayout.bases, anchor.how === 'stored' ? `${name}${deltaEnding}` : name);
  }

  /** A name that a delta or an anchored base can have here: nothing in the folder has it, with whatever ending. */
  async freeName(name: string, within: '' | 'bases' = ''): Promise<string> {
    const folder = join(this.path, within);
    try {
      const names = await this.#fs.readdir(folder);
      const taken = names.map((each) => foldName(each));
      const bare = names.map((each) => foldName(basename(basename(each, deltaEnding), sidecarEnding)));
      return freeName(name, new Set([...taken, ...bare]));
    } catch (error) {
      throw readFailure(error, folder);
    }
  }

  /** Writes the sidecar beside its delta file, in place of the one of that id. */
  async putStored(sidecar: Sidecar): Promise<void> {
    await this.#put(this.#loaded.stored, '', basename(sidecar.delta.file, deltaEnding), sidecar);
  }

  async removeStored(id: string): Promise<void> {
    await this.#remove(this.#loaded.stored, '', id);
  }

  /** @param name the name of its folder or delta file, without ending; of one that is known, it may be left out */
  async putAnchor(
    anchor: Anchor,
    name = this.#loaded.anchors.names.get(anchor.id) ?? anchor.name,
  ): Promise<void> {
    await this.#put(this.#loaded.anchors, vaultLayout.bases, name, anchor);
  }

  async removeAnchor(id: string): Promise<void> {
    await this.#remove(this.#loaded.anchors, vaultLayout.bases, id);
  }

  async putQuarantine(entry: QuarantineEntry): Promise<void> {
    await this.#put(this.#loaded.quarantine, vaultLayout.quarantine, entry.id, entry);
  }

  async removeQuarantine(id: string): Promise<void> {
    await this.#remove(this.#loaded.quarantine, vaultLayout.quarantine, id);
  }

  /** What a person decided about lineage; undefined where there is nothing. Any JSON: whoever asks checks it. */
  async readDecisions(): Promise<unknown> {
    const path = join(this.path, vaultLayout.decisions);
    if ((await orMissing(this.#fs.lstat(path))) === undefined) return undefined;
    return readJson(this.#fs, path, z.unknown());
  }

  /** Keeps what a person decided, in place of what was kept before. */
  async writeDecisions(document: unknown): Promise<void> {
    await writeJson(this.#fs, join(this.path, vaultLayout.decisions), document);
  }

  /** Removes what unfinished work left behind under temporary names. Only after recovery. */
  async sweep(): Promise<void> {
    for (const within of ['', vaultLayout.bases, vaultLayout.quarantine]) {
      const folder = join(this.path, within);
      for (const name of await namesIn(this.#fs, folder)) {
        if (isTemporaryName(name)) await removeTree(this.#fs, join(folder, name));
      }
    }
  }

  /** Frees the lock. Never fails. */
  close(): void {
    this.#lock.release();
  }

  async #put<T extends { id: string }>(
    shelf: Shelf<T>,
    within: string,
    name: string,
    value: T,
  ): Promise<void> {
    const path = this.#place(within, name);
    try {
      await writeJson(this.#fs, path, value);
    } catch (error) {
      // It may have its name, and only the disk did not say that it keeps it.
      if (await holds(this.#fs, path, value)) keep(shelf, name, value);
      throw error;
    }
    keep(shelf, name, value);
  }

  async #remove<T>(shelf: Shelf<T>, within: string, id: string): Promise<void> {
    const name = shelf.names.get(id);
    const folder = join(this.path, within);
    try {
      if (name !== undefined) await this.#fs.unlink(this.#place(within, name));
      // Also where it is gone already: a process that died may have removed it and not flushed that.
      await syncFolder(this.#fs, folder);
    } catch (error) {
      throw writeFailure(error, name === undefined ? folder : this.#place(within, name));
    }
    shelf.values.delete(id);
    shelf.names.delete(id);
  }

  #place(within: string, name: string): string {
    return join(this.path, within, `${name}${sidecarEnding}`);
  }
}

function keep<T extends { id: string }>(shelf: Shelf<T>, name: string, value: T): void {
  shelf.values.set(value.id, value);
  shelf.names.set(value.id, name);
}

async function holds(fs: FileSystem, path: string, value: unknown): Promise<boolean> {
  try {
    return JSON.stringify(await readJson(fs, path, z.unknown())) === JSON.stringify(value);
  } catch {
    return false;
  }
}

function missing(path: string): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    `There is no vault in ${shownPath(path)}. Nothing was changed. Connect the disk it is on, or choose the folder it is in now.`,
    { file: path },
  );
}
