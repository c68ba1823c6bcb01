import { resolve } from 'node:path';

import type { Warning } from '../../../shared/index.ts';
import type { Sink } from '../../engine/streams.ts';
import type { Metadata } from './entries.ts';
import { misuse, orMissing, refusedName, targetExists, writeFailure } from './failures.ts';
import type { FileSystem } from './file-system.ts';
import { placeFile } from './place-file.ts';
import { checkPath, isUsable, joinInside } from './safe-path.ts';
import { takeBack, temporaryBeside } from './temporary.ts';
import { WrittenFile } from './written-file.ts';

/** A file that gets its final name when it is complete, or leaves nothing behind. */
export interface AtomicFile extends Sink {
  /**
   * Flushes the file and gives it its final name; returns what the volume could not keep.
   * @throws DeltashelfError `target-exists`, `disk-full`, `not-writable`, `write-failed`; it is then discarded.
   */
  publish(): Promise<Warning[]>;
  /** Removes what was written. Never fails; does nothing after `publish`. */
  discard(): Promise<void>;
}

/**
 * Begins a file that is to be named `finalPath`, under a temporary name in the same folder.
 * @param temporary that name, where it must be known before: one of `temporaryBeside`
 * @throws DeltashelfError `target-exists`, `disk-full`, `not-writable`, `write-failed`
 */
export async function createAtomicFile(
  fs: FileSystem,
  finalPath: string,
  metadata?: Metadata,
  temporary = temporaryBeside(resolve(finalPath)),
): Promise<AtomicFile> {
  const final = resolve(finalPath);
  try {
    if ((await orMissing(fs.lstat(final))) !== undefined) throw targetExists(final);
    const written = await WrittenFile.create(fs, temporary, final);
    return new TemporaryFile(fs, written, { temporary, final, metadata });
  } catch (error) {
    throw writeFailure(error, final);
  }
}

/**
 * Begins a file named `name`, which may come from a delta, inside a folder that exists.
 * @throws DeltashelfError `delta-damaged` when the name would leave the folder; else as `createAtomicFile`.
 */
export async function createAtomicFileIn(
  fs: FileSystem,
  folder: string,
  name: string,
  metadata?: Metadata,
): Promise<AtomicFile> {
  const problem = checkPath(name);
  if (problem !== undefined && !isUsable(problem)) throw refusedName(problem);
  if (name.includes('/')) throw misuse('A name inside a folder has no folders of its own.', name);
  let final: string | undefined;
  try {
    final = await joinInside(fs, folder, name);
  } catch (error) {
    throw writeFailure(error, folder);
  }
  if (final === undefined) throw misuse('A plain name left its folder.', name);
  return createAtomicFile(fs, final, metadata);
}

interface Places {
  readonly temporary: string;
  readonly final: string;
  readonly metadata: Metadata | undefined;
}

class TemporaryFile implements AtomicFile {
  readonly #fs: FileSystem;
  readonly #written: WrittenFile;
  readonly #places: Places;
  #ended = false;

  constructor(fs: FileSystem, written: WrittenFile, places: Places) {
    this.#fs = fs;
    this.#written = written;
    this.#places = places;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#written.write(bytes);
  }

  async publish(): Promise<Warning[]> {
    const { temporary, final, metadata } = this.#places;
    try {
      const warnings = await this.#written.finish(metadata);
      await placeFile(this.#fs, temporary, final);
      this.#ended = true;
      return warnings;
    } catch (error) {
      await this.discard();
      throw writeFailure(error, final);
    }
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#written.abandon();
    await takeBack(() => this.#fs.unlink(this.#places.temporary));
  }
}
